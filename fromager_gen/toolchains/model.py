"""The toolchains of a lock, and the files that they are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fromager_gen.contract import CPUS, CUDA_OF_CLANG, RUST_LIBCS
from fromager_gen.lock import LockedFile

# Targets of Rust that are platforms.
RUST_TARGETS = tuple(f"{cpu}-unknown-linux-{libc}" for cpu in CPUS for libc in RUST_LIBCS.values())


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
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return (self.file,)

    @property
    def key(self) -> tuple[str, ...]:
        """Each entry of a lock has another key."""
        return (self.exec,)


@dataclass(frozen=True)
class Sysroot:
    """Headers and libraries out of Debian packages, which the C and C++ compilers of a lock use for some platforms."""

    cpu: str
    """CPU that code is for."""
    files: tuple[str, ...]
    """Repositories of the packages."""
    glibc: str
    """Version of the C library."""
    targets: tuple[str, ...]
    """Platforms that it is used for."""

    def __str__(self) -> str:
        return f"Sysroot for {self.cpu} with glibc {self.glibc} and libstdc++: {', '.join(self.targets)}"

    @property
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return self.files

    @property
    def key(self) -> tuple[str, ...]:
        """Each sysroot of a lock has another key."""
        return (self.cpu,)


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
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return self.files

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
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return tuple(dict.fromkeys(name for name, _ in self.parts))

    @property
    def key(self) -> tuple[str, ...]:
        """Each Rust of a lock has another key."""
        return (self.exec,)


@dataclass(frozen=True)
class PosixToolchain:
    """The shell and other programs of builds out of Debian packages, for one CPU that builds."""

    exec: str
    """CPU that runs the programs."""
    files: tuple[str, ...]
    """Repositories of the packages."""
    static: tuple[tuple[str, str], ...]
    """Programs without shared libraries: the name and the path in the packages. Several names can have one path."""
    dynamic: tuple[tuple[str, str], ...]
    """Programs that the loader starts, in the same form."""
    libraries: tuple[tuple[str, str], ...]
    """Shared libraries, in the same form."""
    loader: str
    """Name of the library that starts `dynamic` programs; empty if there are none."""

    def __str__(self) -> str:
        names = sorted(name for name, _ in (*self.static, *self.dynamic) if not name.startswith(f"{self.exec}-"))
        return f"POSIX programs on {self.exec}: {' '.join(names)}"

    @property
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return self.files

    @property
    def key(self) -> tuple[str, ...]:
        """Each entry of a lock has another key."""
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
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return self.files

    @property
    def key(self) -> tuple[str, ...]:
        """Each CUDA of a lock has another key."""
        return self.name, self.exec


@dataclass(frozen=True)
class ExternalDependency:
    """A library or program outside of Python, as Debian packages."""

    name: str
    """Such as ``dep:generic/libxml2``."""
    files: tuple[str, ...]
    """Repositories of the packages."""
    programs: tuple[str, ...]
    """Programs of the packages that a build gets on PATH."""
    version: str
    is_program: bool = False
    """Whether it is a program and no library, so that it is for the CPU that builds."""


@dataclass(frozen=True)
class ExternalPackages:
    """The external dependencies of builds for one CPU, out of Debian packages of one suite."""

    cpu: str
    """CPU that the libraries and programs are for."""
    dependencies: tuple[ExternalDependency, ...]
    suite: str
    """Debian release of the packages, such as ``bookworm``."""
    targets: tuple[str, ...]
    """Platforms that they are used for: those with at least the C library of the release."""

    def __str__(self) -> str:
        names = ", ".join(one.name for one in self.dependencies)
        return f"External dependencies for {self.cpu} out of {self.suite}: {names}"

    @property
    def repositories(self) -> tuple[str, ...]:
        """Repositories of its files."""
        return tuple(dict.fromkeys(name for one in self.dependencies for name in one.files))

    @property
    def key(self) -> tuple[str, ...]:
        """Each entry of a lock has another key."""
        return (self.cpu,)


Toolchain = CcToolchains | CudaToolchain | ExternalPackages | PosixToolchain | PythonToolchain | RustToolchain | Sysroot
"""An entry of a lock."""


@dataclass(frozen=True)
class ToolchainsLock:
    """Everything pinned for the toolchains of a workspace."""

    files: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files by the repository that fetches them."""
    cc: tuple[CcToolchains, ...] = ()
    python: tuple[PythonToolchain, ...] = ()
    rust: tuple[RustToolchain, ...] = ()
    posix: tuple[PosixToolchain, ...] = ()
    sysroot: tuple[Sysroot, ...] = ()
    cuda: tuple[CudaToolchain, ...] = ()
    external: tuple[ExternalPackages, ...] = ()

    @property
    def toolchains(self) -> tuple[Toolchain, ...]:
        """All entries."""
        return (*self.cc, *self.cuda, *self.external, *self.posix, *self.python, *self.rust, *self.sysroot)

    def with_entry(self, kind: str, added: Toolchain, files: Mapping[str, LockedFile]) -> "ToolchainsLock":
        """Return the lock with an entry, in place of one with the same key, and only with files that are used.

        Args:
            kind: name of the field.
            added: the entry.
            files: files of the entry by their repositories.
        """
        kept = [one for one in getattr(self, kind) if one.key != added.key]
        entries = tuple(sorted((*kept, added), key=lambda one: one.key))
        changed: dict[str, Any] = {"files": {**self.files, **files}, kind: entries}
        return replace(self, **changed).without_unused_files()

    def without_unused_files(self) -> "ToolchainsLock":
        """Return the lock with only the files that its toolchains use."""
        used = {name for one in self.toolchains for name in one.repositories}
        return replace(self, files={name: file for name, file in self.files.items() if name in used})
