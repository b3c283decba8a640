"""Make the lock of a graph: what an earlier lock has is kept, the rest is asked of the index and of the files."""

import hashlib
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import requests
from packaging.utils import parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from fromager_gen.errors import LockError
from fromager_gen.graph import BUILD_KINDS, Graph, Node
from fromager_gen.lock import http
from fromager_gen.lock.cargo import Registry, crate_id, default_registry, lock_crate, lock_git_source
from fromager_gen.lock.git import lock_commit, write_archive
from fromager_gen.lock.model import Lock, LockedFile, LockedPackage, RustLock
from fromager_gen.lock.progress import Progress
from fromager_gen.lock.rust import BACKENDS, crates_of, rust_root
from fromager_gen.lock.sources import Source, source_of
from fromager_gen.lock.tree import Tree
from fromager_gen.names import repository

if TYPE_CHECKING:
    from fromager_gen.lock.index import Index

_THREADS = 8
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class LockRequest:
    """What the command line asks of a lock."""

    record: frozenset[str] = frozenset()
    """Packages whose file may be taken without a hash that the index states."""
    build_dirs: dict[str, str] = field(default_factory=dict)
    """Setting `build_dir` by package, where it is not the top."""
    indexes: dict[str, str] = field(default_factory=dict)
    """Setting `wheel_server_url` by package, for pre-built wheels."""
    sdist_indexes: dict[str, str] = field(default_factory=dict)
    """Index that a command names for one package's source, by package."""
    index_url: str | None = None
    known: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files that the caller has had in its hands, by the graph's key."""
    sources: Path | None = None
    """Folder that may hold sources already, under their own names."""


def make_lock(graph: Graph, previous: Lock, request: LockRequest, progress: Progress) -> Lock:
    """Pin every file of a graph.

    Raises:
        LockError: a file has no hash that somebody states, can't be had, or is not what was promised.
    """
    maker = _Maker(previous, request, progress)
    try:
        return maker.run(graph)
    finally:
        maker.client.close()


class _Maker:
    def __init__(self, previous: Lock, request: LockRequest, progress: Progress) -> None:
        self.client: requests.Session = http.session()
        self._previous = previous
        self._request = request
        self._progress = progress
        self._stopped = False
        self._indexes: dict[str, Index] = {}
        self._files: dict[str, LockedFile] = {}
        self._packages: dict[str, LockedPackage] = {}

    def run(self, graph: Graph) -> Lock:
        self._lock_libraries()
        todo = [node for node in graph if not self._keep(node, self._looks_in(graph, node))]
        if todo:
            self._progress.begin("locking", len(todo))
            for node, (name, file) in zip(todo, self._parallel(todo, self._lock_node), strict=True):
                self._files[name] = file
                self._packages[node.key] = LockedPackage(name, http.without_credentials(node.url))
            rust = [node for node in todo if self._looks_in(graph, node) is not None]
            if rust:
                self._lock_rust(rust)
        return Lock(self._files, self._packages)

    def _looks_in(self, graph: Graph, node: Node) -> str | None:
        """Return where a Cargo.lock is to be looked for, None where nothing hints at Rust."""
        return self._request.build_dirs.get(node.name, ".") if _may_have_rust(graph, node) else None

    def _keep(self, node: Node, looks_in: str | None) -> bool:
        """Take over what an earlier lock says of a node whose address is the same."""
        package = self._previous.packages.get(node.key)
        if package is None or package.source != http.without_credentials(node.url):
            return False
        if looks_in is not None and package.looked_in != looks_in:
            return False
        if package.file.startswith("wheel_") != node.pre_built:
            return False
        known = self._request.known.get(node.key)
        if known is not None and known.sha256 != self._previous.files[package.file].sha256:
            return False  # a branch that moved
        used = [package.file]
        if package.rust:
            used += [f"crate_{crate}" for crate in package.rust.crates] + [name for name, _ in package.rust.git]
        self._files.update({name: self._previous.files[name] for name in used})
        self._packages[node.key] = package
        return True

    def _lock_libraries(self) -> None:
        table = tomllib.loads(files("fromager_gen.lock").joinpath("libraries.toml").read_text())
        for name, pin in table.items():
            known = self._previous.files.get(f"library_{name}")
            if known is None or known.sha256 != pin["sha256"]:
                known = self._library(name, pin["filename"], pin["sha256"])
            self._files[f"library_{name}"] = known

    def _library(self, name: str, filename: str, sha256: str) -> LockedFile:
        found = self._index(None).files(name).get(filename)
        if found is None:
            raise LockError(f"the index {self._index(None).url} does not have {filename}, which the build actions use")
        return LockedFile(filename, sha256, found.size, url=http.without_credentials(found.url))

    def _index(self, node: Node | None) -> "Index":
        """Return the index to ask for a node, or for what belongs to none."""
        # A lock that is whole asks no index, and what reads an index's pages takes its time to start.
        from fromager_gen.lock.index import Index  # noqa: PLC0415

        own: dict[str, str] = {}
        if node is not None:
            own = self._request.indexes if node.pre_built else self._request.sdist_indexes
        url = own.get(node.name if node else "") or self._request.index_url or ""
        return self._indexes.setdefault(url, Index(self.client, url or None))

    def _lock_node(self, node: Node) -> tuple[str, LockedFile]:
        kind = "wheel" if node.pre_built else "sdist"
        name = repository(kind, node.name, node.version)
        source = source_of(node)
        known = self._request.known.get(node.key)
        if known is not None:
            locked = known
        elif source.git:
            locked = lock_commit(source.git, source.ref, source.filename)
        elif source.sha256 and source.filename:
            locked = LockedFile(source.filename, source.sha256, url=source.url)
        else:
            locked = self._from_index(node, source) or self._recorded(node, source)
        if locked.size is None and locked.url:
            locked = replace(locked, size=http.size_of(locked.url))
        self._progress.done(str(node))
        return name, locked

    def _from_index(self, node: Node, source: Source) -> LockedFile | None:
        """Take hash and size from the index; a node without an address takes its file from there, too."""
        if source.url and not _from_an_index(source):
            return None
        try:
            listed = self._index(node).files(node.name)
        except LockError:
            if node.name in self._request.record:
                return None
            raise
        filename = source.filename if source.url else _sdist_name(node, listed)
        found = listed.get(filename)
        if found is None:
            return None
        url = source.url or http.without_credentials(found.url)
        if found.sha256 is None:
            return self._recorded(node, replace(source, url=url))
        return LockedFile(filename, found.sha256, found.size, url=url)

    def _recorded(self, node: Node, source: Source) -> LockedFile:
        """A hash that nobody states is a decision: only for a package that the user names, never for a branch."""
        if source.is_moving:
            raise LockError(f"{node}: {source.url} is a branch's archive, whose bytes change; name a tag or commit")
        if node.name not in self._request.record:
            raise LockError(
                f"{node}: no index states a hash for {source.filename} ({source.url}). To take the file as it is now "
                f"and hold later builds to it: --record-hash {node.name}"
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "file")
            fetched = http.download(self.client, source.url, path, None, self._read)
        return LockedFile(source.filename, fetched.sha256, fetched.size, url=source.url)

    def _lock_rust(self, nodes: list[Node]) -> None:
        """Read Cargo.lock out of each source that may have one."""
        self._progress.begin("reading Cargo.lock", len(nodes))
        registry: Registry | None = None
        for node, found in zip(nodes, self._parallel(nodes, self._read_rust), strict=True):
            package = replace(self._packages[node.key], looked_in=self._request.build_dirs.get(node.name, "."))
            self._packages[node.key] = package
            if found is None:
                continue
            root, crates = found
            locked: dict[str, LockedFile] = {}
            git: dict[str, str] = {}
            for crate in crates:
                if crate["source"].startswith("git+"):
                    name, locked[name] = self._git_source(crate["source"])
                    git[name] = crate["source"]
                    continue
                registry = registry or default_registry(crate["name"], crate["version"])
                name, locked[name] = lock_crate(crate, registry)
            self._add_files(node, locked)
            names = sorted({crate_id(c["name"], c["version"]) for c in crates if not c["source"].startswith("git+")})
            rust = RustLock(root, tuple(names), tuple(sorted(git.items())))
            self._packages[node.key] = replace(package, rust=rust)

    def _git_source(self, source: str) -> tuple[str, LockedFile]:
        name = f"git_{source.partition('#')[2][:16]}"
        known = self._files.get(name) or self._previous.files.get(name)
        return (name, known) if known else lock_git_source(source)

    def _add_files(self, node: Node, locked: dict[str, LockedFile]) -> None:
        for name, file in locked.items():
            other = self._files.setdefault(name, file)
            if other.sha256 != file.sha256:
                raise LockError(
                    f"{node}: {file.filename} has the checksum {file.sha256}, in another Cargo.lock {other.sha256}"
                )

    def _read_rust(self, node: Node) -> tuple[str, list[dict[str, str]]] | None:
        file = self._files[self._packages[node.key].file]
        build_dir = self._request.build_dirs.get(node.name, ".")
        tree = self._tree(file)
        try:
            root = rust_root(tree, build_dir)
            crates = crates_of(tree, f"{build_dir}/{root}/Cargo.lock") if root is not None else []
        except LockError as err:
            raise LockError(f"{node}: {err}") from err
        self._progress.done(str(node))
        return None if root is None else (root, crates)

    def _tree(self, file: LockedFile) -> Tree:
        present = self._request.sources / file.filename if self._request.sources else None
        if present is not None and not file.git and has_sha256(present, file.sha256):
            return Tree.of_archive(present)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file.filename)
            if file.git:
                write_archive(file.git, file.commit, file.prefix, path)
            else:
                http.download(self.client, file.url, path, file.sha256, self._read)
            return Tree.of_archive(path)

    def _read(self, size: int) -> None:
        """Tell of a download's piece, or end the download where the whole lock is ending."""
        if self._stopped:
            raise LockError("stopped")
        self._progress.read(size)

    def _parallel(self, items: Iterable[T], work: Callable[[T], R]) -> list[R]:
        """Run in threads; the first error, or Ctrl-C, ends what has not begun and cuts what runs."""
        pool = ThreadPoolExecutor(_THREADS)
        futures = [pool.submit(work, item) for item in items]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            for future in futures:
                if future.done() and future.exception():
                    future.result()
            return [future.result() for future in futures]
        except BaseException:
            self._stopped = True
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def has_sha256(path: Path, sha256: str) -> bool:
    """Tell whether a file is there and has this hash."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _from_an_index(source: Source) -> bool:
    """An index's files keep their published names; a forge's archive is named by its tag."""
    return source.filename == source.url.rpartition("/")[2].replace("%2B", "+").replace("%21", "!")


def _sdist_name(node: Node, listed: Iterable[str]) -> str:
    """Return the file of a node without an address: the sdist (or any wheel, if pre-built) of its version."""
    for filename in sorted(listed):
        try:
            if node.pre_built and filename.endswith("-none-any.whl"):
                version = parse_wheel_filename(filename)[1]
            elif not node.pre_built and filename.endswith((".tar.gz", ".zip")):
                version = parse_sdist_filename(filename)[1]
            else:
                continue
        except ValueError:
            continue
        if version == Version(node.version):
            return filename
    raise LockError(f"{node}: the graph gives no address for it, and the index has no source of this version")


def _may_have_rust(graph: Graph, node: Node) -> bool:
    """Only a package that builds with a Rust backend is worth downloading to look for a Cargo.lock."""
    return not node.pre_built and any(graph.nodes[key].name in BACKENDS for key in node.children(*BUILD_KINDS))
