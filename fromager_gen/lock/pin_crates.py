"""Pin the crates of sources with Rust, from their Cargo.lock or from one that cargo makes."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import requests

from fromager_gen.errors import LockError, ToolError
from fromager_gen.graph import Node
from fromager_gen.lock.cargo import (
    Registry,
    crate_id,
    default_registry,
    git_repository,
    lock_crate,
    lock_git_source,
    make_cargo_lock,
)
from fromager_gen.lock.model import CARGO, OVERRIDES, SOURCE, Lock, LockedFile, RustLock
from fromager_gen.lock.prepared import patched, unpacked
from fromager_gen.lock.request import LockRequest
from fromager_gen.names import overrides_folder
from fromager_gen.net import Workers, download, has_sha256, write_archive
from fromager_gen.source import RustProject, SourceArchive, crates_of, needs_crates, parse_toml, rust_project
from fromager_gen.terminal import Progress

Crate = dict[str, str]
"""Name, version, source and checksum, as in Cargo.lock."""


@dataclass(frozen=True)
class Tools:
    """The session, progress display and workers that pinning uses."""

    client: requests.Session
    progress: Progress
    workers: Workers

    def read(self, size: int) -> None:
        """Report a chunk of a download, or cancel the download if the whole lock is being cancelled."""
        self.workers.check()
        self.progress.read(size)


@dataclass(frozen=True)
class _CargoLock:
    """A package's Cargo.lock."""

    node: Node
    root: str
    """Folder of the Cargo.lock, relative to the project."""
    crates: list[Crate]
    text: str = ""
    """The text of the Cargo.lock; empty if it is the source's own."""
    origin: str = SOURCE


def pin_crates(nodes: list[Node], lock: Lock, previous: Lock, request: LockRequest, tools: Tools) -> None:
    """Find the Cargo.lock of each source that may have one, and add its crates to a lock.

    Raises:
        LockError: a crate has no checksum or can't be fetched, or a package lacks a Cargo.lock and cargo can't make it.
    """
    _Pinning(lock, previous, request, tools).run(nodes)


@dataclass
class _Pinning:
    lock: Lock
    previous: Lock
    request: LockRequest
    tools: Tools
    _registries: list[Registry] = field(default_factory=list)
    """Cargo's default registry, as soon as cargo was asked for it."""

    def run(self, nodes: list[Node]) -> None:
        self.tools.progress.begin("reading Cargo.lock", len(nodes))
        found = [one for one in self.tools.workers.run(nodes, self._find) if one is not None]
        self._lock_git_sources(
            {crate["source"]: one.node for one in found for crate in one.crates if _is_of_git(crate)}
        )
        for one in found:
            with _named(one.node):
                self._lock_crates(one)

    def _find(self, node: Node) -> _CargoLock | None:
        with _named(node), tempfile.TemporaryDirectory() as folder:
            submodules = self._submodules(node, Path(folder))
            archive = self._archive(node, Path(folder))
            archive = patched(archive, node, self.request.overrides, Path(folder), submodules)
            found = self._cargo_lock(node, archive, Path(folder))
        self.tools.progress.done(str(node))
        return found

    def _cargo_lock(self, node: Node, archive: Path, folder: Path) -> _CargoLock | None:
        """Return the Cargo.lock of the overrides, else that of the patched source, else one that cargo makes."""
        build_dir = self.request.overrides.settings(node.name, node.version).build_dir
        source = SourceArchive.of_archive(archive)
        project = rust_project(source, build_dir)
        if project is None:
            return None
        given = self.request.overrides.cargo_lock_for(node.name, node.version)
        if given is not None:
            text = _text(given.path)
            _refuse_other_lock(text, given.path, source, f"{build_dir}/{project.manifest}")
            return _CargoLock(node, project.root, crates_of(text.encode(), str(given.path)), text, OVERRIDES)
        if project.has_lock:
            path = f"{build_dir}/{project.root}/Cargo.lock"
            return _CargoLock(node, project.root, crates_of(source.data(path) or b"", f"{source.name}: {_shown(path)}"))
        if not needs_crates(source):
            return _CargoLock(node, project.root, [])
        return self._made(node, project, unpacked(archive, folder / "tree"), build_dir)

    def _made(self, node: Node, project: RustProject, top: Path, build_dir: str) -> _CargoLock:
        """Let cargo choose the crates; it keeps those that it chose for an earlier lock if they still fit."""
        folder = top / build_dir
        earlier = self.previous.rust(node.key)
        chooses_again = node.name in self.request.upgrade_crates
        if earlier and earlier.origin == CARGO and not chooses_again and (folder / earlier.root).is_dir():
            (folder / earlier.root / "Cargo.lock").write_text(earlier.text, encoding="utf-8")
        newest = self.request.exclude_newer
        try:
            made = make_cargo_lock(top, folder / project.manifest, newest)
        except LockError as err:
            hint = f"\nCrates published after {newest.isoformat()} are left out (--exclude-newer)." if newest else ""
            raise LockError(f"{str(err).replace(f'{top}', top.name)}{hint}") from err
        if not made.is_relative_to(folder):
            raise LockError(
                f"cargo keeps the lock of {project.manifest} above the setting build_dir: put a Cargo.lock into "
                f"{overrides_folder(node.name, node.version)}/, or name the workspace's folder by build_dir"
            )
        text = _text(made)
        crates = crates_of(text.encode(), "the Cargo.lock that cargo made")
        if not crates:
            return _CargoLock(node, project.root, [])
        _refuse_local_repositories(crates)
        return _CargoLock(node, made.parent.relative_to(folder).as_posix(), crates, text, CARGO)

    def _archive(self, node: Node, folder: Path) -> Path:
        """Return a package's published source, which is downloaded unless it is in the folder of sources."""
        file = self.lock.files[self.lock.packages[node.key].file]
        present = self.request.sources / file.filename if self.request.sources else None
        if present is not None and not file.git and has_sha256(present, file.sha256):
            return present
        path = folder / file.filename
        if file.git:
            write_archive(file.git, file.commit, file.prefix, path)
        else:
            download(self.tools.client, file.url, path, file.sha256, self.tools.read)
        return path

    def _submodules(self, node: Node, folder: Path) -> list[tuple[str, Path]]:
        """Return the folder and the archive of each submodule in a package's source."""
        found = []
        for place, repository in self.lock.submodules(node.key):
            file, path = self.lock.files[repository], folder / f"{repository}.tar"
            write_archive(file.git, file.commit, file.prefix, path)
            found.append((place, path))
        return found

    def _lock_git_sources(self, sources: Mapping[str, Node]) -> None:
        """Fetch each commit once for all its crates; each source comes with a package that needs it, for errors."""
        missing: dict[str, tuple[str, Node]] = {}
        for source, node in sorted(sources.items()):
            name = git_repository(source)
            known = self.lock.files.get(name) or self.previous.files.get(name)
            if known and known.commit == source.partition("#")[2]:
                self.lock.files[name] = known
            else:
                missing[name] = source, node
        if missing:
            self.tools.progress.begin("fetching git crates", len(missing))
            locked = self.tools.workers.run(missing.values(), self._lock_git_source)
            self.lock.files.update(zip(missing, locked, strict=True))

    def _lock_git_source(self, needed: tuple[str, Node]) -> LockedFile:
        source, node = needed
        with _named(node):
            locked = lock_git_source(source)
        self.tools.progress.done(f"{locked.git} {locked.commit[:16]}")
        return locked

    def _lock_crates(self, found: _CargoLock) -> None:
        git = {git_repository(crate["source"]): crate["source"] for crate in found.crates if _is_of_git(crate)}
        locked: dict[str, LockedFile] = {}
        names: set[str] = set()
        for crate in (crate for crate in found.crates if not _is_of_git(crate)):
            if not self._registries:
                self._registries.append(default_registry(crate))
            name, locked[name] = lock_crate(crate, self._registries[0])
            names.add(crate_id(crate["name"], crate["version"]))
        self._add_files(locked)
        rust = RustLock(found.root, tuple(sorted(names)), tuple(sorted(git.items())), found.text, found.origin)
        self.lock.packages[found.node.key] = replace(self.lock.packages[found.node.key], rust=rust)

    def _add_files(self, locked: dict[str, LockedFile]) -> None:
        for name, file in locked.items():
            other = self.lock.files.setdefault(name, file)
            if other.sha256 != file.sha256:
                raise LockError(f"{file.filename} has checksum {file.sha256}, but {other.sha256} in another Cargo.lock")


@contextmanager
def _named(node: Node) -> Iterator[None]:
    """Add the package's name to errors."""
    try:
        yield
    except (LockError, ToolError) as err:
        text = str(err)
        raise type(err)(text if text.startswith(f"{node}: ") else f"{node}: {text}") from err


def _refuse_other_lock(text: str, path: Path, source: SourceArchive, manifest: str) -> None:
    """Refuse a Cargo.lock without the crate that is built, since cargo would need other crates in the build."""
    package = source.toml(manifest).get("package", {})
    name = package.get("name") if isinstance(package, dict) else None
    crates = parse_toml(text.encode(), str(path)).get("package", [])
    if name is not None and name not in [crate.get("name") for crate in crates if isinstance(crate, dict)]:
        raise LockError(
            f"{path} does not contain {name}, the crate of {_shown(manifest)}: it belongs to another source"
        )


def _refuse_local_repositories(crates: list[Crate]) -> None:
    """Refuse git repositories on this machine, because a source could copy any of them into its build."""
    local = next((crate for crate in crates if crate["source"].startswith("git+file:")), None)
    if local is not None:
        raise LockError(
            f"its Cargo.toml takes {local['name']} from {local['source']}, a repository on this machine. Patch it, or "
            "put a Cargo.lock into the overrides"
        )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise LockError(f"{path} can't be read: {getattr(err, 'strerror', None) or err}") from err


def _shown(path: str) -> str:
    return path.removeprefix("./").removeprefix("./")


def _is_of_git(crate: Mapping[str, str]) -> bool:
    return crate["source"].startswith("git+")
