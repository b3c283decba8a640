"""Read the actions of `patch`: small changes to a source, and to the requirements of its wheel.

The form is that of Fromager's proposal docs/proposals/new-patcher-config.md.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from fromager_gen.overrides.readers import (
    check_keys,
    optional,
    read_boolean,
    read_list,
    read_mapping,
    read_names,
    read_requirements,
    read_text,
)
from fromager_gen.overrides.value import Value

PIN = "pin-requires-dist-to-constraint"
_COMMON = ("title", "action", "when_version", "ignore_missing")


class Pin(NamedTuple):
    """A constraint that replaces the versions in a wheel's requirement."""

    specifier: str
    is_optional: bool
    """Whether a wheel without such a requirement is accepted."""


@dataclass(frozen=True)
class Edit:
    """One action of `patch`."""

    action: str
    title: str
    where: str
    """File and line."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """Keys of the action, as JSON."""
    versions: SpecifierSet | None = None
    """The versions that it is for; None for all."""
    ignore_missing: bool = False

    def is_for(self, version: str) -> bool:
        """Return whether the action is for a version of the package."""
        return self.versions is None or self.versions.contains(version, prereleases=True)


def edits_json(edits: Iterable[Edit], pins: Mapping[str, Pin]) -> str:
    """Return actions as JSON in ASCII, for the action that changes a source; an empty text if there are none.

    Args:
        edits: the actions.
        pins: the constraints of the packages that they pin. A package without one is left out.
    """
    rows = []
    for edit in edits:
        row: dict[str, Any] = {"action": edit.action, "title": edit.title, **edit.arguments}
        if edit.ignore_missing:
            row["ignore_missing"] = True
        if edit.action == PIN:
            names = [name for name in edit.arguments["requirements"] if name in pins]
            row["requirements"] = {name: pins[name].specifier for name in names}
        rows.append(row)
    return json.dumps(rows, sort_keys=True) if rows else ""


def read_edits(value: Value) -> tuple[Edit, ...]:
    """Read the list `patch`.

    Raises:
        SettingsError: an action is not valid; the message names file and line.
    """
    return tuple(read_list(value, _edit))


def _edit(value: Value) -> Edit:
    keys = read_mapping(value)
    if "action" not in keys:
        raise value.error(f"an action of `patch` needs the key `action`: {', '.join(ACTIONS)}")
    action = read_text(keys["action"])
    if action not in ACTIONS:
        raise keys["action"].error(f"unknown action {action!r}; known actions are {', '.join(ACTIONS)}")
    readers, mandatory = ACTIONS[action]
    check_keys(value, {*_COMMON, *readers})
    missing = [name for name in ("title", *mandatory) if name not in keys or keys[name].data is None]
    if missing:
        raise value.error(f"the action {action} needs the key `{missing[0]}`")
    arguments = {name: read(keys[name]) for name, read in readers.items() if name in keys}
    if action == "pyproject-build-system" and not any(arguments.values()):
        raise value.error(f"the action {action} needs `update_build_requires` or `remove_build_requires`")
    if action == "replace-line":
        _check_replacement(arguments["search"], keys["replace"])
    return Edit(
        action,
        _line(keys["title"]),
        value.where,
        arguments,
        optional(keys, "when_version", read_specifier, None),
        optional(keys, "ignore_missing", read_boolean, False),
    )


def read_specifier(value: Value) -> SpecifierSet:
    """Return a version specifier.

    Raises:
        SettingsError: it is not one.
    """
    return specifier_of(read_text(value), value)


def specifier_of(text: str, value: Value) -> SpecifierSet:
    """Parse a version specifier, which stands at a value of a file.

    Raises:
        SettingsError: it is not one.
    """
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        raise value.error(f"{text!r} is not a version specifier, such as '>=1.0,<2'") from None


def _line(value: Value) -> str:
    text = read_text(value)
    if not text.strip() or not text.isprintable():
        raise value.error(f"expected a text of one line, not {text!r}")
    return text


def _files(value: Value) -> list[str]:
    def read(item: Value) -> str:
        text = read_text(item)
        path = PurePosixPath(text)
        if not text.isprintable() or path.is_absolute() or ".." in path.parts or not path.parts:
            raise item.error(f"{text!r} is not the path of a file in the source")
        return str(path)

    found = read_list(value, read)
    if not found:
        raise value.error("expected the paths of files in the source")
    return found


def _pattern(value: Value) -> str:
    text = read_text(value)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as err:
        raise value.error(f"{text!r} is not a valid regular expression: {err}") from None
    return text


def _check_replacement(search: str, value: Value) -> None:
    """Check that a replacement names only groups of the pattern, with a pattern of the same groups and no text."""
    pattern = re.compile(search)
    names = {number: f"?P<{name}>" for name, number in pattern.groupindex.items()}
    groups = "".join(f"({names.get(number, '')})" for number in range(1, pattern.groups + 1))
    try:
        re.sub(groups, value.data, "", count=1)
    except (re.error, IndexError) as err:
        raise value.error(f"{value.data!r} can't replace {search!r}: {err}") from None


def _metadata_version(value: Value) -> str:
    if isinstance(value.data, int | float):
        raise value.error(f"YAML reads {value.data!r} as a number: quote the version, such as '2.4'")
    text = read_text(value)
    if not re.fullmatch(r"[1-9]\.[0-9]", text):
        raise value.error(f"{text!r} is not a version of metadata, such as '2.4'")
    return text


_Readers = Mapping[str, Callable[[Value], Any]]
ACTIONS: Mapping[str, tuple[_Readers, tuple[str, ...]]] = {
    "replace-line": ({"files": _files, "search": _pattern, "replace": read_text}, ("files", "search", "replace")),
    "delete-line": ({"files": _files, "search": _pattern}, ("files", "search")),
    "pyproject-build-system": (
        {"update_build_requires": read_requirements, "remove_build_requires": read_names},
        (),
    ),
    "fix-pkg-info": ({"metadata_version": _metadata_version}, ()),
    PIN: ({"requirements": read_names}, ("requirements",)),
}
"""Keys of each action with their readers, and the mandatory keys."""
