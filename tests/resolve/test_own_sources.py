"""Candidates of packages whose setting `source` names versions, commits or addresses."""

import re
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.version import Version
from support.forges import say_github, say_gitlab
from support.indexes import NOW, VARIABLES, Place, Shelf, asked, constraints, finder_of
from support.servers import Server

from fromager_gen.errors import ResolutionError, SettingsError
from fromager_gen.net import session
from fromager_gen.overrides import OverridePaths, Overrides, read_settings
from fromager_gen.plugins import Plugins
from fromager_gen.resolve.ages import Ages
from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.own_sources import listed_by_settings
from fromager_gen.resolve.single import best_version


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Iterator[Place]:
    with session() as client:
        yield Place(server, client, tmp_path)


def finder(place: Place, source: str, *files: str, ages: Ages | None = None) -> Finder:
    """Return a finder for the package `demo` with a source."""
    folder = place.folder / "fromager-gen"
    folder.mkdir(exist_ok=True)
    (folder / "demo.yaml").write_text(f"source: {{{source}}}\n")
    packages = read_settings(OverridePaths(place.folder / "settings.yaml", place.folder / "settings"))
    made = finder_of(Shelf(*files), ages, **packages)
    made.own_source = listed_by_settings(Overrides("cuda", packages), place.client)
    return made


def found(place: Place, source: str, *files: str, ages: Ages | None = None) -> list[tuple[str, str, str]]:
    candidates = finder(place, source, *files, ages=ages).candidates("demo")
    return [(str(one.version), one.url.replace(place.server.url, "SERVER"), one.filename) for one in candidates]


def test_versions_can_be_mapped_to_commits(place: Place) -> None:
    text = "provider: versionmap-git, clone_url: 'https://x.test/d.git', versionmap: {1.0: abad1dea, 2.0: v2}"

    assert found(place, text) == [
        ("2.0", "git+https://x.test/d.git@v2", "demo-2.0.tar"),
        ("1.0", "git+https://x.test/d.git@abad1dea", "demo-1.0.tar"),
    ]


def test_versions_of_the_index_can_have_a_commit(place: Place) -> None:
    text = "provider: pypi-git, clone_url: 'https://x.test/d.git', tag: 'v{version}'"
    files = ("demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl", "demo-2.0-cp310-cp310-win_amd64.whl", "demo-3.0.zip")

    assert found(place, text, *files) == [
        ("3.0", "git+https://x.test/d.git@v3.0", "demo-3.0.tar"),
        ("1.0", "git+https://x.test/d.git@v1.0", "demo-1.0.tar"),
    ]


def test_versions_of_the_index_can_have_an_address(place: Place) -> None:
    text = "provider: pypi-download, download_kind: tarball, download_url: 'https://x.test/{version}.tar.xz'"

    assert found(place, text, "demo-2.0-py3-none-any.whl") == [("2.0", "https://x.test/2.0.tar.xz", "demo-2.0.tar.xz")]


def test_tags_of_github_are_versions(place: Place) -> None:
    url = say_github(place.server, "owner/demo", "v2.0", "2.0", "v1.0rc1", "nightly", "v1 0", "vx", "v1.0")

    assert found(place, f"provider: github-tag-git, project_url: '{url}'") == [
        ("2.0", "git+SERVER/owner/demo@v2.0", "demo-2.0.tar"),
        ("1.0", "git+SERVER/owner/demo@v1.0", "demo-1.0.tar"),
        ("1.0rc1", "git+SERVER/owner/demo@v1.0rc1", "demo-1.0rc1.tar"),
    ]
    assert found(place, f"provider: github-tag-download, project_url: '{url}'")[0] == (
        "2.0", "SERVER/api/v3/repos/owner/demo/tarball/refs/tags/v2.0", "demo-2.0.tar.gz",
    )  # fmt: skip


def test_tags_of_gitlab_have_ages(place: Place) -> None:
    young, old = ((NOW - timedelta(days=days)).isoformat() for days in (1, 9))
    url = say_gitlab(place.server, "group/sub/demo", {"release/2.0": young}, {"release/1.0": old})
    text = f"project_url: '{url}', tag_pattern: 'release/(.*)', min_release_age: 3"
    ages = Ages(NOW)

    assert found(place, f"provider: gitlab-tag-download, {text}", ages=ages) == [
        ("1.0", "SERVER/group/sub/demo/-/archive/release/1.0/demo-release-1.0.tar.gz", "demo-1.0.tar.gz")
    ]
    assert found(place, f"provider: gitlab-tag-git, {text.replace('age: 3', 'age: 0')}", ages=ages)[0] == (
        "2.0", "git+SERVER/group/sub/demo@release/2.0", "demo-2.0.tar",
    )  # fmt: skip


@pytest.mark.parametrize("tag", ["v1;evil", "-v1", "v1$(x)", "v1\n", "v1 x", 'v1"'])
def test_a_tag_with_odd_characters_is_left_out(place: Place, tag: str) -> None:
    url = say_github(place.server, "owner/demo", tag, "v1.0")
    candidates = finder(place, f"provider: github-tag-git, project_url: '{url}', tag_pattern: '-?v(1).*'").candidates(
        "demo"
    )

    assert [one.url.rpartition("@")[2] for one in candidates] == ["v1.0"]


def test_a_project_without_tags_of_versions_says_why(place: Place) -> None:
    url = say_github(place.server, "owner/demo", "nightly")
    asking = finder(place, f"provider: github-tag-git, project_url: '{url}'")

    assert asking.candidates("demo") == ()
    assert asking.missing["demo"].startswith(f"demo: no tag of {url} is a version (")


def test_a_package_can_be_blocked(place: Place) -> None:
    asking = finder(place, "provider: not-available", "demo-1.tar.gz")

    assert asking.candidates("demo") == ()
    assert "package demo is not available: " in asking.missing["demo"]
    assert "demo.yaml:1 says `provider: not-available`" in asking.missing["demo"]
    assert asking.candidates("other") == ()
    assert "other" in asking.unknown


@pytest.mark.parametrize("provider", ["hook-sdist", "hook-prebuilt"])
def test_a_hook_needs_a_plugin(place: Place, provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = finder(place, f"provider: {provider}", "demo-1.tar.gz", "demo-1-py3-none-any.whl")
    with pytest.raises(SettingsError, match=rf"demo\.yaml:1: the provider {provider} needs a plugin for demo with"):
        asking.candidates("demo")

    monkeypatch.setattr(Plugins, "has", lambda self, name, function: function == "download_source")
    assert [one.pre_built for one in asking.candidates("demo")] == [provider == "hook-prebuilt"]


class Factories:
    """Functions that a team's package may have."""

    @staticmethod
    def pattern(ctx: SimpleNamespace) -> "re.Pattern[str]":
        return re.compile(rf"^v(.*)\.{ctx.variant}$")

    @staticmethod
    def function(ctx: SimpleNamespace) -> object:
        return lambda identifier, item: Version("7") if (identifier, item) == ("demo", "v1.cuda") else None

    @staticmethod
    def fails(ctx: SimpleNamespace) -> object:
        raise RuntimeError("broken")

    @staticmethod
    def groups(ctx: SimpleNamespace) -> object:
        return "v(.*)"

    @staticmethod
    def texts(ctx: SimpleNamespace) -> object:
        return lambda identifier, item: item

    @staticmethod
    def raises(ctx: SimpleNamespace) -> object:
        return lambda identifier, item: 1 / 0


@pytest.mark.parametrize(
    ("factory", "says"),
    [
        ("team_matchers:pattern", ["1"]),
        ("team_matchers:function", ["7"]),
        ("fromager.packagesettings:pep440_tag_matcher", ["2"]),
        ("team_matchers:fails", "can't be called: RuntimeError.*`tag_pattern` needs no code"),
        ("team_matchers:none", "can't be called: AttributeError"),
        ("no_such_module:x", "can't be called: ModuleNotFoundError"),
        ("team_matchers:groups", "returned neither a pattern with one group nor a function"),
        ("team_matchers:texts", "returned 'v1.cuda' for 'v1.cuda'"),
        ("team_matchers:raises", "failed: ZeroDivisionError"),
    ],
)
def test_a_factory_of_the_team_chooses_the_versions(
    place: Place, monkeypatch: pytest.MonkeyPatch, factory: str, says: str | list[str]
) -> None:
    monkeypatch.setitem(sys.modules, "team_matchers", Factories)  # type: ignore[arg-type]
    url = say_github(place.server, "owner/demo", "v1.cuda", "v2")
    text = f"provider: github-tag-git, project_url: '{url}', matcher_factory: '{factory}'"
    if isinstance(says, list):
        assert [version for version, _, _ in found(place, text)] == says
    else:
        with pytest.raises(SettingsError, match=says):
            found(place, text)


def test_the_versions_can_be_listed(place: Place) -> None:
    url = say_github(place.server, "owner/demo", "v2.0", "v1.0")
    usable = finder(place, f"provider: github-tag-git, project_url: '{url}'").usable("demo")

    assert [one.key for one in usable if isinstance(one, Candidate)] == ["demo==2.0", "demo==1.0"]


def test_a_requirement_of_a_blocked_package_is_an_error_that_names_the_setting(place: Place) -> None:
    asking = finder(place, "provider: not-available", "demo-1.tar.gz")

    with pytest.raises(ResolutionError, match=r"package demo is not available: .*demo\.yaml:1 says `provider: not-av"):
        best_version(asked("demo")[0], asking, constraints(), VARIABLES)
