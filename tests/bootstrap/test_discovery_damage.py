"""Invalid answers of a backend, a source or the index are errors of a bootstrap."""

import pytest
from support.benches import Run
from support.indexes import pkg_info

from fromager_gen.bootstrap import answers, discovery
from fromager_gen.errors import BuildCycleError, BuildError, LockError, ResolutionError


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('["b=1"]', "answer has an invalid requirement"),
        ("[1]", "answer has an invalid requirement"),
        ("5", "answer has an invalid requirement"),
        ("{", "answer has an invalid requirement"),
        ('["b\\u001b[31m <"]', "answer has an invalid requirement"),
        pytest.param(
            "[" * 100_000,
            "answer has an invalid requirement",
        ),
        ('"' + "x" * 200 + '"', "answer has 202 bytes"),
    ],
    ids=["requirement", "number", "no list", "no JSON", "escape", "deep", "large"],
)
def test_an_invalid_answer_of_a_backend_is_an_error(
    run: Run, answer: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_LARGEST", 150 if "bytes" in says else 1 << 20)
    run.sdist("a")
    run.bench.answers["build_requires a"] = answer

    with pytest.raises(ResolutionError, match=rf"a 1: its backend.* {says}") as raised:
        run.graph("a")
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (pkg_info("b", "1"), "a 1: its metadata is that of b 1"),
        (pkg_info("a", "2"), "a 1: its metadata is that of a 2"),
        ("nothing", "a 1: its metadata can't be read"),
        (pkg_info("a", "1", "Requires-Dist: b=1"), "a 1: its metadata has 'b=1'"),
    ],
)
def test_metadata_of_another_package_or_version_is_an_error(run: Run, answer: str, says: str) -> None:
    run.sdist("a", needs=None)
    run.bench.answers["metadata a"] = answer

    with pytest.raises(ResolutionError, match=says):
        run.graph("a")


def test_answers_that_never_converge_are_an_error(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``b`` 2 the backend requires ``c``, which requires ``b`` 1; with ``b`` 1 it does not require ``c``."""
    monkeypatch.setattr(discovery, "_ROUNDS", 30)
    run.sdist("a", build=["b"])
    run.sdist("b", "1")
    run.sdist("b", "2")
    run.sdist("c", needs=["b<2"])

    def answer() -> str:
        return '["c"]' if "b==2" in run.bench.graph.nodes["a==1"].children("build-system") else "[]"

    run.bench.answers["build_requires a"] = answer

    with pytest.raises(
        ResolutionError, match=r"after 30 rounds the answers of backends still change .*: a==1\. Constrain"
    ):
        run.graph("a")


def test_a_question_that_bazel_cannot_answer_is_an_error(run: Run) -> None:
    run.sdist("a")
    run.sdist("b")
    run.bench.answers["build_requires b"] = ""

    with pytest.raises(BuildError, match=r"Bazel built nothing\nNot answered: b 1 \(build_requires\)"):
        run.graph("a", "b")
    run.bench.error = BuildError("the build failed")
    with pytest.raises(BuildError, match=r"the build failed\nNot answered: b 1"):
        run.graph("a", "b")


def test_a_build_cycle_is_an_error_before_any_build(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", build=["a"])

    with pytest.raises(BuildCycleError, match=r"needs itself to be built: [ab] 1 needs [ab] 1 to be built"):
        run.graph("a")
    assert run.bench.rounds == []


def test_a_wrong_hash_on_the_index_is_an_error(run: Run) -> None:
    run.sdist("a")
    run.place.server.say("/files/a-1.tar.gz", b"something else")

    with pytest.raises(LockError, match=r"a-1\.tar\.gz: the file has sha256 .*, expected"):
        run.graph("a")
