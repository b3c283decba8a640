"""The lock of toolchains: its files by the repository that fetches them, and the toolchains that are made of them."""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from fromager_gen.contract import CPUS, TOOLCHAINS_LOCK
from fromager_gen.errors import LockError
from fromager_gen.files import json_block
from fromager_gen.lock import LockedFile, locked_file
from fromager_gen.platforms import platforms

_VERSION = 1
# Triples of Rust for the platforms: https://doc.rust-lang.org/rustc/platform-support.html
RUST_TARGETS = tuple(f"{cpu}-unknown-linux-{libc}" for cpu in CPUS for libc in ("gnu", "musl"))
_FOLDER = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)?")
_RELEASE = re.compile(r"\d+\.\d+\.\d+(-[a-z0-9.]+)?")
_REPOSITORY = re.compile(r"[a-z][a-z0-9_.-]{0,100}")


@dataclass(frozen=True)
class CcToolchains:
    """C and C++ compilers out of one file, for one CPU that compiles."""

    exec: str
    """CPU that runs the compilers."""
    file: str
    """Repository of the wheel `ziglang`."""
    targets: tuple[str, ...]
    """Platforms that the compilers compile for."""


@dataclass(frozen=True)
class RustToolchain:
    """Rust out of archives of its distribution, for one CPU that compiles."""

    exec: str
    """CPU that runs rustc and cargo."""
    parts: tuple[tuple[str, str], ...]
    """Files by their repositories, each with the folder in it that belongs to the sysroot."""
    targets: tuple[str, ...]
    """Target triples that the archives have a standard library for."""
    version: str
    """X.Y.Z version."""


@dataclass(frozen=True)
class ToolchainsLock:
    """Everything pinned for the toolchains of a workspace."""

    files: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files by the repository that fetches them."""
    cc: tuple[CcToolchains, ...] = ()
    rust: tuple[RustToolchain, ...] = ()

    def without_unused_files(self) -> "ToolchainsLock":
        """Return the lock with only the files that its toolchains use."""
        used = {one.file for one in self.cc} | {file for one in self.rust for file, _ in one.parts}
        return replace(self, files={name: file for name, file in self.files.items() if name in used})


def toolchains_text(lock: ToolchainsLock) -> str:
    """Return the text of the lock: sorted, one entry per line, so that a changed hash changes one line."""
    files = [f"{json.dumps(name)}: {json.dumps(file.to_json())}" for name, file in sorted(lock.files.items())]
    blocks = [json_block("files", files), _rows("cc", lock.cc), _rows("rust", lock.rust)]
    return f'{{"version": {_VERSION},\n' + ",\n".join(blocks) + "}\n"


def _rows(name: str, toolchains: Iterable[CcToolchains | RustToolchain]) -> str:
    rows = sorted((asdict(one) for one in toolchains), key=lambda row: str(row["exec"]))
    return json_block(name, [json.dumps(row, sort_keys=True) for row in rows], "[]")


def read_toolchains(path: Path) -> ToolchainsLock:
    """Read a lock of toolchains; a missing file is an empty lock.

    Raises:
        LockError: the file is damaged, has another version, or names an unknown file, CPU or platform.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ToolchainsLock()
    except (OSError, ValueError) as err:
        raise LockError(f"{path} can't be read: {err}") from err
    try:
        return _lock(json.loads(text))
    except LockError as err:
        raise LockError(f"{path}: {err}") from None
    except KeyError as err:
        raise LockError(f"{path} is damaged: {err} is missing. {_ADVICE}") from err
    except (ValueError, TypeError, AttributeError, RecursionError) as err:
        raise LockError(f"{path} is damaged: {err}. {_ADVICE}") from err


_ADVICE = f"Restore it from version control, or remove it to pin the toolchains again ({TOOLCHAINS_LOCK})."


def _lock(document: Mapping[str, Any]) -> ToolchainsLock:
    if document["version"] != _VERSION:
        raise ValueError(f"it has version {document['version']!r}, but fromager-gen reads version {_VERSION}")
    files = {name: locked_file(name, entry, _REPOSITORY) for name, entry in document["files"].items()}
    cc = tuple(_cc(entry, files) for entry in document["cc"])
    return ToolchainsLock(files, cc, tuple(_rust(entry, files) for entry in document.get("rust", [])))


def _cc(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> CcToolchains:
    one = CcToolchains(entry["exec"], entry["file"], tuple(entry["targets"]))
    _check_known("CPU", [one.exec], CPUS)
    _check_known("file", [one.file], files)
    _check_known("platform", one.targets, platforms())
    return one


def _rust(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> RustToolchain:
    parts = tuple((str(file), str(folder)) for file, folder in entry["parts"])
    one = RustToolchain(entry["exec"], parts, tuple(entry["targets"]), str(entry["version"]))
    _check_known("CPU", [one.exec], CPUS)
    _check_known("file", [file for file, _ in parts], files)
    _check_known("Rust target", one.targets, RUST_TARGETS)
    for folder in (folder for _, folder in parts if not _FOLDER.fullmatch(folder)):
        raise ValueError(f"{folder!r} is not the name of a folder in an archive of Rust")
    if not _RELEASE.fullmatch(one.version):
        raise ValueError(f"{one.version!r} is not a version of Rust")
    return one


def _check_known(kind: str, values: Iterable[str], known: Collection[str]) -> None:
    for value in values:
        if value not in known:
            raise ValueError(f"it names the unknown {kind} {value!r}")
