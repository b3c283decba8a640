"""toolchains.lock.json: its text, and the check of all values in it, which come into Starlark and paths."""

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fromager_gen.contract import CPUS, CUDA_VERSIONS, LIBC_VERSIONS, TOOLCHAINS_LOCK
from fromager_gen.errors import LockError
from fromager_gen.files import json_block
from fromager_gen.lock import LockedFile, locked_file
from fromager_gen.platforms import platforms
from fromager_gen.toolchains.model import (
    RUST_TARGETS,
    CcToolchains,
    CudaToolchain,
    ExternalDependency,
    ExternalPackages,
    PosixToolchain,
    PythonToolchain,
    RustToolchain,
    Sysroot,
    Toolchain,
    ToolchainsLock,
)

_VERSION = 1
_RUST_VERSION = re.compile(r"\d+\.\d+\.\d+(-[a-z0-9.]+)?")
_CUDA_VERSION = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3}){1,3}")
# Compute capability without its dot, and the kind of code: https://docs.nvidia.com/cuda/cuda-compiler-driver-nvcc/
GPU_ARCH = re.compile(r"[1-9][0-9]{1,2}[af]?")
_FULL_VERSION = re.compile(r"3\.[0-9]{1,2}\.[0-9]{1,2}((a|b|rc)[0-9]{1,2})?")
_FOLDER = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._+/-]{0,200}|")
_DEPENDENCY = re.compile(r"dep:[a-z]+/[a-z0-9+_./-]{1,100}")
_DEBIAN_VERSION = re.compile(r"[A-Za-z0-9.+~:-]{0,100}")
_SUITE = re.compile(r"[a-z][a-z0-9/-]{0,60}")
_GLIBC = re.compile(r"2\.\d{1,3}")
PROGRAM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,100}")
REPOSITORY = re.compile(r"[a-z][a-z0-9_.-]{0,100}")


def toolchains_text(lock: ToolchainsLock) -> str:
    """Return the text of the lock: sorted, one entry per line, so that a changed hash changes one line."""
    files = [f"{json.dumps(name)}: {json.dumps(file.to_json())}" for name, file in sorted(lock.files.items())]
    blocks = [json_block("files", files)]
    kinds: dict[str, tuple[Toolchain, ...]]
    kinds = {
        "cc": lock.cc,
        "cuda": lock.cuda,
        "external": lock.external,
        "posix": lock.posix,
        "python": lock.python,
        "rust": lock.rust,
        "sysroot": lock.sysroot,
    }
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
        raise LockError(
            f"it has version {document['version']!r}, but this fromager-gen reads version {_VERSION}. Use the "
            "fromager-gen that wrote it, or a newer one"
        )
    files = {name: locked_file(name, entry, REPOSITORY) for name, entry in document["files"].items()}
    lock = ToolchainsLock(
        files=files,
        cc=tuple(_cc(entry, files) for entry in document["cc"]),
        cuda=tuple(_cuda(entry, files) for entry in document.get("cuda", ())),
        external=tuple(_external(entry, files) for entry in document.get("external", ())),
        posix=tuple(_posix(entry, files) for entry in document.get("posix", ())),
        python=tuple(_python(entry, files) for entry in document.get("python", ())),
        rust=tuple(_rust(entry, files) for entry in document.get("rust", ())),
        sysroot=tuple(_sysroot(entry, files) for entry in document.get("sysroot", ())),
    )
    keys = [(type(one), one.key) for one in lock.toolchains]
    twice = next((one for one, key in zip(lock.toolchains, keys, strict=True) if keys.count(key) > 1), None)
    if twice is not None:
        raise ValueError(f"it has two toolchains of one kind for one platform, among them: {twice}")
    return lock


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


def _sysroot(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> Sysroot:
    one = Sysroot(entry["cpu"], tuple(entry["files"]), str(entry["glibc"]), tuple(entry["targets"]))
    _check_known(("CPU", [one.cpu], CPUS), ("file", one.files, files), ("platform", one.targets, platforms()))
    if not _GLIBC.fullmatch(one.glibc):
        raise ValueError(f"{one.glibc!r} of a sysroot is not a version of glibc")
    return one


def _external(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> ExternalPackages:
    dependencies = tuple(
        ExternalDependency(
            name=str(one["name"]),
            files=tuple(one["files"]),
            programs=tuple(one["programs"]),
            version=str(one["version"]),
            is_program=one["is_program"] is True,
        )
        for one in entry["dependencies"]
    )
    one = ExternalPackages(entry["cpu"], dependencies, str(entry["suite"]), tuple(entry["targets"]))
    return checked_external(one, files)


def checked_external(one: ExternalPackages, files: Mapping[str, LockedFile]) -> ExternalPackages:
    """Return external dependencies whose values are all valid in Starlark and for Bazel.

    Raises:
        ValueError: a value is not valid.
    """
    _check_known(("CPU", [one.cpu], CPUS), ("file", one.repositories, files), ("platform", one.targets, platforms()))
    names = [(name, PROGRAM) for dependency in one.dependencies for name in dependency.programs]
    names += [(dependency.name, _DEPENDENCY) for dependency in one.dependencies]
    names += [(dependency.version, _DEBIAN_VERSION) for dependency in one.dependencies]
    for text, form in ((one.suite, _SUITE), *names):
        if not form.fullmatch(text):
            raise ValueError(f"{text!r} of external dependencies is not valid")
    return one


def _posix(entry: Mapping[str, Any], files: Mapping[str, LockedFile]) -> PosixToolchain:
    static, dynamic, libraries = (
        tuple((str(name), str(path)) for name, path in entry[kind]) for kind in ("static", "dynamic", "libraries")
    )
    one = PosixToolchain(entry["exec"], tuple(entry["files"]), static, dynamic, libraries, str(entry["loader"]))
    _check_known(("file", one.files, files))
    return checked_posix(one)


def checked_posix(one: PosixToolchain) -> PosixToolchain:
    """Return POSIX programs whose values are all valid in Starlark and for Bazel.

    Raises:
        ValueError: a value is not valid.
    """
    _check_known(("CPU", [one.exec], CPUS))
    if one.loader not in (dict(one.libraries) if one.dynamic else ("", *dict(one.libraries))):
        raise ValueError(f"the loader {one.loader!r} is not one of the libraries of POSIX programs")
    for name, path in (*one.static, *one.dynamic, *one.libraries):
        if not PROGRAM.fullmatch(name) or not path or not _FOLDER.fullmatch(path):
            raise ValueError(f"{name!r} with the path {path!r} of POSIX programs is not valid")
    return one


def _check_known(*rows: tuple[str, Iterable[str], Container[str]]) -> None:
    for kind, values, known in rows:
        for value in values:
            if value not in known:
                raise ValueError(f"it names the unknown {kind} {value!r}")
