"""Pin files that no lock has yet: ask indexes and forges for hashes, and sources for their crates."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import requests
from packaging.version import Version

from fromager_gen.addresses import without_credentials
from fromager_gen.archive_format import SUFFIXES
from fromager_gen.errors import LockError
from fromager_gen.graph import Node
from fromager_gen.lock import http
from fromager_gen.lock.cargo import (
    Registry,
    crate_id,
    default_registry,
    git_repository,
    lock_crate,
    lock_git_source,
)
from fromager_gen.lock.git import lock_commit, write_archive
from fromager_gen.lock.index import Index, NoSuchProjectError
from fromager_gen.lock.model import Lock, LockedFile, LockedPackage, RustLock
from fromager_gen.lock.progress import Progress
from fromager_gen.lock.request import LockRequest
from fromager_gen.lock.rust import crates_of, rust_root
from fromager_gen.lock.sources import Source, source_of
from fromager_gen.lock.tree import Tree
from fromager_gen.lock.workers import Workers
from fromager_gen.names import repository
from fromager_gen.standards import sdist_filename, wheel_filename


class Pinning:
    """Adds to a lock what it lacks."""

    def __init__(
        self, client: requests.Session, lock: Lock, previous: Lock, request: LockRequest, progress: Progress
    ) -> None:
        """Take a session, the lock to add to, the one before it, what is asked, and who is told of progress."""
        self._client = client
        self._files, self._packages = lock.files, lock.packages
        self._previous = previous
        self._request = request
        self._progress = progress
        self._workers = Workers()
        self._indexes: dict[str, Index] = {}
        self._registry: Registry | None = None

    def pin_libraries(self, pins: Mapping[str, Mapping[str, str]]) -> None:
        """Pin what the build actions use, each given by file name and sha256.

        Raises:
            LockError: the index does not have a file.
        """
        for name, pin in pins.items():
            self._files[f"library_{name}"] = self._library(name, pin["filename"], pin["sha256"])

    def pin_nodes(self, nodes: Sequence[Node], looks_in: Mapping[str, str]) -> None:
        """Pin packages and their crates.

        Args:
            nodes: of the graph.
            looks_in: folder of the project in which a Cargo.lock may be, by key; no entry where nothing hints at Rust.

        Raises:
            LockError: a file has no hash that somebody states, can't be had, or is not what was promised.
        """
        if not nodes:
            return
        self._progress.begin("locking", len(nodes))
        for node, (name, file) in zip(nodes, self._workers.run(nodes, self._lock_node), strict=True):
            self._files[name] = file
            self._packages[node.key] = LockedPackage(
                file=name,
                source=without_credentials(node.url),
                looked_in=looks_in.get(node.key),
                index=without_credentials(self._request.taken_from.get(node.key, "")),
            )
        rust = [node for node in nodes if node.key in looks_in]
        if rust:
            self._lock_rust(rust)

    def _library(self, name: str, filename: str, sha256: str) -> LockedFile:
        found = self._index(None).files(name).get(filename)
        if found is None:
            index = without_credentials(self._index(None).url)
            raise LockError(f"the index {index} does not have {filename}, which the build actions use")
        return LockedFile(filename, sha256, found.size, url=without_credentials(found.url))

    def _index(self, node: Node | None) -> Index:
        """Return the index to ask for a node, or for what belongs to none."""
        own: dict[str, str] = {}
        taken_from = None
        if node is not None:
            own = self._request.indexes if node.pre_built else self._request.sdist_indexes
            taken_from = self._request.taken_from.get(node.key)
        url = taken_from or own.get(node.name if node else "") or self._request.index_url or ""
        return self._indexes.setdefault(url, Index(self._client, url or None))

    def _lock_node(self, node: Node) -> tuple[str, LockedFile]:
        kind = "wheel" if node.pre_built else "sdist"
        name = repository(kind, node.name, node.version)
        if node.key in self._request.taken_from:
            node = replace(node, url="")
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
            locked = replace(locked, size=http.size_of(self._client, locked.url))
        self._progress.done(str(node))
        return name, locked

    def _from_index(self, node: Node, source: Source) -> LockedFile | None:
        """Take hash and size from the index; a node without an address takes its file from there, too."""
        if source.url and not _keeps_published_name(source):
            return None
        try:
            listed = self._index(node).files(node.name)
        except LockError as err:
            # What lies at an address of its own may be no project of the index.
            if node.name in self._request.record or (source.url and isinstance(err, NoSuchProjectError)):
                return None
            raise
        filename = source.filename if source.url else _file_on_index(node, listed)
        found = listed.get(filename)
        if found is None:
            return None
        url = source.url or without_credentials(found.url)
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
            fetched = http.download(self._client, source.url, path, None, self._read)
        return LockedFile(source.filename, fetched.sha256, fetched.size, url=source.url)

    def _lock_rust(self, nodes: list[Node]) -> None:
        """Read Cargo.lock out of each source that may have one, and pin what it names."""
        self._progress.begin("reading Cargo.lock", len(nodes))
        answers = self._workers.run(nodes, self._read_rust)
        found = [(node, *answer) for node, answer in zip(nodes, answers, strict=True) if answer is not None]
        self._lock_git_sources(
            {crate["source"]: node for node, _, crates in found for crate in crates if _is_of_git(crate)}
        )
        for node, root, crates in found:
            with _named(node):
                self._lock_crates(node, root, crates)

    def _lock_git_sources(self, sources: Mapping[str, Node]) -> None:
        """Fetch each commit once, however many crates are of it; each source with a package that needs it."""
        missing: dict[str, tuple[str, Node]] = {}
        for source, node in sorted(sources.items()):
            name = git_repository(source)
            known = self._files.get(name) or self._previous.files.get(name)
            if known and known.commit == source.partition("#")[2]:
                self._files[name] = known
            else:
                missing[name] = source, node
        if missing:
            self._progress.begin("fetching git crates", len(missing))
            self._files.update(zip(missing, self._workers.run(missing.values(), self._lock_git_source), strict=True))

    def _lock_git_source(self, needed: tuple[str, Node]) -> LockedFile:
        source, node = needed
        with _named(node):
            locked = lock_git_source(source)
        self._progress.done(f"{locked.git} {locked.commit[:16]}")
        return locked

    def _lock_crates(self, node: Node, root: str, crates: list[dict[str, str]]) -> None:
        git = {git_repository(crate["source"]): crate["source"] for crate in crates if _is_of_git(crate)}
        locked: dict[str, LockedFile] = {}
        names: set[str] = set()
        for crate in (crate for crate in crates if not _is_of_git(crate)):
            self._registry = self._registry or default_registry(crate)
            name, locked[name] = lock_crate(crate, self._registry)
            names.add(crate_id(crate["name"], crate["version"]))
        self._add_files(locked)
        rust = RustLock(root, tuple(sorted(names)), tuple(sorted(git.items())))
        self._packages[node.key] = replace(self._packages[node.key], rust=rust)

    def _add_files(self, locked: dict[str, LockedFile]) -> None:
        for name, file in locked.items():
            other = self._files.setdefault(name, file)
            if other.sha256 != file.sha256:
                raise LockError(f"{file.filename} has the checksum {file.sha256}, in another Cargo.lock {other.sha256}")

    def _read_rust(self, node: Node) -> tuple[str, list[dict[str, str]]] | None:
        file = self._files[self._packages[node.key].file]
        build_dir = self._request.build_dirs.get(node.name, ".")
        tree = self._tree(file)
        with _named(node):
            root = rust_root(tree, build_dir)
            crates = crates_of(tree, f"{build_dir}/{root}/Cargo.lock") if root is not None else []
        self._progress.done(str(node))
        return None if root is None else (root, crates)

    def _tree(self, file: LockedFile) -> Tree:
        present = self._request.sources / file.filename if self._request.sources else None
        if present is not None and not file.git and http.has_sha256(present, file.sha256):
            return Tree.of_archive(present)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, file.filename)
            if file.git:
                write_archive(file.git, file.commit, file.prefix, path)
            else:
                http.download(self._client, file.url, path, file.sha256, self._read)
            return Tree.of_archive(path)

    def _read(self, size: int) -> None:
        """Tell of a download's piece, or end the download where the whole lock is ending."""
        self._workers.check()
        self._progress.read(size)


@contextmanager
def _named(node: Node) -> Iterator[None]:
    """Say of which package an error is."""
    try:
        yield
    except LockError as err:
        raise LockError(f"{node}: {err}") from err


def _is_of_git(crate: Mapping[str, str]) -> bool:
    return crate["source"].startswith("git+")


def _keeps_published_name(source: Source) -> bool:
    """An index's files keep their published names; a forge's archive is named by its tag."""
    return source.filename == source.url.rpartition("/")[2].replace("%2B", "+").replace("%21", "!")


def _file_on_index(node: Node, listed: Iterable[str]) -> str:
    """Return the file of a node without an address: the sdist (or any wheel, if pre-built) of its version."""
    for filename in sorted(listed):
        try:
            if node.pre_built and filename.endswith("-none-any.whl"):
                version = wheel_filename(filename)[1]
            elif not node.pre_built and filename.endswith(SUFFIXES):
                version = sdist_filename(filename)[1]
            else:
                continue
        except ValueError:
            continue
        if version == Version(node.version):
            return filename
    kind = "wheel for every platform" if node.pre_built else "source"
    raise LockError(f"{node}: the graph gives no address for it, and the index has no {kind} of this version")
