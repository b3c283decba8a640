"""Look into archives of a Python: its version, CPU, C library, and whether it is free-threaded."""

import ast
import re
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fromager_gen.contract import CPUS
from fromager_gen.errors import LockError
from fromager_gen.toolchains.archives import for_each_member

_LIBRARY = re.compile(r"(?P<prefix>(?:[^/]+/)*?)lib/python(?P<version>3\.\d+t?)/(?P<file>.+)")
_CONFIGURATION = re.compile(r"_sysconfigdata_[A-Za-z0-9_-]*\.py")
_PATCH_LEVEL = re.compile(rb'#define\s+PY_VERSION\s+"([^"+]+)\+?"')
_LARGEST_TEXT = 4 << 20


@dataclass
class FoundPython:
    """What the archives of one Python contain."""

    prefix: str = ""
    name: str = ""
    """Version in the names of folders: ``3.13`` or ``3.13t``."""
    version: str = ""
    """Version with patch level, from the header `patchlevel.h`."""
    variables: dict[str, Any] = field(default_factory=dict)
    """Variables of `sysconfig`."""
    programs: set[str] = field(default_factory=set)
    has_json: bool = False
    """Whether the standard library is there, of which `json` is a part."""
    libraries: set[str] = field(default_factory=set)

    @property
    def cpu(self) -> str:
        """The CPU."""
        return self._platform.partition("-")[0]

    @property
    def libc(self) -> str:
        """The C library."""
        return "musl" if "musl" in self._platform else "glibc"

    @property
    def has_program(self) -> bool:
        """Whether the interpreter is in the archives."""
        return f"{self.prefix}bin/python{self.name}" in self.programs

    @property
    def _platform(self) -> str:
        """Names such as `x86_64-linux-gnu`; a Python for musl may name it only in the second variable."""
        return f"{self.variables.get('MULTIARCH') or ''}-{self.variables.get('HOST_GNU_TYPE') or ''}".lstrip("-")


def look_into(archives: Sequence[Path], shown: str) -> FoundPython:
    """Return what archives contain that together are one Python.

    Args:
        archives: the files. Their names have one of the suffixes of `archives`.
        shown: their addresses, for messages.

    Raises:
        LockError: they are damaged, have a hostile name in them, or are not one Python for Linux.
    """
    found = FoundPython()
    for_each_member(archives, shown, lambda member, tar: _look(found, member, tar, shown))
    _check(found, shown)
    return found


def _look(found: FoundPython, member: tarfile.TarInfo, tar: tarfile.TarFile, shown: str) -> None:
    name = member.name.removeprefix("./")
    if name.startswith("/") or ".." in name.split("/") or not name.isprintable():
        raise LockError(f"{shown}: the name {name!r} in it is not a path below its root")
    folder, _, file = name.rpartition("/")
    if file.startswith("python3") and folder.endswith("bin") and not member.isdir():
        found.programs.add(name)
    if file == "patchlevel.h":
        matched = _PATCH_LEVEL.search(_text(tar, member))
        found.version = matched[1].decode() if matched else ""
    library = _LIBRARY.fullmatch(name)
    if library is None:
        return
    if library["file"] == "os.py" or _CONFIGURATION.fullmatch(library["file"]):
        found.libraries.add(f"{library['prefix']}lib/python{library['version']}")
        found.prefix, found.name = library["prefix"], library["version"]
    found.has_json |= library["file"] == "json/__init__.py"
    if _CONFIGURATION.fullmatch(library["file"]) and member.isfile():
        found.variables |= _variables(_text(tar, member))


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read(_LARGEST_TEXT) if file is not None else b""


def _variables(text: bytes) -> dict[str, Any]:
    try:
        nodes = ast.parse(text).body
    except SyntaxError as err:
        raise ValueError(str(err)) from err
    for node in nodes:
        if isinstance(node, ast.Assign):
            value = ast.literal_eval(node.value)
            return value if isinstance(value, dict) else {}
    return {}


def _check(found: FoundPython, shown: str) -> None:
    """Refuse archives that lack a part, and name the part."""
    if len(found.libraries) > 1:
        raise LockError(f"{shown}: there are several Pythons in it: {', '.join(sorted(found.libraries))}")
    problem = ""
    if not found.libraries:
        problem = "there is no lib/python3.X/os.py in it"
    elif not found.variables:
        problem = f"it lacks lib/python{found.name}/_sysconfigdata_*.py, the configuration of a Python for Linux"
    elif not found.version:
        problem = f"it lacks the headers, such as include/python{found.name}/patchlevel.h"
    elif found.has_program and not found.has_json:
        problem = f"it lacks lib/python{found.name}/json, a part of the standard library (Debian: libpython3.X-stdlib)"
    if problem:
        raise LockError(
            f"{shown}: this is not a whole Python: {problem}. Give an archive in the form of python-build-standalone, "
            "or Debian's packages libpython3.X-minimal, libpython3.X-stdlib and libpython3.X-dev, with "
            "python3.X-minimal to run builds"
        )
    if found.cpu not in CPUS:
        raise LockError(f"{shown}: this Python is for the CPU {found.cpu!r}, not for {' or '.join(CPUS)}")
