"""Plugins choose versions and download sources for a bootstrap."""

import json
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from support.indexes import Place, Shelf, finder_of
from support.projects import Project
from support.servers import Answer, serving

from fromager_gen.bootstrap.plugin_sources import own_sources, source_plugins
from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.errors import LockError, SettingsError
from fromager_gen.net import session
from fromager_gen.overrides import OverridePaths, Overrides, PackageSettings, read_settings
from fromager_gen.plugins import PLUGIN_GROUP, Plugins, SourcePlugins
from fromager_gen.resolve import Candidate

JSON = {"Content-Type": "application/json"}
START = "from fromager import resolver\nfrom packaging.version import Version\n"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as server, session() as client:
        yield Place(server, client, tmp_path)


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] in ("plug", "fromager")]:
        del sys.modules[name]


def overrides_with(place: Place, text: str, **settings: PackageSettings) -> tuple[Overrides, SourcePlugins]:
    (place.folder / "site" / "plug.py").write_text(START + text)
    overrides = Overrides(packages=settings, plugins=Plugins([EntryPoint("a", "plug", PLUGIN_GROUP)]))
    folders = (place.folder / "work-dir", place.folder / "wheels", place.folder / "sdists")
    return overrides, source_plugins(overrides, folders, {}, place.client)


def provider(body: str) -> str:
    taken = "ctx, req, include_sdists, include_wheels, sdist_server_url, ignore_platform"
    return f"def get_resolver_provider({taken}):\n    return {body}\n"


def listed(place: Place, body: str) -> Sequence[Candidate]:
    overrides, plugins = overrides_with(place, provider(body))
    found = own_sources(overrides, plugins, "https://index.test/simple", place.client)[1]("a")
    assert found is not None
    return found


def asked(place: Place, overrides: Overrides, plugins: SourcePlugins) -> Overrides:
    """Return the settings after the package was asked for, which no plugin lists."""
    chosen, candidates = own_sources(overrides, plugins, None, place.client)
    assert candidates("a") is None
    return chosen


def tags(place: Place, *pages: Answer) -> str:
    """Serve pages of tags, each of which names the next; return a provider that reads them."""
    for number, page in enumerate(pages):
        place.server.say(f"/tags/{number}", page)
    return f"type('P', (resolver.GitHubTagProvider,), {{'api_url': '{place.server.url}/tags/0'}})('o', 'r')"


def page(place: Place, name: str, following: int | None = None) -> Answer:
    entries = [{"name": name, "tarball_url": f"https://forge.test/{name}", "commit": {"sha": "0" * 40}}]
    link = {"Link": f'<{place.server.url}/tags/{following}>; rel="next"'} if following is not None else {}
    return Answer(json.dumps(entries).encode(), 200, {**JSON, **link})


def test_an_index_of_a_plugin_replaces_that_of_the_settings(place: Place) -> None:
    body = (
        "resolver.PyPIProvider(include_sdists, True, sdist_server_url + '/other', override_download_url='u/{version}')"
    )
    settings = PackageSettings(sdist_server_url="https://own.test")
    overrides, plugins = overrides_with(place, provider(body), a=settings)
    chosen = asked(place, overrides, plugins)

    assert chosen.settings("a").sdist_server_url == "https://own.test/other"
    assert chosen.settings("a").include_wheels
    assert chosen.settings("a").source_url("a", "1.0") == "u/1.0"
    assert overrides.settings("a") == settings


OF_VERSIONS = """
versions:
  "==1": {env: {A: b}, download_source: {url: "https://own.test/${version}.tar.gz"}}
  "==2": {variants: {cpu: {pre_built: true}}}
"""


def stated(place: Place, of_versions: str) -> dict[str, PackageSettings]:
    (place.folder / "fromager-gen").mkdir()
    (place.folder / "fromager-gen" / "a.yaml").write_text(of_versions)
    return read_settings(OverridePaths(place.folder / "settings.yaml", place.folder / "settings"))


def test_an_index_of_a_plugin_is_also_that_of_versions_with_other_settings(place: Place) -> None:
    more = "ignore_platform=True, override_download_url='https://u.test/{version}'"
    body = f"resolver.PyPIProvider(False, True, sdist_server_url, {more})"
    overrides, plugins = overrides_with(place, provider(body), **stated(place, OF_VERSIONS))
    chosen = asked(place, overrides, plugins)

    assert (chosen.settings("a", "1").env, chosen.settings("a", "3").env) == ((("A", "b"),), ())
    names = ("a-1.tar.gz", "a-1-cp312-cp312-win_amd64.whl", "a-2-py3-none-any.whl", "a-3-cp312-cp312-win_amd64.whl")
    found = finder_of(Shelf(*names), a=chosen.packages["a"]).candidates("a")
    assert [(str(one.version), one.url, one.pre_built) for one in found] == [
        ("3", "https://u.test/3", False),
        ("2", "https://index.test/a-2-py3-none-any.whl", True),
        ("1", "https://u.test/1", False),
    ]


def test_an_index_of_wheels_is_not_that_of_versions_that_are_built(place: Place) -> None:
    (place.folder / "settings").mkdir()
    (place.folder / "settings" / "a.yaml").write_text("variants: {cpu: {pre_built: true}}")
    settings = stated(place, "versions: {'==1': {variants: {cpu: {pre_built: false}}}}")
    body = "resolver.PyPIProvider(include_sdists, include_wheels, 'https://wheels.test')"
    overrides, plugins = overrides_with(place, provider(body), **settings)
    chosen = asked(place, overrides, plugins)

    assert (chosen.settings("a", "2").pre_built, chosen.settings("a", "2").wheel_server_url) == (
        True,
        "https://wheels.test",
    )
    assert chosen.settings("a", "1") == settings["a"].by_version.of("1")  # type: ignore[union-attr]
    assert chosen.settings("a", "1").includes(is_wheel=False)


def test_the_default_provider_changes_nothing(place: Place) -> None:
    body = "resolver.PyPIProvider(include_sdists, include_wheels, sdist_server_url, ignore_platform=ignore_platform)"
    overrides, plugins = overrides_with(place, provider(body))

    assert asked(place, overrides, plugins) == overrides


def test_a_plugin_is_asked_only_for_its_package(place: Place) -> None:
    overrides, plugins = overrides_with(place, provider("1 / 0"))
    _, candidates = own_sources(overrides, plugins, None, place.client)

    assert candidates("b") is None
    with pytest.raises(SettingsError, match="failed: ZeroDivisionError"):
        candidates("a")


def test_a_pre_built_package_may_have_its_own_index(place: Place) -> None:
    body = "resolver.PyPIProvider(include_sdists, include_wheels, 'https://wheels.test')"
    overrides, plugins = overrides_with(place, provider(body), a=PackageSettings(pre_built=True))
    found = asked(place, overrides, plugins).settings("a")

    assert (found.wheel_server_url, found.pre_built) == ("https://wheels.test", True)


def test_listed_versions_are_sorted(place: Place) -> None:
    found = listed(place, "resolver.GenericProvider(lambda n: [('https://f/x', v) for v in ('1', '10', '9', '9.0')])")

    assert [(str(one.version), one.filename, one.is_listed) for one in found] == [
        ("10", "a-10.tar.gz", True), ("9", "a-9.tar.gz", True), ("1", "a-1.tar.gz", True),
    ]  # fmt: skip


def test_a_plugin_that_lists_nothing_does_not_lead_to_the_index(place: Place) -> None:
    assert listed(place, tags(place, Answer(b"[]", 200, JSON))) == ()


def test_a_listed_address_must_be_valid(place: Place) -> None:
    with pytest.raises(SettingsError, match="a: its plugin lists the address 'file:///etc/passwd', which is not valid"):
        listed(place, "resolver.GenericProvider(lambda n: [('file:///etc/passwd', '1')])")


def test_all_pages_of_tags_are_read(place: Place) -> None:
    found = listed(place, tags(place, page(place, "v1.0", 1), page(place, "v2.0")))

    assert [one.url for one in found] == ["https://forge.test/v2.0", "https://forge.test/v1.0"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=404), "FetchError: .* answered 404"),
        (Answer(b"[1]", 200, JSON), "TypeError"),
    ],
)
def test_tags_that_cannot_be_read_are_an_error(place: Place, answer: Answer, says: str) -> None:
    with pytest.raises(SettingsError, match=rf"get_resolver_provider .* failed: {says}"):
        listed(place, tags(place, answer))


def store(place: Place, text: str) -> SourceStore:
    overrides, plugins = overrides_with(place, text)
    return SourceStore(place.client, place.folder / "sources", place.folder / "cache", overrides, plugins=plugins)


def test_the_source_of_a_plugin_is_pinned(place: Place) -> None:
    place.sdist("a", "1.0", Project("a", "1.0", build=["x"]).files())
    (candidate,) = place.finder().candidates("a")
    text = (
        "from fromager import sources\n"
        "def download_source(ctx, req, version, download_url, sdists_downloads_dir):\n"
        "    return sources.download_url(req=req, destination_dir=sdists_downloads_dir, url=download_url,\n"
        "                                destination_filename='own-1.0.tar.gz')\n"
    )
    reading = store(place, text)
    facts = reading.read([candidate], lambda _: None)
    locked = reading.locked["a==1.0"]

    assert facts["a==1.0"].build_system == ("x",)
    assert (locked.filename, locked.url, locked.sha256) == ("own-1.0.tar.gz", candidate.url, candidate.sha256)


def test_another_file_than_that_of_the_index_has_its_path(place: Place) -> None:
    place.sdist("a", "1.0", Project("a", "1.0").files())
    other = place.sdist("other", "1.0", Project("a", "1.0", build=["own"]).files())
    (candidate,) = place.finder().candidates("a")
    text = (
        "from fromager import downloads\n"
        "def download_source(sdists_downloads_dir):\n"
        f"    return downloads.download_url(destination_dir=sdists_downloads_dir, url={other!r})\n"
    )
    reading = store(place, text)

    assert reading.read([candidate], lambda _: None)["a==1.0"].build_system == ("own",)
    path = place.folder / "sdists" / "downloads" / "other-1.0.tar.gz"
    assert reading.locked["a==1.0"].url == path.as_uri()


def test_the_file_of_a_plugin_must_be_an_archive(place: Place) -> None:
    place.sdist("a", "1.0", {})
    text = (
        "def download_source(sdists_downloads_dir):\n"
        "    path = sdists_downloads_dir / 'a.txt'\n"
        "    path.write_text('')\n"
        "    return path\n"
    )
    with pytest.raises(LockError, match=r"a plugin downloaded \S+/a\.txt, whose name is not that of an archive"):
        store(place, text).read(place.finder().candidates("a"), lambda _: None)


def test_the_hash_of_a_listed_source_is_recorded(place: Place) -> None:
    url = place.sdist("a", "1.0", Project("a", "1.0").files())
    (found,) = listed(place, f"resolver.GenericProvider(lambda n: [({url.partition('#')[0]!r}, '1.0')])")
    reading = place.sources()
    reading.read([found], lambda _: None)

    assert len(reading.locked["a==1.0"].sha256) == 64


def test_listed_versions_replace_those_of_the_index(place: Place) -> None:
    place.sdist("a", "9.0", {})
    found = listed(place, "resolver.VersionMapProvider({'1.0': 'https://f/1.0.zip'})")
    finder = place.finder()
    finder.own_source = {"a": tuple(found)}.get

    assert [one.filename for one in finder.candidates("a")] == ["a-1.0.zip"]
