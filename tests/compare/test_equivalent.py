"""Our wheel and a published one of the same version: equal, equivalent after named normalisations, or different."""

from pathlib import Path

import pytest
from support.wheels import INFO, MODULE, files_of, metadata, record_of, write_wheel

from fromager_gen.compare import Equivalence, equivalence

NAME = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return write_wheel(tmp_path / "ours" / NAME)


def theirs(folder: Path, **changes: str) -> Path:
    texts = {f"{INFO}/{name}" if name.isupper() else MODULE: text for name, text in changes.items()}
    return write_wheel(folder / "theirs" / NAME, {**files_of(), **texts})


def test_the_same_bytes_are_equal(ours: Path, tmp_path: Path) -> None:
    assert equivalence(ours, theirs(tmp_path)) == Equivalence("equal")


def test_how_a_wheel_is_packed_makes_no_difference(ours: Path, tmp_path: Path) -> None:
    other = write_wheel(
        tmp_path / NAME,
        dict(reversed(files_of().items())),
        record_of(files_of()).replace("RECORD,,", "RECORD,,\r"),
        date=(2020, 1, 1, 0, 0, 0),
        modes={MODULE: 0o100664},
    )

    assert equivalence(ours, other) == Equivalence(
        "equivalent", ("RECORD", "order of members", "permissions of members", "times of members")
    )


@pytest.mark.parametrize(("mode", "result"), [(0o100644, "different"), (0, "different"), (0o100775, "equivalent")])
def test_a_lost_executable_bit_is_a_difference(tmp_path: Path, mode: int, result: str) -> None:
    ours, other = (
        write_wheel(tmp_path / str(number) / NAME, modes={"demo/run.sh": one})
        for number, one in enumerate((0o100755, mode))
    )

    for pair in ((ours, other), (other, ours)):
        found = equivalence(*pair)
        assert found.result == result
        assert [(one.member, one.kind) for one in found.differences] == (
            [("demo/run.sh", "permissions")] if result == "different" else []
        )


def test_generator_tags_and_the_order_of_headers_make_no_difference(ours: Path, tmp_path: Path) -> None:
    head, _, body = metadata().partition("\n\n")
    other = theirs(
        tmp_path,
        WHEEL="Wheel-Version: 1.0\nGenerator: y\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n",
        METADATA="\n".join(reversed(head.split("\n"))) + f"\n\n{body}\n",
    )

    assert equivalence(ours, other) == Equivalence(
        "equivalent", ("generator, tags and build tag in WHEEL", "order of headers in METADATA")
    )


@pytest.mark.parametrize(
    "name",
    [
        "fromager-build-system-requirements.txt",
        "fromager-elf-requires.txt",
        "sboms/fromager.spdx.json",
        "licenses/crates/itoa-1.0.0/LICENSE",
    ],
)
def test_files_that_fromager_adds_make_no_difference_in_ours(ours: Path, tmp_path: Path, name: str) -> None:
    added = write_wheel(tmp_path / "added" / NAME, {**files_of(), f"{INFO}/{name}": "x"})

    assert equivalence(added, ours) == Equivalence("equivalent", ("files that Fromager adds to .dist-info",))
    assert equivalence(ours, added).result == "different"


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"module": "other = True\n"}, MODULE),
        ({"METADATA": metadata(requires=["x"])}, f"{INFO}/METADATA"),
        ({"METADATA": metadata() + "more"}, f"{INFO}/METADATA"),
        ({"WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n"}, f"{INFO}/WHEEL"),
        ({"EXTRA": "x"}, f"{INFO}/EXTRA"),
    ],
)
def test_other_content_is_different_and_named(ours: Path, tmp_path: Path, changes: dict[str, str], member: str) -> None:
    found = equivalence(ours, theirs(tmp_path, **changes))

    assert found.result == "different" and [one.member for one in found.differences] == [member]


def test_a_damaged_wheel_is_a_result(ours: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"no zip")

    assert equivalence(ours, tmp_path / NAME).result == "damaged"
    other = write_wheel(tmp_path / "x" / NAME, {**files_of(), f"{INFO}/METADATA": b"\xff" + metadata().encode()})
    assert equivalence(ours, other).result == "damaged"
