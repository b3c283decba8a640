"""Find an external dependency on this machine: by pkg-config, by its own NAME-config program, or by path."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from actions.external.definition import Definition, satisfies
from actions.wheel.dynamic import NotElfError, dynamic

PKG_CONFIG = "pkg-config"
_SECONDS = 30
_VERSION = re.compile(r"\d+(\.\d+)+[A-Za-z0-9.+~-]*|\d+")
_MODULE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")
# Parts of gfortran that it finds by itself: the compiler, and the library that its code loads.
_OF_FORTRAN = ("-print-prog-name=f951", "-print-file-name=libgfortran.so")
_INCLUDE = ("/usr/local/include", "/usr/include")
_LIBRARY = ("/usr/local/lib", "/usr/lib64", "/usr/lib", "/lib64", "/lib")
# Libraries that every machine has in its own version: they are never part of a wheel.
# https://packaging.python.org/specifications/platform-compatibility-tags/
_OF_THE_SYSTEM = re.compile(
    r"(ld-linux[\w-]*|ld64|libc|libm|libdl|librt|libpthread|libutil|libnsl|libresolv|libcrypt|libgcc_s|libstdc\+\+|"
    r"libanl|libmvec|libnss_\w+)\.so(\.\d+)*"
)


class Found(NamedTuple):
    """A dependency as it is on this machine. All paths are absolute."""

    version: str
    """Empty if nothing states it."""
    programs: Mapping[str, str]
    """Paths of programs by their names."""
    modules: Mapping[str, str]
    """Paths of the files of pkg-config modules, with those that the modules require, by module."""
    headers: tuple[str, ...]
    """Headers, and folders with headers that only this dependency has."""
    libraries: tuple[str, ...]
    """Libraries that a build links with."""
    loaded: Mapping[str, str]
    """Shared libraries by the names under which programs load them, with those that they load."""


class Machine(NamedTuple):
    """Where to look."""

    path: str
    """Folders of programs, as in the variable PATH."""
    modules: str = ""
    """More folders of pkg-config modules, as in the variable PKG_CONFIG_PATH."""
    only_modules: str = ""
    """The only folders of pkg-config modules, as in the variable PKG_CONFIG_LIBDIR; empty for the default ones."""

    def which(self, name: str) -> str | None:
        """Return the path of a program, or None."""
        return shutil.which(name, path=self.path)

    def printed(self, *command: str) -> str | None:
        """Return what a program prints; None if it fails."""
        variables = {"LC_ALL": "C", "PATH": self.path, "PKG_CONFIG_PATH": self.modules}
        if self.only_modules:
            variables["PKG_CONFIG_LIBDIR"] = self.only_modules
        try:
            result = subprocess.run(
                command, capture_output=True, check=False, env=variables, timeout=_SECONDS, stdin=subprocess.DEVNULL
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return result.stdout.decode(errors="replace").strip() if result.returncode == 0 else None


def search(wanted: Definition, specifier: str, machine: Machine) -> Found | str:
    """Find a dependency.

    Args:
        wanted: what to look for.
        specifier: versions that will do; empty for any.
        machine: where to look.

    Returns:
        What was found, or a text that says what is missing.
    """
    problems = []
    if wanted.programs:
        found = _by_programs(wanted, machine)
        problems.append(found if isinstance(found, str) else "")
    else:
        for way in (_by_pkg_config, _by_config_programs, _by_path):
            found = way(wanted, machine)
            if not isinstance(found, str):
                break
            problems.append(found)
    if isinstance(found, str):
        return "; ".join(problem for problem in problems if problem)
    if specifier and not satisfies(found.version, specifier):
        return f"version {found.version or 'unknown'} is there, but {specifier} is needed"
    return found


def _by_programs(wanted: Definition, machine: Machine) -> Found | str:
    paths = {name: machine.which(name) for name in wanted.programs}
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        return f"no program {' '.join(missing)} on PATH"
    first = wanted.programs[0]
    printed = machine.printed(str(paths[first]), "--version") or ""
    parts = _parts_of_fortran(str(paths[first]), machine) if first == "gfortran" else []
    found = {name: str(path) for name, path in paths.items()}
    return Found(_version_in(printed), found, {}, (), tuple(parts), dict(_loaded(parts[1:], ())))


def _parts_of_fortran(program: str, machine: Machine) -> list[str]:
    paths = [machine.printed(program, option) or "" for option in _OF_FORTRAN]
    return [path for path in paths if os.path.isabs(path) and os.path.isfile(path)]


def _by_pkg_config(wanted: Definition, machine: Machine) -> Found | str:
    if not wanted.pkg_config:
        return ""
    program = machine.which(PKG_CONFIG)
    if program is None:
        return "no program pkg-config on PATH"
    missing = [name for name in wanted.pkg_config if machine.printed(program, "--exists", name) is None]
    if missing:
        return f"pkg-config does not find {' '.join(missing)}"
    modules: dict[str, str] = {}
    for name in wanted.pkg_config:
        _add_modules(name, program, machine, modules)
    flags = (machine.printed(program, "--cflags-only-I", "--libs", *wanted.pkg_config) or "").split()
    version = machine.printed(program, "--modversion", wanted.pkg_config[0]) or ""
    # Some packages call the NAME-config program even where pkg-config has the module.
    programs = {PKG_CONFIG: program} | _config_programs(wanted, machine)
    return _with_files(wanted, Found(version, programs, modules, (), (), {}), flags)


def _add_modules(name: str, program: str, machine: Machine, found: dict[str, str]) -> None:
    """Add the file of a module and of all modules that it requires; a module without a file of its own is left out."""
    if name in found or not _MODULE.fullmatch(name):
        return
    folder = machine.printed(program, "--variable=pcfiledir", name)
    path = f"{folder}/{name}.pc"
    if not folder or not os.path.isfile(path):
        return
    found[name] = path
    for option in ("--print-requires", "--print-requires-private"):
        for line in (machine.printed(program, option, name) or "").splitlines():
            if line.split():
                _add_modules(line.split()[0], program, machine, found)


def _config_programs(wanted: Definition, machine: Machine) -> dict[str, str]:
    paths = {name: machine.which(name) for name in wanted.config_programs}
    return {name: path for name, path in paths.items() if path is not None}


def _by_config_programs(wanted: Definition, machine: Machine) -> Found | str:
    if not wanted.config_programs:
        return ""
    programs = _config_programs(wanted, machine)
    if not programs:
        return f"no program {' or '.join(wanted.config_programs)} on PATH"
    program = next(iter(programs.values()))
    flags = []
    for option, start in (("--cflags", ""), ("--libs", ""), ("--includedir", "-I"), ("--libdir", "-L")):
        flags += [start + word for word in (machine.printed(program, option) or "").split()]
    version = _version_in(machine.printed(program, "--version") or "")
    return _with_files(wanted, Found(version, programs, {}, (), (), {}), flags)


def _by_path(wanted: Definition, machine: Machine) -> Found | str:
    if not wanted.headers and not wanted.libraries:
        return ""
    found = _with_files(wanted, Found("", {}, {}, (), (), {}), [])
    missing = [*wanted.headers[:1]] if wanted.headers and not found.headers else []
    missing += [f"lib{name}.so" for name in wanted.libraries[:1] if not found.libraries]
    return f"no {' and no '.join(missing)} in the usual folders" if missing else found


def _with_files(wanted: Definition, found: Found, flags: Sequence[str]) -> Found:
    """Add headers and libraries: those in the folders that options name, or in the default folders."""
    includes = [flag[2:] for flag in flags if flag.startswith("-I") and os.path.isabs(flag[2:])]
    folders = [flag[2:] for flag in flags if flag.startswith("-L") and os.path.isabs(flag[2:])]
    names = list(dict.fromkeys([*(flag[2:] for flag in flags if flag.startswith("-l")), *wanted.libraries]))
    default = default_folders()
    # A folder above the default ones would have the headers of all packages.
    headers = [
        folder
        for folder in includes
        if not any(f"{one}/".startswith(os.path.join(os.path.normpath(folder), "")) for one in default)
    ]
    headers += [
        path for name in wanted.headers for path in _first(f"{folder}/{name}" for folder in (*includes, *default))
    ]
    links = [
        path for name in names for path in _first(f"{folder}/lib{name}.so" for folder in (*folders, *_libraries()))
    ]
    return found._replace(
        headers=tuple(dict.fromkeys(headers)), libraries=tuple(links), loaded=dict(_loaded(links, folders))
    )


def _first(paths: Iterator[str]) -> Iterator[str]:
    """Yield the first path that exists, or nothing."""
    found = next((path for path in paths if os.path.exists(path)), None)
    if found is not None:
        yield found


def default_folders() -> list[str]:
    """Return the folders in which compilers look for headers without an option."""
    return [f"{folder}{end}" for folder in _INCLUDE for end in ("", f"/{multiarch()}")]


def multiarch() -> str:
    """Return Debian's name of this platform, such as ``x86_64-linux-gnu`` (https://wiki.debian.org/Multiarch/Tuples)."""
    return f"{os.uname().machine}-linux-gnu"


def _libraries() -> list[str]:
    return [f"{folder}{end}" for folder in _LIBRARY for end in (f"/{multiarch()}", "")]


def _loaded(links: Sequence[str], folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the shared libraries behind links, and those that they load, except for the system's own."""
    waiting, seen = list(links), set()
    while waiting:
        path = os.path.realpath(waiting.pop())
        if path in seen or not os.path.isfile(path):
            continue
        seen.add(path)
        try:
            read = dynamic(Path(path).read_bytes())
        except NotElfError:
            continue  # a linker script
        name = read.soname or os.path.basename(path)
        if is_of_the_system(name):
            continue
        yield name, path
        for needed in read.needed:
            waiting += _first(f"{folder}/{needed}" for folder in (*folders, *_libraries()))


def is_of_the_system(name: str) -> bool:
    """Return whether a shared library belongs to the C library or the compiler, so that every machine has it."""
    return _OF_THE_SYSTEM.fullmatch(name) is not None


def _version_in(text: str) -> str:
    found = _VERSION.search(text)
    return found[0] if found else ""
