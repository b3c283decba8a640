"""Plugins choose versions and download sources on this machine."""

import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from fromager_gen.errors import SettingsError
from fromager_gen.plugins import AskedIndex, HostContext, Listed, Network, Plugins, SourcePlugins

Install = Callable[..., Plugins]
DEFAULT = AskedIndex("https://index.test/simple", True, False, False, None)
START = "import re\nfrom fromager import resolver\nfrom packaging.version import Version\n"
TAGS = [
    {"name": "v1.0", "tarball_url": "https://forge.test/ball/v1.0", "commit": {"sha": "0" * 40}},
    {"name": "other", "tarball_url": "https://forge.test/ball/other", "commit": {"sha": "1" * 40}},
]
LAB = [{"name": "2.0", "created_at": "2026-01-02T03:04:05.000+01:00", "commit": {"id": "2" * 40}}]


class Net:
    """A network that answers from memory, and notes the addresses."""

    def __init__(self, entries: Iterable[dict[str, Any]] = ()) -> None:
        self.entries, self.asked = list(entries), list[str]()

    def fetch(self, url: str, path: Path) -> None:
        self.asked.append(url)
        path.write_text("data")

    def pages(self, url: str, headers: Mapping[str, str]) -> Iterable[dict[str, Any]]:
        self.asked.append(url)
        return self.entries


def asking(folder: Path, plugins: Plugins, net: Net, settings: str = "") -> SourcePlugins:
    context = HostContext(
        folder / "work-dir", folder / "wheels", folder / "sdists", "cpu", {"a": settings}, {"a": SpecifierSet("<3")}
    )
    return SourcePlugins(plugins, context, Network(net.fetch, net.pages))


def provider(body: str) -> dict[str, str]:
    return {"plug.py": f"{START}def get_resolver_provider(ctx, req, sdist_server_url):\n    return {body}\n"}


def listed(folder: Path, plugins: Plugins, net: Net) -> list[Listed]:
    found = asking(folder, plugins, net).index("a", DEFAULT)
    assert callable(found)
    return found()


def test_a_package_without_a_plugin_has_the_index(tmp_path: Path, install: Install) -> None:
    plugins = install({"plug.py": "def build_wheel(): ..."}, a="plug")

    assert asking(tmp_path, plugins, Net()).index("a", DEFAULT) is None
    assert asking(tmp_path, plugins, Net()).download("a", "1", "https://x.test/a-1.tar.gz", tmp_path) is None


def test_a_plugin_chooses_an_index(tmp_path: Path, install: Install) -> None:
    body = "resolver.PyPIProvider(sdist_server_url='https://o.test', override_download_url='https://f/{version}.zip')"
    found = asking(tmp_path, install(provider(body), a="plug"), Net()).index("a", DEFAULT)

    assert found == AskedIndex("https://o.test", True, True, False, "https://f/{version}.zip")


def test_the_default_provider_is_the_index(tmp_path: Path, install: Install) -> None:
    body = "resolver.default_resolver_provider(ctx, req, sdist_server_url, True, False)"

    assert asking(tmp_path, install(provider(body), a="plug"), Net()).index("a", DEFAULT) == DEFAULT


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            "resolver.GenericProvider(lambda name: [('https://f/1', '1'), ('https://f/x', 'x'), ('u', Version('2'))])",
            [("1", "https://f/1"), ("2", "u")],
        ),
        (
            "resolver.GenericProvider(lambda name: [resolver.Candidate(name=name, version=Version('4'), url='u')])",
            [("4", "u")],
        ),
        (
            "resolver.GenericProvider(lambda n: [('u', 'rel-3'), ('w', 'no')], matcher=re.compile('rel-(.*)'))",
            [("3", "u")],
        ),
        ("resolver.GenericProvider(lambda name: [('u', 't')], matcher=lambda name, tag: Version('7'))", [("7", "u")]),
        ("resolver.VersionMapProvider({'5': 'https://f/5'}, 'a')", [("5", "https://f/5")]),
        ("resolver.GitHubTagProvider('org', 'repo')", [("1.0", "https://forge.test/ball/v1.0")]),
        (
            "resolver.GitHubTagProvider('org', 'repo', "
            "override_download_url='https://f/{organization}/{repo}/{tagname}/{version}')",
            [("1.0", "https://f/org/repo/v1.0/1.0")],
        ),
    ],
)
def test_a_plugin_lists_versions(tmp_path: Path, install: Install, body: str, expected: list[tuple[str, str]]) -> None:
    net = Net(TAGS)

    assert [(str(one.version), one.url) for one in listed(tmp_path, install(provider(body), a="plug"), net)] == expected
    assert net.asked in ([], ["https://api.github.com:443/repos/org/repo/tags"])


def test_tags_of_gitlab_have_times(tmp_path: Path, install: Install) -> None:
    net = Net(LAB)
    (found,) = listed(
        tmp_path, install(provider("resolver.GitLabTagProvider('g/sub/p', 'https://lab.test/')"), a="plug"), net
    )

    assert found.url == "https://lab.test/g/sub/p/-/archive/2.0/p-2.0.tar.gz"
    assert found.uploaded == "2026-01-02T03:04:05+01:00"
    assert net.asked == ["https://lab.test/api/v4/projects/g%2Fsub%2Fp/repository/tags"]


def test_a_plugin_sees_settings_and_constraints(tmp_path: Path, install: Install) -> None:
    body = (
        "resolver.VersionMapProvider({'1': f'https://f/{ctx.constraints.get_constraint(req.name)}"
        "{ctx.package_build_info(req).download_source_url()}'}, 'a')"
    )
    plugins = asking(tmp_path, install(provider(body), a="plug"), Net(), '{"download_source": {"url": "/x"}}')
    found = plugins.index("a", DEFAULT)

    assert callable(found)
    assert found()[0].url == "https://f/<3/x"


def test_a_plugin_downloads_a_source(tmp_path: Path, install: Install) -> None:
    text = (
        "from fromager import sources\n"
        "def download_source(ctx, req, version, download_url, sdists_downloads_dir):\n"
        "    return sources.default_download_source(ctx, req, version, download_url, sdists_downloads_dir)\n"
    )
    net = Net()
    path = asking(tmp_path, install({"plug.py": text}, a="plug"), net).download("a", "1.0", "https://x/y.zip", tmp_path)

    assert path == tmp_path / "a-1.0.zip"
    assert path.read_text() == "data"
    assert net.asked == ["https://x/y.zip"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "def get_resolver_provider(): return 3",
            "get_resolver_provider of the plugin plug .*returned 3, which is no prov",
        ),
        (
            "def get_resolver_provider(): raise OSError('no')",
            r"a: get_resolver_provider .* OSError: no \(plug\.py:1\)",
        ),
        ("import nowhere\ndef get_resolver_provider(): ...", "failed: ModuleNotFoundError: No module named 'nowhere'"),
        (
            "from fromager import cmd\ndef get_resolver_provider(): ...",
            r"fromager\.cmd of Fromager does not exist|import name",
        ),
    ],
)
def test_a_plugin_that_fails_is_an_error(tmp_path: Path, install: Install, text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        asking(tmp_path, install({"plug.py": text}, a="plug"), Net()).index("a", DEFAULT)


def test_a_list_that_fails_is_an_error(tmp_path: Path, install: Install) -> None:
    with pytest.raises(SettingsError, match="failed: ZeroDivisionError"):
        listed(tmp_path, install(provider("resolver.GenericProvider(lambda name: 1 / 0)"), a="plug"), Net())


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            "resolver.GenericProvider(lambda n: [resolver.Candidate(name=n, version='1', url='u')])",
            "the version '1'",
        ),
        (
            "type('Own', (resolver.PyPIProvider,), {})()",
            "Own lists the versions of a by methods of Fromager's PyPI",
        ),
        ("type('Own', (resolver.BaseProvider,), {})()", "Own has no find_candidates for a"),
    ],
)
def test_a_list_of_another_form_is_an_error(tmp_path: Path, install: Install, body: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        listed(tmp_path, install(provider(body), a="plug"), Net())


@pytest.mark.parametrize("url", ["https://x/..%2F..%2Fevil.tar.gz", "https://x/", "https://x/%2Fetc%2Fpasswd"])
def test_a_download_stays_in_its_folder(tmp_path: Path, install: Install, url: str) -> None:
    text = (
        "from fromager import downloads\n"
        "def download_source(download_url, sdists_downloads_dir):\n"
        "    return downloads.download_url(destination_dir=sdists_downloads_dir, url=download_url)\n"
    )
    with pytest.raises(SettingsError, match=r"ValueError: .* is not a valid file name"):
        asking(tmp_path, install({"plug.py": text}, a="plug"), Net()).download("a", "1", url, tmp_path / "into")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (
            "from fromager import request_session",
            r"ModuleNotFoundError: fromager\.request_session of Fromager",
        ),
        (
            "from fromager.request_session import session",
            r"ModuleNotFoundError: fromager\.request_session of Fromager",
        ),
        (
            "from fromager.external_commands import detect_network_isolation",
            r"ImportError: .*detect_network_iso",
        ),
        ("import fromager.commands.build", r"ModuleNotFoundError: fromager\.commands of Fromager"),
    ],
)
def test_a_missing_name_explains_itself(tmp_path: Path, install: Install, line: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        text = f"{line}\ndef get_resolver_provider(): ...\n"
        asking(tmp_path, install({"plug.py": text}, a="plug"), Net()).index("a", DEFAULT)


def test_a_download_must_be_a_file(tmp_path: Path, install: Install) -> None:
    plugins = install({"plug.py": "def download_source(): return 'x'"}, a="plug")

    with pytest.raises(SettingsError, match="returned 'x', which is not a file"):
        asking(tmp_path, plugins, Net()).download("a", "1", "https://x/a-1.tar.gz", tmp_path)


def test_a_plugin_clones_a_repository(tmp_path: Path, install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "repository"
    identity = ["-c", "user.name=x", "-c", "user.email=x@x.test"]
    for words in (["init", "-q", str(repository)], ["-C", str(repository), *identity, "commit", "-q", "--allow-empty",
                  "-m", "one"], ["-C", str(repository), "tag", "v1"]):  # fmt: skip
        subprocess.run(["git", *words], check=True)
    text = (
        "from fromager import gitutils\n"
        "def download_source(ctx, req, version, download_url, sdists_downloads_dir):\n"
        "    ctx.work_dir.mkdir()\n"
        "    gitutils.git_clone(ctx=ctx, req=req, output_dir=ctx.work_dir / 'one', repo_url=download_url, ref='v1')\n"
        "    gitutils.git_clone_fast(output_dir=ctx.work_dir / 'two', repo_url=download_url, ref='v1')\n"
        "    (ctx.work_dir / 'two' / 'more').write_text('')\n"
        "    gitutils.git_clean(ctx.work_dir / 'two')\n"
        "    path = sdists_downloads_dir / 'a-1.tar.gz'\n"
        "    path.write_text(' '.join(sorted(one.name for one in ctx.work_dir.glob('*/*'))))\n"
        "    return path\n"
    )
    plugins = asking(tmp_path, install({"plug.py": text}, a="plug"), Net())
    path = plugins.download("a", "1", repository.as_uri(), tmp_path)

    assert path is not None
    assert path.read_text() == ".git .git"
