"""Names of external dependencies, such as ``dep:generic/libxml2@>=2.9``, and what each name stands for.

A name is that of PEP 725: https://peps.python.org/pep-0725/. Its meaning, such as modules of pkg-config and packages of
distributions, is in `toolchains/external/dependencies.json`, or in the settings of the user.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName

from fromager_gen.bundle import bundle_folder
from fromager_gen.errors import InputError
from fromager_gen.external.definition import ActionError, definition, is_specifier, numbers

_FORM = re.compile(r"dep:(?P<type>[a-z]+)/(?P<name>[a-z0-9+_./-]+)(@(?P<specifier>[^;]*))?(;(?P<marker>.*))?")
# A program whose code loads a library of its own, unlike other programs: libgfortran.
FORTRAN = "dep:virtual/compiler/fortran"
# Programs that builds get from their other toolchains, and that need not be found.
OF_TOOLCHAINS = {
    "dep:generic/make",
    "dep:virtual/compiler/c",
    "dep:virtual/compiler/cxx",
    "dep:virtual/compiler/rust",
}
# Other spellings of names in PEP 725 and in its drafts.
_ALIASES = {
    "dep:virtual/compiler/c++": "dep:virtual/compiler/cxx",
    "dep:virtual/compiler/cpp": "dep:virtual/compiler/cxx",
    "dep:generic/pkgconf": "dep:generic/pkg-config",
}
_NEAREST = 3
_LONGEST = 300
# Wheels are built for Linux, whatever the machine is that evaluates a marker.
_LINUX = {"os_name": "posix", "platform_system": "Linux", "sys_platform": "linux"}


class Dependency(NamedTuple):
    """A library or program outside of Python that a build needs."""

    name: str
    """Without versions: ``dep:generic/libxml2``."""
    specifier: str = ""
    """Versions that will do, such as ``>=2.9``; empty for any."""

    def __str__(self) -> str:
        return f"{self.name}@{self.specifier}" if self.specifier else self.name


class Vocabulary(NamedTuple):
    """What each name stands for, by name."""

    entries: Mapping[str, Mapping[str, Any]]

    def unknown(self, name: str) -> str:
        """Return the message for a name that is not known, with the nearest known names."""
        bare = {known.rpartition("/")[2]: known for known in self.entries}
        near = difflib.get_close_matches(name, self.entries, _NEAREST, 0.75)
        near += [bare[one] for one in difflib.get_close_matches(name.rpartition("/")[2], bare, _NEAREST, 0.7)]
        found = ", ".join(dict.fromkeys(near))
        hint = f"; near names: {found}" if found else ""
        return f"the external dependency {name[:80]!r} is not known{hint}"


@cache
def vocabulary() -> Vocabulary:
    """Return the names that come with this program."""
    path = bundle_folder() / "toolchains" / "external" / "dependencies.json"
    return Vocabulary(json.loads(path.read_text(encoding="utf-8")))


def entry_of(name: str, entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the user's own definition of a name after a check.

    Raises:
        InputError: the name or the definition is not valid.
    """
    if not _FORM.fullmatch(name) or "@" in name or ";" in name:
        raise InputError(f"{name[:80]!r} is not a name such as dep:generic/libxml2")
    try:
        definition(name, entry)
    except ActionError as err:
        raise InputError(str(err)) from None
    return entry


def read_dependency(text: str, known: Vocabulary) -> Dependency | None:
    """Return a dependency; None if its marker excludes it on this platform.

    Args:
        text: in the form ``dep:TYPE/NAME@VERSIONS; MARKER``, where versions and marker may be missing.
        known: all names.

    Raises:
        InputError: the text has another form, or the name is not known.
    """
    parts = _FORM.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if parts is None:
        raise InputError(
            f"{text[:80]!r} is not an external dependency; the form is dep:generic/NAME, with versions "
            "dep:generic/NAME@>=1.2"
        )
    name = f"dep:{parts['type']}/{parts['name']}"
    name = _ALIASES.get(name, name)
    specifier = (parts["specifier"] or "").replace(" ", "")
    if specifier and not is_specifier(specifier):
        raise InputError(f"{text[:80]!r}: {specifier!r} is not a version specifier, such as >=1.2,<2")
    if name not in known.entries:
        raise InputError(known.unknown(name))
    try:
        if parts["marker"] and not Marker(parts["marker"]).evaluate(_LINUX):
            return None
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName, RecursionError) as err:
        raise InputError(f"{text[:80]!r}: {err}") from None
    return Dependency(name, specifier)


def build_dependencies(found: Iterable[Dependency]) -> tuple[Dependency, ...]:
    """Return the dependencies that a toolchain must provide in addition to compilers, each once, sorted."""
    merged: dict[str, list[str]] = {}
    for one in found:
        parts = merged.setdefault(one.name, [])
        parts += [part for part in one.specifier.split(",") if part and part not in parts]
    return tuple(
        Dependency(name, ",".join(sorted(parts))) for name, parts in sorted(merged.items()) if name not in OF_TOOLCHAINS
    )


def conflicts_in(found: Iterable[Dependency], known: Vocabulary) -> Iterator[str]:
    """Yield a message for each two dependencies of one package that can't be used together."""
    names = sorted({one.name for one in found})
    against = {name: known.entries.get(name, {}).get("conflicts", ()) for name in names}
    for name in names:
        for other in names:
            if name < other and (other in against[name] or name in against[other]):
                yield f"{name} and {other} can't be used in the same build; keep one"


def conflicts(found: Iterable[tuple[str, Dependency]]) -> Iterator[str]:
    """Yield a message for each dependency that packages need in versions which exclude each other.

    Args:
        found: packages, each with a dependency.
    """
    stated: dict[str, dict[str, str]] = {}
    for package, one in found:
        for part in one.specifier.split(",") if one.specifier else ():
            stated.setdefault(one.name, {}).setdefault(part, package)
    for name, parts in sorted(stated.items()):
        lower = [(numbers(part), part) for part in parts if part[0] == ">" or part.startswith("==")]
        upper = [(numbers(part), part) for part in parts if part[0] == "<" or part.startswith("==")]
        for least, low in lower:
            for most, high in upper:
                if least > most or (
                    least == most and low != high and (low[:2] == ">" or "=" not in low or "=" not in high)
                ):
                    yield f"{name}: {parts[low]} needs {low}, but {parts[high]} needs {high}"
