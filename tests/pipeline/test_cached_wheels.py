"""Wheels of a wheel server that replace builds: which are taken, and how they are pinned."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.indexes import Place
from support.samples import make_graph
from support.servers import Answer, serving
from support.wheels import write_wheel

from fromager_gen.errors import BuildError, FetchError
from fromager_gen.graph import Graph
from fromager_gen.lock import Lock, LockedFile, LockedPackage
from fromager_gen.net import session
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.pipeline.cached_wheels import find_cached, tools_of_server, with_cached
from fromager_gen.pipeline.options import GlobalOptions

A_WHEEL = "a-1-2-py3-none-any.whl"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as server, session() as client:
        yield Place(server, client, tmp_path)


def graph(**more: dict[str, object]) -> Graph:
    return make_graph({"": ["toplevel a==1"], "a==1": ["build-system b==1"], "b==1": []}, **more)


def overrides_of(options: GlobalOptions) -> Overrides:
    return read_overrides(options.override_paths)


def changelog(options: GlobalOptions, name: str, count: int) -> None:
    options.settings_dir.mkdir(exist_ok=True)
    rows = "".join(f"\n    - change {number}" for number in range(count))
    (options.settings_dir / f"{name}.yaml").write_text(f"changelog:\n  '1':{rows}\n")


def found(place: Place, options: GlobalOptions, previous: Lock | None = None, any_tag: bool = False) -> dict[str, str]:
    cached = find_cached(
        options, overrides_of(options), graph(), previous or Lock(), f"{place.server.url}/simple", any_tag
    )
    return {key: wheel.filename for key, wheel in cached.items()}


def test_a_wheel_with_the_build_tag_of_the_changelog_is_used(place: Place, options: GlobalOptions) -> None:
    for tag in ("1", "2", "3"):
        place.file("a", f"a-1-{tag}-py3-none-any.whl", b"wheel")
    changelog(options, "a", 2)

    assert found(place, options) == {"a==1": A_WHEEL}


@pytest.mark.parametrize(
    ("filename", "in_builds", "in_bootstraps"),
    [
        ("a-1-py3-none-any.whl", True, True),
        ("a-1-0-py3-none-any.whl", True, True),
        ("a-1-7-py3-none-any.whl", False, True),
        ("a-1-0-cp39-cp39-win_amd64.whl", False, False),
        ("a-2-0-py3-none-any.whl", False, False),
        ("a-1.tar.gz", False, False),
        ("a-1-x-py3-none-any.whl", False, False),
        ("a-1-0-py3-none-any$.whl", False, False),
    ],
)
def test_without_a_changelog_a_bootstrap_accepts_any_build_tag_as_fromager(
    place: Place, options: GlobalOptions, filename: str, in_builds: bool, in_bootstraps: bool
) -> None:
    place.file("a", filename, b"wheel")

    assert bool(found(place, options)) == in_builds
    assert bool(found(place, options, any_tag=True)) == in_bootstraps


def test_a_wheel_without_a_stated_hash_is_downloaded_and_pinned(place: Place, options: GlobalOptions) -> None:
    """The server of Fromager states no hashes."""
    place.file("a", A_WHEEL, b"wheel", hashes={})
    (wheel,) = find_cached(
        options, overrides_of(options), graph(), Lock(), f"{place.server.url}/simple", any_tag=True
    ).values()

    url = f"{place.server.url}/files/{A_WHEEL}"
    assert wheel == LockedFile(A_WHEEL, hashlib.sha256(b"wheel").hexdigest(), 5, url=url)


def test_the_server_is_not_asked_for_a_wheel_that_was_built_here(
    place: Place, options: GlobalOptions, logged: list[str]
) -> None:
    """Bazel knows whether that wheel is up to date."""
    place.file("a", A_WHEEL, b"wheel")
    for folder in ("build", "downloads"):
        local = write_wheel(options.wheels_repo / folder / A_WHEEL)
        assert found(place, options, any_tag=True) == {}
        local.unlink()

    assert "GET /simple/a/" not in place.server.asked
    place_of = options.wheels_repo / "downloads"
    assert f"INFO a-1: looking for existing wheel for version 1 with build tag () in {place_of}" in logged


def test_a_local_wheel_with_another_build_tag_does_not_count(place: Place, options: GlobalOptions) -> None:
    place.file("a", A_WHEEL, b"wheel")
    changelog(options, "a", 2)
    write_wheel(options.wheels_repo / "downloads" / "a-1-1-py3-none-any.whl")

    assert found(place, options) == {"a==1": A_WHEEL}


def test_a_wheel_of_an_earlier_run_stays_until_its_build_tag_changes(place: Place, options: GlobalOptions) -> None:
    wheel = LockedFile(A_WHEEL, "0" * 64, 5, url="https://elsewhere.test/a.whl")
    previous = Lock({"wheel_a": wheel}, {"a==1": LockedPackage("wheel_a", wheel.url)})
    changelog(options, "a", 2)
    assert found(place, options, previous) == {"a==1": A_WHEEL}

    changelog(options, "a", 3)
    assert found(place, options, previous) == {}


def test_a_server_that_fails_is_an_error(options: GlobalOptions, place: Place) -> None:
    place.server.say("/simple/a/", Answer(status=403))

    with pytest.raises(FetchError, match=r"a: the index .* can't be queried"):
        found(place, options)


def test_the_graph_has_wheels_in_place_of_sources(place: Place) -> None:
    wheel = LockedFile(A_WHEEL, "0" * 64, 5, url=f"https://h.test/{A_WHEEL}")
    changed = with_cached(graph(), {"a==1": wheel})
    node = changed.nodes["a==1"]

    assert (node.pre_built, node.is_cached, node.is_published, node.url) == (True, True, False, wheel.url)
    assert changed.nodes["b==1"] == graph().nodes["b==1"]


def test_the_build_environment_must_be_on_its_server(place: Place, options: GlobalOptions) -> None:
    server = f"{place.server.url}/simple"
    with pytest.raises(BuildError, match=r"a 1 needs b 1 for its build, which .*/simple lacks") as raised:
        tools_of_server(options, overrides_of(options), graph(), graph().nodes["a==1"], server)
    assert raised.value.logged[0].startswith("MissingDependency: a 1 needs b 1")

    place.file("b", "b-1-7-py3-none-any.whl", b"wheel")
    tools = tools_of_server(options, overrides_of(options), graph(), graph().nodes["a==1"], server)
    assert [(key, one.filename) for key, one in tools.items()] == [("b==1", "b-1-7-py3-none-any.whl")]


def test_a_build_tag_from_a_template_is_compared_as_a_whole(
    place: Place, options: GlobalOptions, logged: list[str]
) -> None:
    for tag in ("2", "2_el9", "2_el8"):
        place.file("a", f"a-1-{tag}-py3-none-any.whl", b"wheel")
    changelog(options, "a", 2)
    options.settings_file.with_name("fromager-gen.yaml").write_text("build_tag: '{number}_el9'\n")

    assert found(place, options, any_tag=True) == {"a==1": "a-1-2_el9-py3-none-any.whl"}
    assert any("with build tag (2, '_el9') in" in line for line in logged)
