"""Each exit code of Bazel has its own words: https://bazel.build/run/scripts#exit-codes."""

import pytest

from fromager_gen.bazel.program import _reason

CODES = (1, 8, 33, 34, 36, 37, 38, 39, 45)


def test_every_code_has_its_own_words() -> None:
    texts = {_reason(code).rpartition(" (Bazel's exit code")[0] for code in CODES}

    assert len(texts) == len(CODES)
    assert _reason(2) not in {_reason(code) for code in CODES}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (34, "the remote cache or executor failed or cannot be reached"),
        (36, "this machine failed, for example because a disk is full"),
        (39, "the remote cache lost a file that an action needs; run again"),
    ],
)
def test_a_code_says_what_failed(code: int, says: str) -> None:
    assert _reason(code).startswith(says)
    assert _reason(code).endswith(f"(Bazel's exit code {code})")
