"""Sources are fetched once, must have the hash of the index, and are read for their facts."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.indexes import Place, pkg_info, pyproject, requires
from support.samples import files_of_at_most, zip_file
from support.servers import Answer, serving

from fromager_gen.bootstrap.store import SourceStore, wheel_metadata
from fromager_gen.errors import LockError, ResolutionError, WriteError
from fromager_gen.lock.model import LockedFile
from fromager_gen.net.http import session
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.source.facts import Facts

NO_SHA = {"hashes": {}}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as server, session() as client:
        yield Place(server, client, tmp_path)


def files(name: str = "a", version: str = "1", *needs: str) -> dict[str, str]:
    return {"PKG-INFO": pkg_info(name, version, *requires(*needs)), "pyproject.toml": pyproject("flit_core")}


def read(place: Place, sources: SourceStore, *names: str, **settings: PackageSettings) -> dict[str, Facts]:
    finder = place.finder(**settings)
    return sources.read([finder.candidates(name)[0] for name in names], lambda item: None)


def test_sources_are_read_and_reported(place: Place) -> None:
    for name in "abc":
        place.sdist(name, "1", files(name, "1", "z"))
    sources = place.sources()
    finder = place.finder()
    reported: list[str] = []
    found = sources.read([finder.candidates(name)[0] for name in "cab"], reported.append)

    assert list(found) == ["c==1", "a==1", "b==1"]
    assert found["a==1"] == Facts(("flit_core",), ("z",), "", "1")
    assert sorted(reported) == ["a 1", "b 1", "c 1"]
    locked = sources.locked["a==1"]
    assert locked == LockedFile(
        "a-1.tar.gz",
        locked.sha256,
        (sources.folder / "a-1.tar.gz").stat().st_size,
        url=f"{place.server.url}/files/a-1.tar.gz",
    )


def test_a_file_of_an_earlier_run_is_not_fetched_again(place: Place) -> None:
    place.sdist("a", "1", files())
    first = read(place, place.sources(), "a")
    again = place.sources()
    again.cache = place.folder / "other"

    assert read(place, again, "a") == first
    assert place.fetched() == ["a-1.tar.gz"]
    assert "a==1" in again.locked


def test_facts_of_an_earlier_run_need_no_file(place: Place) -> None:
    place.sdist("a", "1", files(), size=7)
    first = read(place, place.sources(), "a")
    again = place.sources()
    again.folder = place.folder / "other"

    assert read(place, again, "a") == first
    assert place.fetched() == ["a-1.tar.gz"]
    assert not again.folder.exists()
    assert (again.locked["a==1"].size, len(again.locked["a==1"].sha256)) == (7, 64)


def test_facts_are_cached_for_one_build_dir(place: Place) -> None:
    place.sdist("a", "1", {**files(), "py/pyproject.toml": pyproject("hatchling")})
    read(place, place.sources(), "a")

    found = read(place, place.sources(a=PackageSettings(build_dir="py")), "a")
    assert found["a==1"].build_system == ("hatchling",)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"install": null}'])
def test_damaged_facts_are_read_again(place: Place, kept: str) -> None:
    place.sdist("a", "1", files())
    sources = place.sources()
    first = read(place, sources, "a")
    for path in sources.cache.iterdir():
        path.write_text(kept)

    assert read(place, sources, "a") == first


def test_a_file_that_was_damaged_is_fetched_again(place: Place) -> None:
    place.sdist("a", "1", files())
    sources = place.sources()
    read(place, sources, "a")
    (sources.folder / "a-1.tar.gz").write_bytes(b"x")
    sources.cache = place.folder / "other"

    assert read(place, sources, "a")["a==1"].version == "1"
    assert place.fetched() == ["a-1.tar.gz"] * 2


def test_a_file_with_another_hash_than_on_the_index_is_an_error(place: Place) -> None:
    place.sdist("a", "1", files())
    place.server.say("/files/a-1.tar.gz", b"<html>log in</html>")
    sources = place.sources()

    with pytest.raises(LockError, match=r"/files/a-1\.tar\.gz: the file has sha256 .*, expected .*log in"):
        read(place, sources, "a")
    assert list(sources.folder.iterdir()) == []
    assert not sources.cache.exists()
    assert sources.locked == {}


def test_a_file_without_a_hash_is_not_cached_or_locked(place: Place) -> None:
    place.sdist("a", "1", files(), **NO_SHA)
    sources = place.sources()

    for _ in range(2):
        assert read(place, sources, "a")["a==1"].version == "1"
    assert place.fetched() == ["a-1.tar.gz"] * 2
    assert sources.locked == {}
    assert not sources.cache.exists()


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=404), r"a-1\.tar\.gz: not found \(404\)"),
        (Answer(status=403), r"a-1\.tar\.gz: the server answered 403"),
    ],
)
def test_a_file_that_cannot_be_downloaded_is_an_error(place: Place, answer: Answer, says: str) -> None:
    place.sdist("a", "1", files())
    place.sdist("b", "1", files("b"))
    place.server.say("/files/a-1.tar.gz", answer)

    with pytest.raises(LockError, match=says):
        read(place, place.sources(), "b", "a")


def test_a_full_disk_during_a_download_is_an_error(place: Place) -> None:
    place.sdist("a", "1", {**files(), "data": os.urandom(5000).hex()})
    sources = place.sources()
    with files_of_at_most(1000), pytest.raises(WriteError, match=r"^a 1: .*/a-1\.tar\.gz can't be written: File too"):
        read(place, sources, "a")

    assert not list(sources.folder.iterdir())


def test_a_download_is_retried_if_the_server_is_busy_or_disconnects(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    place.sdist("a", "1", files())
    (good,) = place.server.answers["/files/a-1.tar.gz"]
    busy = Answer(status=503, headers={"Retry-After": "0"})
    place.server.say("/files/a-1.tar.gz", busy, Answer(good.body, cut=20), good)

    assert read(place, place.sources(), "a")["a==1"].version == "1"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (files("other"), "PKG-INFO is 'other'"),
        (files("a", "2"), "the version in the source's metadata is '2'"),
        (files("a", "1", "b=1"), "has 'b=1', which is not a valid requirement"),
    ],
)
def test_a_source_that_contradicts_the_index_is_an_error_and_not_cached(
    place: Place, made: dict[str, str], says: str
) -> None:
    place.sdist("a", "1", made)
    sources = place.sources()

    with pytest.raises(ResolutionError, match=rf"a 1: .*{says}"):
        read(place, sources, "a")
    assert not sources.cache.exists()


def wheel(place: Place, text: str, project: str = "a") -> None:
    path = zip_file(place.folder / "w.zip", {f"{project}-1.dist-info/METADATA": text, f"{project}.py": ""})
    place.file(project, f"{project}-1-py3-none-any.whl", path.read_bytes())


def test_the_dependencies_of_a_pre_built_wheel_are_read(place: Place) -> None:
    wheel(place, pkg_info("A", "1", *requires("b>1"), form="2.1"))
    sources = place.sources()

    found = read(place, sources, "a", a=PackageSettings(pre_built=True))
    assert found["a==1"] == Facts((), ("b>1",), "", "1")
    assert sources.locked["a==1"].filename == "a-1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("text", "says"), [(pkg_info("b", "1"), "is that of b 1"), (pkg_info("a", "2"), "is that of a 2")]
)
def test_a_pre_built_wheel_of_another_package_or_version_is_an_error(place: Place, text: str, says: str) -> None:
    wheel(place, text)

    with pytest.raises(ResolutionError, match=f"a 1: its metadata {says}"):
        read(place, place.sources(), "a", a=PackageSettings(pre_built=True))


def broken(folder: Path) -> Path:
    return zip_file(folder / "a.whl", {"a-1.dist-info/METADATA": "x" * 100})


def corrupt(folder: Path) -> Path:
    """Compressed, with a first block of an unknown type."""
    path, name = folder / "a.whl", "a-1.dist-info/METADATA"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.writestr(name, "x" * 9999)
    data = bytearray(path.read_bytes())
    data[30 + len(name)] = 7
    path.write_bytes(data)
    return path


def locked_up(folder: Path) -> Path:
    path = broken(folder)
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    return path


def plain(folder: Path) -> Path:
    (folder / "a.whl").write_bytes(b"no zip")
    return folder / "a.whl"


def empty(folder: Path) -> Path:
    return zip_file(folder / "a.whl", {"x/a-1.dist-info/METADATA": ""})


def double(folder: Path) -> Path:
    return zip_file(folder / "a.whl", {"a-1.dist-info/METADATA": "", "b-1.dist-info/METADATA": ""})


@pytest.mark.parametrize(
    "made",
    [
        corrupt,
        locked_up,
        plain,
        empty,
        double,
    ],
)
def test_a_file_that_is_not_a_wheel_is_an_error(tmp_path: Path, made: object) -> None:
    assert callable(made)
    with pytest.raises(ResolutionError, match=r"a\.whl is not a valid wheel: "):
        wheel_metadata(made(tmp_path))
