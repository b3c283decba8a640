"""Candidates: the versions on the index without those that are excluded, and the reasons if none is left."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from packaging.version import Version
from support.indexes import NOW, Place, Shelf, finder_of, shelf
from support.servers import Answer, Server

from fromager_gen.errors import LockError
from fromager_gen.net.http import session
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.resolve.ages import Ages
from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.pythons import is_for

FROM_WHEELS = PackageSettings(include_sdists=False, include_wheels=True, download_url="https://f.test/v${version}.zip")
PRE_BUILT = PackageSettings(pre_built=True)


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Iterator[Place]:
    with session() as client:
        yield Place(server, client, tmp_path)


def names(finder: Finder, name: str = "a", pinned: bool = False) -> list[str]:
    return [candidate.filename for candidate in finder.candidates(name, pinned)]


def test_versions_come_highest_first(place: Place) -> None:
    for version in ("1.9", "1.10", "1!0.1", "1.10rc1"):
        place.file("a", f"a-{version}.tar.gz", version.encode(), size=len(version))
    found = place.finder().candidates("a")

    assert [candidate.key for candidate in found] == ["a==1!0.1", "a==1.10", "a==1.10rc1", "a==1.9"]
    assert found[1].url == f"{place.server.url}/files/a-1.10.tar.gz"
    assert (found[1].size, len(found[1].sha256 or ""), found[1].pre_built) == (4, 64, False)
    assert str(found[1]) == "a 1.10"


def test_an_index_is_asked_once_for_a_package() -> None:
    index = shelf("a 1, b 1")
    finder = finder_of(index)
    finder.prefetch({"a", "b", "none"})
    finder.candidates("a")
    finder.candidates("none")

    assert sorted(index.asked) == ["a", "b", "none"]


def test_a_tar_is_preferred_to_a_zip() -> None:
    for files in (("a-1.zip", "a-1.tar.gz"), ("a-1.tar.gz", "a-1.zip")):
        assert names(finder_of(Shelf(*files))) == ["a-1.tar.gz"]
    assert names(finder_of(Shelf("a-1.zip"))) == ["a-1.zip"]


def test_two_spellings_of_a_version_are_one_version() -> None:
    assert len(finder_of(Shelf("a-1.0.tar.gz", "a-1.0.0.tar.gz")).candidates("a")) == 1


def test_files_for_other_pythons_are_excluded() -> None:
    index = Shelf()
    for version, python in {"1": ">=3.9", "2": ">=3.13", "3": "<3.12.4", "4": "", "5": "==3.12.*", "6": "soon"}.items():
        index.add(f"a-{version}.tar.gz", requires_python=python)

    assert names(finder_of(index)) == ["a-5.tar.gz", "a-4.tar.gz", "a-1.tar.gz"]


def test_wheels_can_state_the_versions_of_a_source_at_another_address() -> None:
    index = Shelf("a-1.tar.gz", "a-2-py3-none-any.whl", "a-3-cp27-cp27m-win32.whl")
    (found,) = finder_of(index, a=FROM_WHEELS).candidates("a")

    assert (found.key, found.url, found.filename, found.pre_built) == (
        "a==2",
        "https://f.test/v2.zip",
        "a-2.zip",
        False,
    )
    both = replace(FROM_WHEELS, include_sdists=True)
    assert [one.key for one in finder_of(index, a=both).candidates("a")] == ["a==2", "a==1"]


def test_the_platform_of_wheels_can_be_ignored() -> None:
    index = Shelf("a-1-cp312-cp312-win32.whl", "a-2-cp27-cp27m-win32.whl")
    assert finder_of(index, a=FROM_WHEELS).candidates("a") == ()

    ignoring = replace(FROM_WHEELS, ignore_platform=True)
    assert [one.key for one in finder_of(index, a=ignoring).candidates("a")] == ["a==1"]


def test_a_wheel_is_no_source() -> None:
    finder = finder_of(Shelf("a-1-py3-none-any.whl"), a=replace(FROM_WHEELS, download_url=None))

    assert finder.candidates("a") == ()
    assert "1 wheels, which are no source (`download_source.url` can name one)" in finder.missing["a"]


def test_yanked_files_are_excluded() -> None:
    """Even if their version is pinned, as in Fromager."""
    index = shelf("a 1")
    index.add("a-2.tar.gz", yanked=True)

    assert names(finder_of(index), pinned=True) == ["a-1.tar.gz"]


@pytest.mark.parametrize(
    "filename",
    [
        "a-b-1.tar.gz",
        "ab-1.tar.gz",
        "a-x.tar.gz",
        "a.tar.gz",
        "a-1.tar.lz",
        "a-1.tar.gz.asc",
        "../a-1.tar.gz",
        "x/a-1.tar.gz",
        "a-1-py3-none-any.whl",
        "",
        "a-1\n.tar.gz",
        "a- 1.tar.gz",
    ],
)
def test_other_and_hostile_file_names_are_ignored(filename: str) -> None:
    index = Shelf("a-0.1.tar.gz")
    index.files("a")[filename] = index.files("a")["a-0.1.tar.gz"]

    assert names(finder_of(index)) == ["a-0.1.tar.gz"]


def test_the_reason_for_a_package_without_sources_counts_its_files() -> None:
    index = Shelf("a-1-py3-none-any.whl", "a-2-py3-none-any.whl", "a-b-1.tar.gz")
    index.add("a-3.tar.gz", yanked=True)
    index.add("a-4.tar.gz", requires_python=">=4")
    finder = finder_of(index)

    assert names(finder) == []
    assert finder.missing["a"] == (
        "a: the index has no sdist that can be used; its files: 1 not for Python 3.12.4, 1 of other packages, "
        "2 wheels, 1 yanked"
    )


def test_an_empty_page_has_no_candidates(place: Place) -> None:
    place.file("a", "a-1.tar.gz", b"")
    place.pages["a"].clear()
    page = b'{"meta": {"api-version": "1.1"}, "name": "a", "versions": [], "files": []}'
    place.server.say("/simple/a/", Answer(page, 200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}))
    finder = place.finder()

    assert names(finder) == []
    assert finder.missing["a"] == "a: the index has no sdist that can be used; its files: none"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=403), "can't be queried: 403"),
        (Answer(b"{", 200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}), "can't be queried"),
    ],
)
def test_an_index_that_does_not_answer_is_an_error_once_the_package_is_needed(
    place: Place, answer: Answer, says: str
) -> None:
    """Otherwise other versions would be chosen silently."""
    place.server.say("/simple/a/", answer)
    finder = place.finder()
    finder.prefetch({"a"})

    for _ in range(2):
        with pytest.raises(LockError, match=rf"a: the index {place.server.url}/simple {says}"):
            finder.candidates("a")


def test_a_project_that_is_not_on_the_index_has_no_candidates(place: Place) -> None:
    finder = place.finder()

    assert names(finder) == []
    assert finder.missing["a"] == f"a: the index {place.server.url}/simple has no such project"


def test_an_index_that_is_busy_is_asked_again(place: Place) -> None:
    place.file("a", "a-1.tar.gz", b"x")
    good = place.server.answers["/simple/a/"][0]
    place.server.say("/simple/a/", Answer(status=503, headers={"Retry-After": "0"}), good)

    assert names(place.finder()) == ["a-1.tar.gz"]


def test_candidates_of_a_pre_built_package_are_wheels_for_this_platform() -> None:
    index = Shelf(
        "a-3.tar.gz",
        "a-2-cp312-cp312-win_amd64.whl",
        "a-1-py3-none-any.whl",
        "a-1-cp312-cp312-linux_x86_64.whl",
        "a-0-py2.py3-none-any.whl",
        "a-0.5-cp311-cp311-linux_x86_64.whl",
    )
    finder = finder_of(index, a=PRE_BUILT)

    assert names(finder) == ["a-1-cp312-cp312-linux_x86_64.whl", "a-0-py2.py3-none-any.whl"]
    assert all(candidate.pre_built for candidate in finder.candidates("a"))


@pytest.mark.parametrize("order", [1, -1])
def test_the_highest_build_tag_of_a_wheel_is_preferred(order: int) -> None:
    """Fromager sorts by version and build tag."""
    files = ["a-1-2-py3-none-any.whl", "a-1-10-py3-none-any.whl", "a-1-9-py3-none-any.whl"][::order]

    assert names(finder_of(Shelf(*files), a=PRE_BUILT)) == ["a-1-10-py3-none-any.whl"]


@pytest.mark.parametrize(
    "filename",
    [
        "a-1-py3-none.whl",
        "../a-1-py3-none-any.whl",
        "a-1-1/../../../evil-py3-none-any.whl",
        "a-1-1\x1b[31m-py3-none-any.whl",
    ],
)
def test_hostile_names_of_wheels_are_ignored(filename: str) -> None:
    index = Shelf("a-0.1-py3-none-any.whl")
    index.files("a")[filename] = index.files("a")["a-0.1-py3-none-any.whl"]

    assert names(finder_of(index, a=PRE_BUILT)) == ["a-0.1-py3-none-any.whl"]


def test_the_reason_for_a_package_without_fitting_wheels_counts_its_files() -> None:
    finder = finder_of(Shelf("a-1.tar.gz", "a-1-cp312-cp312-win_amd64.whl"), a=PRE_BUILT)

    assert names(finder) == []
    assert finder.missing["a"].endswith("no wheel that can be used; its files: 1 sources, 1 wheels for other platforms")


def test_an_address_from_the_settings_has_no_hash() -> None:
    index = Shelf()
    index.add("my_pkg-1.0.tar.gz", sha256="0" * 64, size=9)
    finder = finder_of(
        index, my_pkg=PackageSettings(download_url="https://x.test/${canonicalized_name}/v${version}.tar.gz")
    )
    (found,) = finder.candidates("my-pkg")

    assert (found.url, found.sha256, found.size) == ("https://x.test/my-pkg/v1.0.tar.gz", None, None)


def test_a_source_named_by_its_address_is_the_only_candidate() -> None:
    finder = finder_of(shelf("a 1 2"))
    fixed = Candidate("a", Version("7"), "https://forge.test/a.tar.gz", "a.tar.gz")
    finder.fixed = {"a": (fixed,)}
    finder.prefetch({"a"})

    assert finder.candidates("a") == (fixed,)
    finder.refuse(fixed, "is for Python >=4")
    assert finder.candidates("a") == ()
    assert finder.missing["a"] == "a 7 is for Python >=4"


def test_a_refused_version_is_excluded() -> None:
    finder = finder_of(shelf("a 1 2 3"))
    finder.refuse(finder.candidates("a")[0], "is for Python >=4")

    assert names(finder) == ["a-2.tar.gz", "a-1.tar.gz"]


def aged(*days: float | None) -> Shelf:
    """Return an index with versions 1, 2, ... of these ages in days; None for a file without an upload time."""
    index = Shelf()
    for number, age in enumerate(days, 1):
        uploaded = "" if age is None else (NOW - timedelta(days=age)).isoformat()
        index.add(f"a-{number}.tar.gz", uploaded=uploaded)
    return index


@pytest.mark.parametrize(
    ("least", "most", "wanted"),
    [(0, 0, "4321"), (7, 0, "21"), (10, 0, "21"), (11, 0, "1"), (0, 8, "43"), (0, 10, "432"), (5, 20, "2")],
)
def test_releases_outside_the_age_limits_are_excluded(least: int, most: int, wanted: str) -> None:
    finder = finder_of(aged(100, 10, 3, 0), Ages(NOW, least, most))

    assert "".join(name[2] for name in names(finder)) == wanted
    assert not finder.warnings


def test_versions_outside_the_age_limits_are_logged_once(logged: list[str]) -> None:
    finder = finder_of(aged(100, 10, 3, 0), Ages(NOW, 5, 20))
    finder.prefetch({"a"})
    assert not logged

    for _ in range(2):
        finder.candidates("a")
    assert logged == [
        "INFO a: cooldown blocked 2 version(s): 4, 3",
        "INFO a: have 1 candidate(s) published within 20 days",
    ]


def test_an_exempt_package_is_logged(logged: list[str]) -> None:
    finder_of(aged(100, 10), Ages(NOW, 0, 20)).candidates("a", held=True)

    assert logged == ["INFO a: skipping age filter for pinned constraint (2 candidate(s))"]


def test_a_package_may_have_its_own_least_age() -> None:
    for own, wanted in ((0, 3), (5, 2), (50, 1), (None, 1)):
        finder = finder_of(aged(100, 10, 3), Ages(NOW, 20), a=PackageSettings(min_release_age=own))
        assert len(names(finder)) == wanted


def test_versions_that_the_top_level_pins_are_exempt_from_age_limits() -> None:
    finder = finder_of(aged(100, 1), Ages(NOW, 30))

    assert names(finder) == ["a-1.tar.gz"]
    assert names(finder, pinned=True) == ["a-2.tar.gz", "a-1.tar.gz"]


@pytest.mark.parametrize("uploaded", ["", "yesterday"])
def test_a_file_without_a_time_is_kept_with_a_warning(uploaded: str) -> None:
    index = Shelf()
    index.add("a-1.tar.gz", uploaded=uploaded)
    finder = finder_of(index, Ages(NOW, 30))

    assert names(finder) == ["a-1.tar.gz"]
    assert "a: the index does not state upload times" in finder.warnings["a"]


def test_a_time_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """In any time zone of the machine."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    index = Shelf()
    index.add("a-1.tar.gz", uploaded="2026-05-31T00:30:00")

    assert names(finder_of(index, Ages(NOW, 1))) == []
    assert names(finder_of(index, Ages(NOW + timedelta(minutes=30), 1))) == ["a-1.tar.gz"]
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("asks", "python"), [(">=3.14", "3.14.0rc1"), (">=3.9", "3.13.0+"), ("<3.12.4", "3.12.1")])
def test_a_pre_release_of_python_counts_as_its_release(asks: str, python: str) -> None:
    assert is_for(asks, python)
