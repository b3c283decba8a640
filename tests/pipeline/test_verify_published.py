"""Our wheels compared with those of an index on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.indexes import Index
from support.wheels import MODULE, files_of, write_wheel

from fromager_gen.graph import Node
from fromager_gen.net import Index as Reading
from fromager_gen.net import session
from fromager_gen.pipeline.verify_published import Reader, _built, compare_published
from fromager_gen.standards import wheel_tags

NAME = "demo-1.0-py3-none-any.whl"
DEMO = Node("demo==1.0", "demo", "1.0", "", False, ())
TAG = "cp312-cp312"


@pytest.fixture
def index() -> Iterator[Index]:
    served = Index()
    yield served
    served.close()


@pytest.fixture
def reader(index: Index, tmp_path: Path) -> Iterator[Reader]:
    with session() as client:
        yield Reader(client, Reading(client, index.url), tmp_path / "downloaded", wheel_tags("3.12"))


def wheel(folder: Path, name: str = NAME, **changes: str) -> Path:
    return write_wheel(folder / name, {**files_of(), **changes})


def add(index: Index, name: str, path: Path) -> None:
    index.add("demo", name, path.read_bytes())


def test_the_same_bytes_are_equal_and_the_download_is_removed(index: Index, reader: Reader, tmp_path: Path) -> None:
    ours = wheel(tmp_path)
    add(index, NAME, ours)
    found = reader.compared(DEMO, ours)

    assert (found.verdict, found.theirs) == ("equal", NAME)
    assert not list((tmp_path / "downloaded").rglob("*.whl"))


def test_an_equivalent_wheel_states_the_normalisations(index: Index, reader: Reader, tmp_path: Path) -> None:
    ours = wheel(tmp_path / "ours")
    add(index, NAME, write_wheel(tmp_path / NAME, date=(2001, 1, 1, 0, 0, 0)))
    found = reader.compared(DEMO, ours)
    assert found.verdict == "equivalent"
    assert found.found is not None and found.found.normalised == ("times of members",)


def test_a_different_wheel_names_its_members(index: Index, reader: Reader, tmp_path: Path) -> None:
    add(index, NAME, wheel(tmp_path / "theirs", **{MODULE: "other"}))
    found = reader.compared(DEMO, wheel(tmp_path / "ours"))

    assert found.verdict == "different"
    assert found.found is not None and [one.member for one in found.found.differences] == [MODULE]


@pytest.mark.parametrize(
    "names", [[], ["demo-2.0-py3-none-any.whl"], ["demo-1.0.tar.gz"], ["other-1.0-py3-none-any.whl"]]
)
def test_without_a_wheel_of_this_version_there_is_none(
    index: Index, reader: Reader, tmp_path: Path, names: list[str]
) -> None:
    ours = wheel(tmp_path)
    for name in names:
        add(index, name, ours)

    found = reader.compared(DEMO, ours)
    assert (found.verdict, found.theirs, found.found) == ("none on the index", "", None)


def test_the_wheel_with_the_best_tags_is_taken(index: Index, reader: Reader, tmp_path: Path) -> None:
    ours = wheel(tmp_path, f"demo-1.0-{TAG}-linux_x86_64.whl")
    platforms = ("manylinux_2_17_x86_64.manylinux2014_x86_64", "win_amd64", "musllinux_1_2_x86_64")
    for name in ("demo-1.0-py3-none-any.whl", *(f"demo-1.0-{TAG}-{platform}.whl" for platform in platforms)):
        add(index, name, ours)
    add(index, "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl", ours)

    assert reader.compared(DEMO, ours).theirs == f"demo-1.0-{TAG}-{platforms[0]}.whl"


def test_wheels_of_earlier_builds_are_found(tmp_path: Path) -> None:
    ours = wheel(tmp_path / "downloads", "demo-1.0.0-py3-none-any.whl")
    wheel(tmp_path / "downloads", "demo-2.0-py3-none-any.whl")
    (tmp_path / "downloads" / "nonsense.whl").touch()

    assert _built(tmp_path, [DEMO]) == {"demo==1.0": ours}


def test_several_wheels_are_compared_in_their_order(index: Index, tmp_path: Path) -> None:
    other = Node("other==1.0", "other", "1.0", "", False, ())
    ours = {"demo==1.0": wheel(tmp_path), "other==1.0": wheel(tmp_path, "other-1.0-py3-none-any.whl")}
    add(index, NAME, ours["demo==1.0"])
    found = compare_published([DEMO, other], ours, "3.12", index.url)

    assert [(one.node, one.verdict) for one in found] == [(DEMO, "equal"), (other, "none on the index")]
