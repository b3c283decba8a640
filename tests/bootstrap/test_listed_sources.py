"""Sources that settings name by address or commit: they are read, and pinned by hash."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version
from support.forges import say_gitlab
from support.indexes import Place, pkg_info
from support.repositories import git
from support.samples import pack
from support.servers import Server

from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.net import session
from fromager_gen.overrides import Overrides, PackageSettings, Source
from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.own_sources import listed_by_settings


@pytest.fixture
def place(server: Server, tmp_path: Path) -> Iterator[Place]:
    with session() as client:
        yield Place(server, client, tmp_path)


def chosen(place: Place, source: Source, version: str) -> tuple[Candidate, SourceStore]:
    """Return the candidate of a version of `demo`, after its source was read, and the store."""
    prebuilt = source.provider == "pypi-prebuilt"
    listed = source.provider.startswith("pypi-") and not prebuilt
    own = PackageSettings(source=source, pre_built=prebuilt, include_wheels=listed, ignore_platform=listed)
    overrides = Overrides(packages={"demo": own})
    finder: Finder = replace(place.finder(demo=own), own_source=listed_by_settings(overrides, place.client))
    (one,) = (one for one in finder.candidates("demo") if one.version == Version(version))
    store = SourceStore(place.client, place.folder / "sources", place.folder / "cache", overrides)
    assert store.read([one], lambda item: None)[f"demo=={version}"].version in ("", version)
    return one, store


@pytest.fixture
def repository(tmp_path: Path) -> str:
    """Create a repository with an annotated tag, and return its address."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "setup.py").touch()
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    git(folder, "tag", "-a", "-m", "x", "v1.0")
    return f"file://{folder}"


@pytest.mark.parametrize("provider", ["versionmap-git", "pypi-git"])
def test_a_tag_is_pinned_to_its_commit(place: Place, repository: str, provider: str) -> None:
    place.file("demo", "demo-1.0-py3-none-any.whl", b"wheel")
    source = Source(provider, clone_url=repository, tag="v{version}", versionmap={Version("1.0"): "v1.0"})
    if provider == "pypi-git":
        source = replace(source, versionmap={})
    one, store = chosen(place, source, "1.0")

    locked = store.locked["demo==1.0"]
    assert one.url == f"git+{repository}@v1.0"
    assert locked.commit == git(place.folder / "repository", "rev-parse", "v1.0^{commit}")
    assert (locked.filename, locked.prefix) == ("demo-1.0.tar", "demo-1.0")


@pytest.mark.parametrize("provider", ["pypi-download", "gitlab-tag-download"])
def test_the_hash_of_a_download_is_recorded(place: Place, provider: str) -> None:
    archive = pack("demo-v1.0", {"setup.py": "", "PKG-INFO": pkg_info("demo", "1.0")})
    project = say_gitlab(place.server, "group/demo", {"v1.0": ""})
    url = place.server.say("/group/demo/-/archive/v1.0/demo-v1.0.tar.gz", archive)
    place.file("demo", "demo-1.0.tar.gz", b"other bytes")
    if provider == "pypi-download":
        source = Source(provider, download_url=url.replace("1.0", "{version}"), download_kind="sdist")
    else:
        source = Source(provider, project_url=project)
    one, store = chosen(place, source, "1.0")

    assert (one.url, one.filename) == (url, "demo-1.0.tar.gz")
    assert store.locked["demo==1.0"].sha256 == hashlib.sha256(archive).hexdigest()
    assert store.locked["demo==1.0"].url == url


def test_a_source_without_its_own_versions_is_that_of_the_index(place: Place) -> None:
    place.sdist("demo", "1.0", {"PKG-INFO": pkg_info("demo", "1.0")})
    one, store = chosen(place, Source("pypi-sdist"), "1.0")

    assert one.url.endswith("/files/demo-1.0.tar.gz")
    assert store.locked["demo==1.0"].sha256 == one.sha256
