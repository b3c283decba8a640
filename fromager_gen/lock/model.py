"""fromager.lock.json: the files by the repository that fetches them, and the files that each package uses."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fromager_gen.addresses import is_address
from fromager_gen.contract import (
    CRATE_REPOSITORY,
    GIT_REPOSITORY,
    LIBRARY_REPOSITORY,
    LOCK_FILE,
    SDIST_REPOSITORY,
    WHEEL_REPOSITORY,
)
from fromager_gen.errors import LockError
from fromager_gen.files import json_block
from fromager_gen.graph import Graph
from fromager_gen.names import overrides_folder

_VERSION = 1
_PREFIXES = (SDIST_REPOSITORY, WHEEL_REPOSITORY, CRATE_REPOSITORY, GIT_REPOSITORY, LIBRARY_REPOSITORY)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REPOSITORY = re.compile(rf"({'|'.join(_PREFIXES)})[a-zA-Z0-9._-]+")
_FILENAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+!-]*")
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_INNER_PATH = re.compile(r"[A-Za-z0-9._+@/-]+")
SOURCE, OVERRIDES, CARGO = "source", "overrides", "cargo"
_SCHEMES = ("http", "https", "ssh", "file")
_GIT_SCHEMES = ("git+http", "git+https", "git+ssh", "git+file")


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file: by its address, or as the tar of a commit if ``git`` is set."""

    filename: str
    sha256: str
    size: int | None = None
    url: str = ""
    git: str = ""
    commit: str = ""
    prefix: str = ""
    external: tuple[str, ...] = ()
    """Dependencies outside of Python that a source states in its table `external`."""

    def to_json(self) -> dict[str, Any]:
        """Return the entry in the lock file, without empty fields."""
        names = ("commit", "external", "filename", "git", "prefix", "sha256", "size", "url")
        return {name: value for name in names if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class RustLock:
    """The crates of a package's Cargo.lock; ``git`` pairs a repository with the source that Cargo.lock names."""

    root: str
    crates: tuple[str, ...]
    git: tuple[tuple[str, str], ...] = ()
    text: str = ""
    """The text of the Cargo.lock; empty if it is the source's own."""
    origin: str = SOURCE
    """Origin of the Cargo.lock: SOURCE, which includes patches, OVERRIDES or CARGO."""


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """The file that a package version is built from, and the address in the graph for which it was locked."""

    file: str
    source: str
    rust: RustLock | None = None
    looked_in: str | None = None
    """Folder of the project in which a Cargo.lock was searched; None if no build requirement is for Rust."""
    changes: str = ""
    """Hash of the overrides for it: patches and Cargo.lock, or the wheel server; empty without any."""
    index: str = ""
    """Index that a command took the file from instead of the address in the graph."""
    submodules: tuple[tuple[str, str], ...] = ()
    """Path of each submodule in the source, and the repository with the archive of its commit."""
    submodule_paths: tuple[str, ...] | None = None
    """Paths of the submodules that were looked for, empty for all; None if none were."""


def is_wheel(package: LockedPackage) -> bool:
    """Return whether a package's file is a wheel and not a source."""
    return package.file.startswith(WHEEL_REPOSITORY)


@dataclass(frozen=True)
class Lock:
    """Everything pinned for one graph."""

    files: dict[str, LockedFile] = field(default_factory=dict)
    packages: dict[str, LockedPackage] = field(default_factory=dict)
    python: str = ""
    """Version with patch level for which markers were evaluated; empty if no interpreter was found."""

    def size(self, key: str) -> int:
        """Return the size of a package's file in bytes, 0 if it is unknown."""
        package = self.packages.get(key)
        return (self.files[package.file].size or 0) if package else 0

    def url(self, key: str) -> str:
        """Return the address of a package's file, empty if it has none."""
        package = self.packages.get(key)
        return self.files[package.file].url if package else ""

    def published_name(self, key: str) -> str:
        """Return the published name of a package's file, empty if it has no address."""
        return urlsplit(self.url(key)).path.rpartition("/")[2]

    def rust(self, key: str) -> RustLock | None:
        """Return a package's crates, or None if it has none."""
        package = self.packages.get(key)
        return package.rust if package else None

    def submodules(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return path and repository of each submodule in a package's source."""
        package = self.packages.get(key)
        return package.submodules if package else ()

    def external(self, key: str) -> tuple[str, ...]:
        """Return the external dependencies that a package's source states."""
        package = self.packages.get(key)
        return self.files[package.file].external if package else ()

    def to_text(self) -> str:
        """Return the text of the lock file: sorted, one entry per line, so that a changed hash changes one line."""
        rows = {
            "files": {name: file.to_json() for name, file in self.files.items()},
            "packages": {key: _package_json(package) for key, package in self.packages.items()},
        }
        parts = [f'{{"version": {_VERSION}', *([f'"python": {json.dumps(self.python)}'] if self.python else [])]
        for title, entries in rows.items():
            lines = [
                f"{json.dumps(name)}: {json.dumps(entry, sort_keys=True)}" for name, entry in sorted(entries.items())
            ]
            parts.append(json_block(title, lines))
        return ",\n".join(parts) + "}\n"


def chosen_by_cargo(graph: Graph, lock: Lock) -> Iterator[str]:
    """Yield a warning for each package whose crates cargo chose, since its source has no Cargo.lock."""
    for node in graph:
        rust = lock.rust(node.key)
        if rust is not None and rust.origin == CARGO:
            yield (
                f"{node}: its source has no Cargo.lock; cargo chose its {len(rust.crates) + len(rust.git)} crates when "
                f"{LOCK_FILE} was made. To choose them yourself, put a Cargo.lock, or a patch that adds one, into "
                f"{overrides_folder(node.name, node.version)}/"
            )


def _package_json(package: LockedPackage) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": package.file, "source": package.source}
    if package.looked_in is not None:
        entry["looked_in"] = package.looked_in
    for name in ("index", "changes"):
        if getattr(package, name):
            entry[name] = getattr(package, name)
    if package.submodule_paths is not None:
        entry |= {"submodules": dict(package.submodules), "submodule_paths": package.submodule_paths}
    if package.rust:
        rust = package.rust
        entry["rust"] = {"root": rust.root, "crates": rust.crates, "git": rust.git}
        if rust.text:
            entry["rust"] |= {"text": rust.text, "origin": rust.origin}
    return entry


def read_lock(path: Path) -> Lock:
    """Read a lock file; a missing file is an empty lock.

    Raises:
        LockError: the file is damaged, has another version, or has an invalid file name, hash or address.
    """
    if not path.exists():
        return Lock()
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != _VERSION:
            raise LockError(
                f"{path} has version {document['version']}, but fromager-gen reads version {_VERSION}; lock again"
            )
        files = {name: locked_file(name, entry) for name, entry in document["files"].items()}
        packages = {key: _package(entry, files) for key, entry in document["packages"].items()}
        python = _python(document.get("python", ""))
    except LockError as err:
        raise LockError(f"{path}: {err}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
        what = {
            KeyError: f"{err} is missing",
            TypeError: "an entry has the wrong form",
            AttributeError: "not an object",
        }
        raise LockError(
            f"{path} is damaged: {what.get(type(err), str(err))}. Restore it from version control or a backup, "
            "or remove it to lock all files again."
        ) from err
    return Lock(files, packages, python)


def _python(text: object) -> str:
    if not isinstance(text, str) or not re.fullmatch(r"(3\.[0-9]{1,3}\.[0-9a-z+]{1,20})?", text):
        raise LockError(f"the Python version {text!r} is not valid. Lock again")
    return text


def locked_file(name: str, entry: Mapping[str, Any], repository: re.Pattern[str] = _REPOSITORY) -> LockedFile:
    """Return one file of a lock.

    Args:
        name: name of the repository that fetches it.
        entry: the entry in the lock file.
        repository: form of the name.

    Raises:
        LockError: the entry is not valid.
    """
    external = entry.get("external", ())
    if not all(isinstance(text, str) for text in external):
        raise LockError(f"the external dependencies in the entry {name!r} are not texts. Lock again")
    file = LockedFile(**{**entry, "external": tuple(external)})
    checks = [(name, repository), (file.filename, _FILENAME), (file.sha256, _SHA256)]
    checks += [(file.commit, _COMMIT), (file.prefix, _FILENAME)] if file.git else []
    size: object = entry.get("size", 0)
    if not isinstance(size, int):
        raise LockError(f"the size {file.size!r} in the entry {name!r} is not a number")
    address = file.git or file.url
    if not is_address(address, *_SCHEMES):
        raise LockError(f"{address!r} in the entry {name!r} is not a valid address. Lock again")
    for text, form in checks:
        if not form.fullmatch(text):
            raise LockError(f"{text!r} in the entry {name!r} is not valid. Lock again")
    return file


def is_git_source(source: str) -> bool:
    """Return whether a text is a git source of Cargo.lock: an address and a commit, without spaces and line ends."""
    return is_address(source, *_GIT_SCHEMES) and re.fullmatch(r"[0-9a-f]{40}", source.partition("#")[2]) is not None


def _rust(raw: Mapping[str, Any]) -> RustLock:
    text, origin = raw.get("text", ""), raw.get("origin", SOURCE)
    rust = RustLock(raw["root"], tuple(raw["crates"]), tuple((a, b) for a, b in raw["git"]), text, origin)
    if not isinstance(text, str) or origin not in (SOURCE, OVERRIDES, CARGO):
        raise LockError(f"the origin {origin!r} of a Cargo.lock is not valid. Lock again")
    if rust.root.startswith("/") or ".." in rust.root.split("/"):
        raise LockError(f"the folder {rust.root!r} of a Cargo.lock is outside its source")
    for _, source in rust.git:
        if not is_git_source(source):
            raise LockError(f"the git source {source!r} is not valid. Lock again")
    return rust


def _package(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> LockedPackage:
    rust = _rust(entry["rust"]) if entry.get("rust") else None
    used = [entry["file"]]
    if rust:
        used += [f"{CRATE_REPOSITORY}{crate}" for crate in rust.crates] + [repository for repository, _ in rust.git]
    submodules = tuple((_inner_path(path), str(name)) for path, name in entry.get("submodules", {}).items())
    used += [repository for _, repository in submodules]
    missing = [name for name in used if name not in files]
    if missing:
        raise LockError(f"a package uses {missing[0]!r}, which is not among the files")
    rest = str(entry.get("changes", "")), str(entry.get("index", ""))
    paths = tuple(map(str, entry["submodule_paths"])) if "submodule_paths" in entry else None
    return LockedPackage(entry["file"], entry["source"], rust, entry.get("looked_in"), *rest, submodules, paths)


def _inner_path(path: str) -> str:
    if not _INNER_PATH.fullmatch(path) or ".." in path.split("/") or path.startswith("/"):
        raise LockError(f"the path {path!r} of a submodule is not valid. Lock again")
    return path
