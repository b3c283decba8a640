"""Requests to a bootstrap, from the command line, files and an earlier graph."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.tags import Tag
from packaging.version import Version
from support.indexes import Place, pkg_info, pyproject
from support.samples import document
from support.servers import serving

from fromager_gen.bootstrap.request import Begun, BootstrapRequest, begin
from fromager_gen.errors import GraphError, InputError, ResolutionError
from fromager_gen.net.http import session
from fromager_gen.overrides import Overrides
from fromager_gen.overrides.model import PackageSettings

EARLIER = ["a==9.0", "a==10.0", "a==10.0rc1", "b==1.0"]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as server, session() as client:
        yield Place(server, client, tmp_path)


def begun(place: Place, *toplevel: str, settings: dict[str, PackageSettings] | None = None, **more: object) -> Begun:
    request = BootstrapRequest(
        python="3.12.4",
        toplevel=toplevel,
        requirements_files=(),
        constraints_files=(),
        previous=None,
        together=True,
        index_url=f"{place.server.url}/simple",
        least_age=0,
        most_age=0,
        sources=place.folder / "sources",
        work_dir=place.folder / "work-dir",
        sdists_repo=place.folder / "sdists-repo",
        wheels_repo=place.folder / "wheels-repo",
        cache=place.folder / "cache",
    )
    changed = replace(request, **more)  # type: ignore[arg-type]
    return begin(changed, Overrides(packages=settings or {}), place.client)


def write(place: Place, name: str, text: str) -> str:
    (place.folder / name).write_text(text)
    return str(place.folder / name)


def test_requirements_and_constraints_are_read(place: Place) -> None:
    files = (write(place, "r.txt", "b\nc; python_version < '3.12'\n"),)
    found = begun(
        place, "a>1", requirements_files=files, constraints_files=(write(place, "c.txt", "z<3"),), together=False
    )

    assert [one.name for one in found.collection.asked] == ["a", "b"]
    assert found.collection.constraints.merged() == "z<3\n"
    assert found.collection.variables["python_version"] == "3.12"
    assert (found.collection.together, found.collection.previous) == (False, {})


@pytest.mark.parametrize("toplevel", [(), ("a; python_version < '3'",)])
def test_a_request_without_requirements_is_an_error(place: Place, toplevel: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="there are no requirements"):
        begun(place, *toplevel)


@pytest.mark.parametrize("fetched", [False, True])
def test_the_versions_of_an_earlier_graph_are_sorted_highest_first(place: Place, fetched: bool) -> None:
    nodes = {"": [f"toplevel {key}" for key in EARLIER], **{key: [] for key in EARLIER}}
    text = json.dumps(document(nodes))
    where = place.server.say("/graph.json", text.encode()) if fetched else write(place, "graph.json", text)

    assert begun(place, "a", previous=where).collection.previous == {
        "a": (Version("10.0"), Version("10.0rc1"), Version("9.0")),
        "b": (Version("1.0"),),
    }


def test_an_invalid_or_missing_earlier_graph_is_an_error(place: Place) -> None:
    with pytest.raises(GraphError, match=r"g\.json"):
        begun(place, "a", previous=write(place, "g.json", "{}"))
    with pytest.raises(InputError, match=r"none\.json: can't be read"):
        begun(place, "a", previous=str(place.folder / "none.json"))


def test_the_error_for_an_earlier_graph_hides_the_password(place: Place) -> None:
    url = place.server.say("/graph.json", b"{}").replace("http://", "http://user:secret@")

    with pytest.raises(GraphError) as raised:
        begun(place, "a", previous=url)
    assert "secret" not in str(raised.value)


def test_a_package_may_have_its_own_index(place: Place) -> None:
    with serving() as other, session() as client:
        (place.folder / "other").mkdir()
        elsewhere = Place(other, client, place.folder / "other")
        for number, one in enumerate((place, elsewhere)):
            for name in ("a", "b", "c"):
                one.sdist(name, str(number), {"setup.py": ""})
                one.file(name, f"{name}-{number}-py3-none-any.whl", b"")
        url = f"{other.url}/simple"
        settings = {
            "a": PackageSettings(sdist_server_url=url),
            "b": PackageSettings(pre_built=True, wheel_server_url=url),
            "c": PackageSettings(wheel_server_url=url),
        }
        finder = begun(place, "a", settings=settings).finder

        assert [finder.candidates(name)[0].filename for name in "abc"] == [
            "a-1.tar.gz", "b-1-py3-none-any.whl", "c-0.tar.gz",
        ]  # fmt: skip


def test_wheels_are_for_the_python_of_the_request(place: Place) -> None:
    tags = begun(place, "a").finder.tags
    generic, abi3, own = Tag("py3", "none", "any"), Tag("cp311", "abi3", "linux_x86_64"), Tag("cp312", "none", "any")

    assert generic in tags
    assert tags[generic] < tags[own]
    assert all(tag.interpreter != "cp313" for tag in tags)
    assert abi3 in tags or not any(tag.platform == "linux_x86_64" for tag in tags)


def test_sources_named_by_address_are_read_immediately(place: Place) -> None:
    url = place.sdist("a", "1", {"PKG-INFO": pkg_info("a", "3"), "pyproject.toml": pyproject()})
    found = begun(place, f"a @ {url}", "b")

    assert [(name, one.key) for name, (one,) in found.finder.fixed.items()] == [("a", "a==3")]
    with pytest.raises(ResolutionError, match="is 'a'"):
        begun(place, f"b @ {url}")


def test_age_limits_are_passed_to_the_finder(place: Place) -> None:
    ages = begun(place, "a", least_age=3, most_age=9).finder.ages

    assert (ages.least, ages.most, ages.now.tzinfo is None) == (3, 9, False)
