"""A team's pre-built wheels, from wheels-repo or a wheel server, take precedence over those of the index."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from packaging.tags import Tag
from support.indexes import NOW, Pages, Shelf, finder_of
from support.samples import make_graph
from support.servers import serving
from support.wheels import write_wheel

from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.errors import LockError
from fromager_gen.files import path_of
from fromager_gen.graph import Graph, parse_graph
from fromager_gen.lock import Lock, LockedFile
from fromager_gen.lock.own_wheels import WheelsRepo, best_wheel
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.resolve.ages import Ages
from fromager_gen.resolve.candidates import Finder

TAGS = {Tag("cp312", "cp312", "linux_x86_64"): 3, Tag("py3", "none", "any"): 1}
PRE_BUILT = PackageSettings(pre_built=True)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(repo: Path, *names: str, data: bytes = b"own") -> None:
    for name in names:
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_bytes(data)


def finder(index: Shelf, repo: Path, settings: PackageSettings = PRE_BUILT, ages: Ages | None = None) -> Finder:
    found = finder_of(index, ages, demo=settings)
    found.wheels_repo = WheelsRepo(repo)
    return found


class TestBootstrap:
    def test_a_wheel_of_wheels_repo_takes_precedence_over_the_index(self, tmp_path: Path) -> None:
        """Also over a higher version, because only the first place with a version that fits counts."""
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl", "prebuilt/demo-0.9-py3-none-any.whl")
        put(tmp_path, "downloads/other-1.0-py3-none-any.whl", "downloads/demo-1.1-cp311-none-any.whl")
        put(tmp_path, "downloads/x.whl", "downloads/demo-5.0.tar.gz")
        found = finder(Shelf("demo-1.0-py3-none-any.whl", "demo-2.0-py3-none-any.whl"), tmp_path).candidates("demo")

        assert [str(one.version) for one in found] == ["1.0", "0.9", "2.0"]
        assert [one.url.startswith("file:///") for one in found] == [True, True, False]
        assert (found[0].sha256, path_of(found[0].url)) == (
            sha256(b"own"), tmp_path / "downloads/demo-1.0-py3-none-any.whl"
        )  # fmt: skip

    def test_a_copy_of_a_wheel_of_the_index_is_taken_from_the_index(self, tmp_path: Path) -> None:
        """A second run and another machine find it in the same place as the first run."""
        put(tmp_path, "prebuilt/demo-1.0-py3-none-any.whl")
        index = Shelf("demo-1.0-py3-none-any.whl")
        index.add("demo-1.0-py3-none-any.whl", sha256=sha256(b"own"))

        assert [one.url for one in finder(index, tmp_path).candidates("demo")] == [
            "https://index.test/demo-1.0-py3-none-any.whl"
        ]

    def test_the_first_folder_takes_precedence_as_in_fromager(self, tmp_path: Path) -> None:
        put(tmp_path, "prebuilt/demo-1.0-py3-none-any.whl", data=b"second")
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl", data=b"first")

        assert finder(Shelf("demo-3.tar.gz"), tmp_path).candidates("demo")[0].sha256 == sha256(b"first")

    def test_a_wheel_that_the_index_lacks_is_found(self, tmp_path: Path) -> None:
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl")

        assert [str(one) for one in finder(Shelf(), tmp_path).candidates("demo")] == ["demo 1.0"]

    @pytest.mark.parametrize(
        "settings", [PackageSettings(), PackageSettings(pre_built=True, wheel_server_url="https://own.test/simple")]
    )
    def test_wheels_repo_is_not_used_for_sources_or_with_a_wheel_server(
        self, tmp_path: Path, settings: PackageSettings
    ) -> None:
        put(tmp_path, "downloads/demo-3.0-py3-none-any.whl")
        found = finder(Shelf("demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"), tmp_path, settings).candidates("demo")

        assert [str(one) for one in found] == ["demo 1.0"]

    def test_its_wheels_have_no_age_limit(self, tmp_path: Path) -> None:
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl")
        index = Shelf()
        index.add("demo-2.0-py3-none-any.whl", uploaded="2026-05-31T00:00:00Z")
        asked = finder(index, tmp_path, ages=Ages(NOW, least=30))

        assert [str(one) for one in asked.candidates("demo")] == ["demo 1.0"]
        assert asked.warnings == {}

    def test_file_addresses_of_an_index_are_ignored(self, tmp_path: Path) -> None:
        index = Shelf()
        index.add("demo-1.0-py3-none-any.whl", url="file:///etc/passwd")

        assert finder(index, tmp_path).candidates("demo") == ()

    def test_its_wheels_are_read_and_locked_like_others(self, tmp_path: Path) -> None:
        name = "demo-1.0+x-py3-none-any.whl"
        wheel = write_wheel(tmp_path / "repo a" / "downloads" / name)
        (candidate,) = finder(Shelf(), tmp_path / "repo a").candidates("demo")
        sources = SourceStore(requests.Session(), tmp_path / "sources", tmp_path / "cache", Overrides())
        facts = sources.read([candidate], lambda name: None)

        assert facts[candidate.key].install == ()
        assert sources.locked[candidate.key] == LockedFile(
            name, sha256(wheel.read_bytes()), wheel.stat().st_size, url=candidate.url
        )
        assert (tmp_path / "sources" / name).read_bytes() == wheel.read_bytes()


@pytest.fixture
def index() -> Iterator[Pages]:
    with serving() as server:
        pages = Pages(server)
        pages.add("demo", {"filename": "demo-1.0-py3-none-any.whl", "hashes": {"sha256": sha256(b"index")}, "size": 5})
        yield pages


def graph_of(index: Pages, url: str | None = None) -> Graph:
    url = f"{index.server.url}/files/demo-1.0-py3-none-any.whl" if url is None else url
    return make_graph({"": ["toplevel demo==1.0"], "demo==1.0": []}, demo={"download_url": url, "pre_built": True})


class TestLock:
    def lock(self, index: Pages, repo: Path, previous: Lock | None = None, **more: object) -> Lock:
        more.setdefault("overrides", Overrides(packages={"demo": PRE_BUILT}))
        return index.lock(graph_of(index), previous, wheels_repo=WheelsRepo(repo), tags=TAGS, **more)

    def url(self, lock: Lock) -> str:
        return lock.files["wheel_demo_1.0"].url

    def test_the_wheel_of_wheels_repo_is_locked(self, index: Pages, tmp_path: Path) -> None:
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl")
        lock = self.lock(index, tmp_path)

        name = "demo-1.0-py3-none-any.whl"
        assert lock.files["wheel_demo_1.0"] == LockedFile(
            name, sha256(b"own"), 3, url=(tmp_path / "downloads" / name).as_uri()
        )
        assert self.lock(index, tmp_path, lock) == lock

    def test_a_copy_of_the_graphs_wheel_keeps_the_graphs_address(self, index: Pages, tmp_path: Path) -> None:
        put(tmp_path, "prebuilt/demo-1.0-py3-none-any.whl", data=b"index")

        assert self.url(self.lock(index, tmp_path)).startswith(index.server.url)

    def test_a_wheel_that_is_added_later_replaces_the_locked_one(self, index: Pages, tmp_path: Path) -> None:
        first = self.lock(index, tmp_path)
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl")
        second = self.lock(index, tmp_path, first)
        (tmp_path / "downloads/demo-1.0-py3-none-any.whl").unlink()

        assert [self.url(lock).partition(":")[0] for lock in (first, second)] == ["http", "file"]
        assert self.lock(index, tmp_path, second) == first

    def test_a_locked_wheel_that_was_replaced_is_an_error(self, index: Pages, tmp_path: Path) -> None:
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl")
        first = self.lock(index, tmp_path)
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl", data=b"other")

        with pytest.raises(
            LockError, match=r"demo 1\.0: the wheel /.* has sha256 [0-9a-f]{64}, but [0-9a-f]{64} is locked"
        ):
            self.lock(index, tmp_path, first)
        file = LockedFile("demo-1.0-py3-none-any.whl", sha256(b"other"), 5, url=self.url(first))
        assert self.lock(index, tmp_path, first, known={"demo==1.0": file}).files["wheel_demo_1.0"] == file

    def test_a_missing_wheel_of_another_machine_is_an_error(self, index: Pages, tmp_path: Path) -> None:
        with pytest.raises(
            LockError, match=r"demo 1\.0: the graph's wheel /there/.* is not in the wheels-repo of this machine"
        ):
            index.lock(graph_of(index, "file:///there/demo-1.0-py3-none-any.whl"), wheels_repo=WheelsRepo(tmp_path))

    def test_only_the_server_in_the_settings_is_asked(self, index: Pages, tmp_path: Path) -> None:
        put(tmp_path, "downloads/demo-1.0-py3-none-any.whl")
        before = self.lock(index, tmp_path / "none")
        with serving() as other:
            server = Pages(other)
            own = {"filename": "demo-1.0-1-py3-none-any.whl", "hashes": {"sha256": "c" * 64}, "size": 7}
            server.add("demo", own, {"filename": "demo-1.0-py3-none-any.whl", "hashes": {"sha256": "d" * 64}})
            settings = PackageSettings(pre_built=True, wheel_server_url=server.url)
            lock = self.lock(index, tmp_path, before, overrides=Overrides(packages={"demo": settings}))
            url = f"{other.url}/files/demo-1.0-1-py3-none-any.whl"

        assert lock.files["wheel_demo_1.0"] == LockedFile("demo-1.0-1-py3-none-any.whl", "c" * 64, 7, url=url)

    def test_a_server_without_the_wheel_is_an_error(self, index: Pages, tmp_path: Path) -> None:
        with serving() as other:
            server = Pages(other)
            server.add("demo", {"filename": "demo-2.0-py3-none-any.whl", "hashes": {"sha256": "c" * 64}})
            settings = PackageSettings(pre_built=True, wheel_server_url=server.url)
            with pytest.raises(LockError, match=r"demo 1\.0: the wheel server http.* has no wheel of this version"):
                self.lock(index, tmp_path, overrides=Overrides(packages={"demo": settings}))


def test_the_best_wheel_is_chosen() -> None:
    names = [f"demo-1.0-{tag}.whl" for tag in ("py3-none-any", "cp312-cp312-linux_x86_64", "cp311-cp311-linux_x86_64")]
    tagged = [*names, "demo-1.0-2-py3-none-any.whl", "demo-1.0.tar.gz", "other-1.0-3-py3-none-any.whl"]

    assert best_wheel(names, "demo", "1.0.0", TAGS) == "demo-1.0-cp312-cp312-linux_x86_64.whl"
    assert best_wheel(tagged, "demo", "1.0", TAGS) == "demo-1.0-2-py3-none-any.whl"
    assert best_wheel(names, "demo", "2.0", TAGS) is None


@pytest.mark.parametrize(("pre_built", "refused"), [("true", False), ("false", True)])
def test_file_addresses_in_a_graph_are_valid_only_for_pre_built_wheels(pre_built: str, refused: bool) -> None:
    text = """{"": {"download_url": "", "pre_built": false, "version": "0", "canonicalized_name": "", "edges":
        [{"key": "demo==1.0", "req_type": "toplevel", "req": "demo"}]}, "demo==1.0": {"version": "1.0", "edges": [],
        "download_url": "file:///w/demo-1.0-py3-none-any.whl", "pre_built": %s, "canonicalized_name": "demo"}}"""
    try:
        parse_graph(text % pre_built, "graph.json")
    except Exception as err:
        assert refused and "is not an http, https or git address" in str(err)
    else:
        assert not refused
