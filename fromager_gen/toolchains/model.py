"""The lock of toolchains: its files by the repository that fetches them, and the toolchains that are made of them."""

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from fromager_gen.contract import CPUS, CUDA_OF_CLANG, CUDA_VERSIONS, LIBC_VERSIONS, RUST_LIBCS, TOOLCHAINS_LOCK
from fromager_gen.errors import LockError
from fromager_gen.files import json_block
from fromager_gen.lock import LockedFile, locked_file
from fromager_gen.platforms import platforms

_VERSION = 1
# Targets of Rust that are platforms.
RUST_TARGETS = tuple(f"{cpu}-unknown-linux-{libc}" for cpu in CPUS for libc in RUST_LIBCS.values())
_RUST_VERSION = re.compile(r"\d+\.\d+\.\d+(-[a-z0-9.]+)?")
_CUDA_VERSION = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3}){1,3}")
# Compute capability without its dot, and the kind of code: https://docs.nvidia.com/cuda/cuda-compiler-driver-nvcc/
GPU_ARCH = re.compile(r"[1-9][0-9]{1,2}[af]?")
_FULL_VERSION = re.compile(r"3\.[0-9]{1,2}\.[0-9]{1,2}((a|b|rc)[0-9]{1,2})?")
_FOLDER = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._+/-]{0,200}|")
REPOSITORY = re.compile(r"[a-z][a-z0-9_.-]{0,100}")


@dataclass(frozen=True)
class CcToolchains:
    """C and C++ compilers out of one file, for one CPU that compiles."""

    exec: str
    """CPU that runs the compilers."""
    file: str
    """Repository of the wheel `ziglang`."""
    targets: tuple[str, ...]
    """Platforms that the compilers compile for."""

    def __str__(self) -> str:
        return f"C and C++ on {self.exec}: {', '.join(self.targets)}"

    @property
    def key(self) -> tuple[str, ...]:
        """Each entry of a lock has another key."""
        return (self.exec,)


@dataclass(frozen=True)
class PythonToolchain:
    """A Python out of one archive, or out of several Debian packages."""

    cpu: str
    files: tuple[str, ...]
    """Repositories of the archives. A file of a later archive replaces that of an earlier one."""
    free_threaded: bool
    has_program: bool
    """Whether the interpreter itself is part of it. Without, wheels can be built for it, but not with it."""
    libc: str
    prefix: str
    """Folder of the archives that contains `lib`; empty for their root."""
    version: str
    """Version with patch level."""

    def __str__(self) -> str:
        kind = " (free-threaded)" if self.free_threaded else ""
        use = "runs builds" if self.has_program and self.libc == "glibc" else "only to build wheels for it"
        return f"Python {self.version}{kind} on {self.cpu} with {self.libc}: {use}"

    @property
    def name(self) -> str:
        """The version by which it is selected: ``3.13``, ``3.13t`` for a free-threaded Python."""
        return ".".join(self.version.split(".")[:2]) + ("t" if self.free_threaded else "")

    @property
    def key(self) -> tuple[str, ...]:
        """Each Python of a lock has another key."""
        return self.name, self.cpu, self.libc


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

    def __str__(self) -> str:
        return f"Rust {self.version} on {self.exec}: {', '.join(self.targets)}"

    @property
    def key(self) -> tuple[str, ...]:
        """Each Rust of a lock has another key."""
        return (self.exec,)


@dataclass(frozen=True)
class CudaToolchain:
    """CUDA out of the wheels of one release, for one CPU that compiles."""

    archs: tuple[str, ...]
    """GPU architectures to compile for, such as ``90`` or ``90a``."""
    exec: str
    """CPU that runs nvcc; the wheels that it builds are for the same CPU."""
    files: tuple[str, ...]
    """Repositories of the wheels."""
    version: str
    """Version of the metapackage `cuda-toolkit`, such as ``13.5.0``."""

    def __str__(self) -> str:
        use = "any C compiler" if self.name in CUDA_OF_CLANG else "only the machine's C compiler"
        return f"CUDA {self.version} on {self.exec} for GPUs {', '.join(self.archs)}: with {use}"

    @property
    def name(self) -> str:
        """The version in the names of platforms: ``13.5``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def key(self) -> tuple[str, ...]:
        """Each CUDA of a lock has another key."""
        return self.name, self.exec


@dataclass(frozen=True)
class ToolchainsLock:
    """Everything pinned for the toolchains of a workspace."""

    files: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files by the repository that fetches them."""
    cc: tuple[CcToolchains, ...] = ()
    python: tuple[PythonToolchain, ...] = ()
    rust: tuple[RustToolchain, ...] = ()
    cuda: tuple[CudaToolchain, ...] = ()

    def without_unused_files(self) -> "ToolchainsLock":
        """Return the lock with only the files that its toolchains use."""
        used = {one.file for one in self.cc} | {name for one in self.python for name in one.files}
        used |= {name for one in self.cuda for name in one.files}
        used |= {name for one in self.rust for name, _ in one.parts}
        return replace(self, files={name: file for name, file in self.files.items() if name in used})


def toolchains_text(lock: ToolchainsLock) -> str:
    """Return the text of the lock: sorted, one entry per line, so that a changed hash changes one line."""
    files = [f"{json.dumps(name)}: {json.dumps(file.to_json())}" for name, file in sorted(lock.files.items())]
    blocks = [json_block("files", files)]
    kinds: dict[str, tuple[CcToolchains | CudaToolchain | PythonToolchain | RustToolchain, ...]]
    kinds = {"cc": lock.cc, "cuda": lock.cuda, "python": lock.python, "rust": lock.rust}
    for kind, toolchains in kinds.items():
        rows = [json.dumps(asdict(one)) for one in sorted(toolchains, key=lambda one: one.key)]
        if rows or kind == "cc":
            blocks.append(json_block(kind, rows, "[]"))
    return ",\n".join([f'{{"version": {_VERSION}', *blocks]) + "}\n"


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
    files = {name: locked_file(name, entry, REPOSITORY) for name, entry in document["files"].items()}
    pythons = tuple(_python(entry, files) for entry in document.get("python", ()))
    rusts = tuple(_rust(entry, files) for entry in document.get("rust", ()))
    cudas = tuple(_cuda(entry, files) for entry in document.get("cuda", ()))
    for kind, found in (("Pythons of one version", pythons), ("Rusts", rusts), ("CUDAs of one version", cudas)):
        if len({one.key for one in found}) < len(found):
            raise ValueError(f"it has two {kind} for one platform")
    return ToolchainsLock(files, tuple(_cc(entry, files) for entry in document["cc"]), pythons, rusts, cudas)


def _cc(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> CcToolchains:
    one = CcToolchains(entry["exec"], entry["file"], tuple(entry["targets"]))
    _check_known(("CPU", [one.exec], CPUS), ("file", [one.file], files), ("platform", one.targets, platforms()))
    return one


def _cuda(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> CudaToolchain:
    one = CudaToolchain(tuple(entry["archs"]), entry["exec"], tuple(entry["files"]), entry["version"])
    _check_known(("CPU", [one.exec], CPUS), ("file", one.files, files), ("version of CUDA", [one.name], CUDA_VERSIONS))
    for text, form in ((one.version, _CUDA_VERSION), *((arch, GPU_ARCH) for arch in one.archs)):
        if not form.fullmatch(text):
            raise ValueError(f"{text!r} of a CUDA is not valid")
    return one


def _rust(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> RustToolchain:
    parts = tuple((str(file), str(folder)) for file, folder in entry["parts"])
    one = RustToolchain(entry["exec"], parts, tuple(entry["targets"]), str(entry["version"]))
    _check_known(
        ("CPU", [one.exec], CPUS), ("file", [file for file, _ in parts], files),
        ("Rust target", one.targets, RUST_TARGETS),
    )  # fmt: skip
    for text, form in ((one.version, _RUST_VERSION), *((folder, _FOLDER) for _, folder in parts)):
        if not form.fullmatch(text):
            raise ValueError(f"{text!r} of a Rust is not valid")
    return one


def _python(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> PythonToolchain:
    one = PythonToolchain(
        cpu=entry["cpu"],
        files=tuple(entry["files"]),
        free_threaded=entry["free_threaded"],
        has_program=entry["has_program"],
        libc=entry["libc"],
        prefix=entry["prefix"],
        version=entry["version"],
    )
    _check_known(("file", one.files, files))
    if not all(isinstance(entry[name], bool) for name in ("free_threaded", "has_program")):
        raise ValueError("a Python has a value that is neither true nor false")
    return checked_python(one)


def checked_python(one: PythonToolchain) -> PythonToolchain:
    """Return a Python whose values are all valid in Starlark and for Bazel.

    Raises:
        ValueError: a value is not valid.
    """
    _check_known(("CPU", [one.cpu], CPUS), ("C library", [one.libc], LIBC_VERSIONS))
    for text, form in ((one.version, _FULL_VERSION), (one.prefix, _FOLDER)):
        if not form.fullmatch(text):
            raise ValueError(f"{text!r} of a Python is not valid")
    return one


def _check_known(*rows: tuple[str, Iterable[str], Container[str]]) -> None:
    for kind, values, known in rows:
        for value in values:
            if value not in known:
                raise ValueError(f"it names the unknown {kind} {value!r}")
