"""What an external dependency is: an entry of `toolchains/external/dependencies.json`.

The names are those of PEP 725, such as ``dep:generic/libxml2``: https://peps.python.org/pep-0725/.
"""

import operator
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from actions.errors import ActionError

MANAGERS = ("apt-get", "dnf", "apk", "brew")
_INSTALL = {"apk": "apk add", "apt-get": "apt-get install", "brew": "brew install", "dnf": "dnf install"}
# The name of a module, library, program, package or header. All of them come into paths and command lines.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+:@/-]*")
_NUMBER = re.compile(r"\d+")
_COMPARISON = re.compile(r"(>=|<=|==|!=|>|<) *([0-9][0-9A-Za-z.+~-]{0,60})")

_COMPARE = {
    "!=": operator.ne, "<": operator.lt, "<=": operator.le, "==": operator.eq, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Definition(NamedTuple):
    """How a dependency is found. It is there if one of the ways that are stated finds it."""

    name: str
    """Name without version, such as ``dep:generic/libxml2``."""
    pkg_config: tuple[str, ...] = ()
    """Modules of pkg-config; all of them must be there."""
    config_programs: tuple[str, ...] = ()
    """Programs such as `xml2-config`, which print the options of compiler and linker."""
    headers: tuple[str, ...] = ()
    """Headers as C code includes them; the first one must be there if the dependency is found by path."""
    libraries: tuple[str, ...] = ()
    """Names of libraries after ``-l``."""
    programs: tuple[str, ...] = ()
    """Programs; all of them must be there."""
    packages: Mapping[str, Sequence[str]] = {}
    """Packages that bring it, by package manager."""
    conflicts: tuple[str, ...] = ()
    """Dependencies that can't be used in the same build."""


def definition(name: str, entry: Mapping[str, Any]) -> Definition:
    """Return a checked definition.

    Raises:
        ActionError: the entry is not valid.
    """
    if not isinstance(entry, Mapping):
        raise ActionError(f"{name}: the definition is {str(entry)[:80]!r}, not a mapping")
    lists = ("config_programs", "conflicts", "headers", "libraries", "pkg_config", "programs")
    unknown = sorted(entry.keys() - {*lists, "packages"})
    if unknown:
        raise ActionError(
            f"{name}: the definition has the unknown key {unknown[0]!r}; known are packages, {', '.join(lists)}"
        )
    packages = entry.get("packages", {})
    if not isinstance(packages, Mapping):
        raise ActionError(f"{name}: packages is {str(packages)[:80]!r}, not a mapping of package managers to lists")
    for manager in packages:
        if manager not in MANAGERS:
            raise ActionError(f"{name}: {manager!r} is not one of the package managers {', '.join(MANAGERS)}")
    made = Definition(
        name,
        packages={manager: _names(name, manager, texts) for manager, texts in packages.items()},
        **{key: _names(name, key, entry.get(key, ())) for key in lists},
    )
    if not (made.pkg_config or made.config_programs or made.headers or made.libraries or made.programs):
        raise ActionError(f"{name}: the definition states no way to find it: give {', '.join(lists)}")
    return made


def _names(name: str, key: str, texts: Any) -> tuple[str, ...]:
    if not isinstance(texts, list | tuple):
        raise ActionError(f"{name}: {str(texts)[:80]!r} in {key} is not valid; give a list of names")
    for text in texts:
        if not isinstance(text, str) or not _NAME.fullmatch(text) or ".." in text:
            raise ActionError(f"{name}: {str(text)[:80]!r} in {key} is not valid")
    return tuple(texts)


def split_version(text: str) -> tuple[str, str]:
    """Return the name of a dependency, and its version specifier, which is empty if any version will do."""
    name, _, specifier = text.partition("@")
    return name, specifier


def satisfies(version: str, specifier: str) -> bool:
    """Return whether a version meets a specifier such as ``>=2.9,<3``. The numbers in both are compared."""
    if specifier and not _NUMBER.search(version):
        return False
    return all(_COMPARE[name](numbers(version), numbers(limit)) for name, limit in _COMPARISON.findall(specifier))


def is_specifier(text: str) -> bool:
    """Return whether a text is a specifier that `satisfies` reads completely."""
    return all(_COMPARISON.fullmatch(part.strip(" ")) for part in text.split(","))


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers in a version, without zeros at its end: 2.9 and 2.9.0 are equal."""
    found = [int(number) for number in _NUMBER.findall(version)]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def install_lines(definitions: Sequence[Definition]) -> list[str]:
    """Return one command for each package manager, which installs all of these dependencies."""
    lines = []
    for manager in MANAGERS:
        packages = sorted({package for one in definitions for package in one.packages.get(manager, ())})
        if packages:
            lines.append(f"{_INSTALL[manager]} {' '.join(packages)}")
    return lines
