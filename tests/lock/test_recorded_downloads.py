"""Downloads that settings name: the lock records their hash, and holds later runs to it."""

import hashlib
from collections.abc import Iterator

import pytest
from support.indexes import Pages
from support.samples import make_graph
from support.servers import Server, serving

from fromager_gen.errors import LockError
from fromager_gen.graph import Graph
from fromager_gen.lock import LockedFile
from fromager_gen.overrides import Overrides, PackageSettings, Source

BODY = b"an archive"
SHA = hashlib.sha256(BODY).hexdigest()
NAME = "sdist_demo_1.0"


@pytest.fixture
def index() -> Iterator[Pages]:
    with serving() as server:
        yield Pages(server)


def graph(server: Server) -> Graph:
    url = server.say("/files/demo-1.0.tar.gz", BODY)
    return make_graph({"": ["toplevel demo==1.0"], "demo==1.0": []}, demo={"download_url": url})


def overrides(provider: str) -> Overrides:
    return Overrides(packages={"demo": PackageSettings(source=Source(provider))})


@pytest.mark.parametrize(
    ("provider", "is_own"), [("pypi-download", True), ("github-tag-download", True), ("pypi-sdist", False)]
)
def test_a_download_has_the_hash_of_its_own_file(index: Pages, provider: str, is_own: bool) -> None:
    """The index may have another file of the same name."""
    index.add("demo", {"filename": "demo-1.0.tar.gz", "hashes": {"sha256": "0" * 64}, "size": 10})
    lock = index.lock(graph(index.server), overrides=overrides(provider))

    assert lock.files[NAME].sha256 == (SHA if is_own else "0" * 64)


def test_without_such_a_setting_a_hash_must_be_stated(index: Pages) -> None:
    with pytest.raises(LockError, match=r"no index states a hash.*--record-hash demo"):
        index.lock(graph(index.server), overrides=overrides("versionmap-git"))


def test_a_download_that_changed_is_an_error_in_a_bootstrap(index: Pages) -> None:
    asked, own = graph(index.server), overrides("gitlab-tag-download")
    lock = index.lock(asked, overrides=own)
    url = lock.files[NAME].url
    known = {"demo==1.0": LockedFile("demo-1.0.tar.gz", "1" * 64, 10, url=url)}

    with pytest.raises(LockError, match=f"demo 1.0: {url} has sha256 1111.*, but {SHA} is locked. The file was repl"):
        index.lock(asked, lock, overrides=own, known=known)
    assert index.lock(asked, lock, overrides=overrides("pypi-sdist"), known=known).files[NAME].sha256 == "1" * 64
