"""Read the allow-list of `verify`: members of wheels that may differ between two builds, each with a reason.

Fromager refuses unknown keys in its own settings, so the list is a file of its own, next to them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from fromager_gen.errors import SettingsError, listed
from fromager_gen.names import problem_of_name
from fromager_gen.overrides.value import Value
from fromager_gen.standards import version as parsed_version

ALLOW_LIST = "verify.yaml"
_REQUIRED = ("package", "members", "reason")
_KEYS = (*_REQUIRED, "version")


@dataclass(frozen=True)
class Allowed:
    """Members of one package's wheels that may differ."""

    package: str
    members: tuple[str, ...]
    """Patterns of the names of members; `*` also matches `/`, and the zip itself, whose name is empty."""
    reason: str
    where: str
    """File and line."""
    versions: SpecifierSet = field(default_factory=SpecifierSet)

    def covers(self, package: str, version: str, member: str) -> bool:
        """Return whether a member of a package version may differ."""
        return (
            package == self.package
            and self.versions.contains(parsed_version(version), prereleases=True)
            and any(fnmatchcase(member, pattern) for pattern in self.members)
        )


def read_allowed(settings_file: Path) -> tuple[Allowed, ...]:
    """Read the allow-list next to the global settings; a missing file is empty.

    Raises:
        SettingsError: entries are not valid; the message names the line of each.
    """
    path = settings_file.with_name(ALLOW_LIST)
    if not path.exists():
        return ()
    from fromager_gen.overrides.yaml_lines import load_list  # noqa: PLC0415 - without a list no YAML parser is needed

    problems: list[str] = []
    found = []
    for entry in load_list(path):
        own = list(_problems(entry))
        problems += own
        if not own:
            found.append(_allowed(entry))
    if problems:
        raise SettingsError(listed(str(path), problems))
    return tuple(found)


def _allowed(entry: Value) -> Allowed:
    keys: Mapping[str, Value] = entry.data
    versions = SpecifierSet(keys["version"].data if "version" in keys else "")
    members = tuple(item.data for item in keys["members"].data)
    return Allowed(keys["package"].data, members, keys["reason"].data.strip(), entry.where, versions)


def _problems(entry: Value) -> Iterator[str]:
    if not isinstance(entry.data, dict):
        yield f"{entry.where}: an entry must be a mapping with the keys {', '.join(_REQUIRED)}"
        return
    for key, value in entry.data.items():
        problem = _CHECKS[key](value.data) if key in _CHECKS else f"unknown key; known keys are {', '.join(_KEYS)}"
        if problem:
            yield f"{value.where}: {key}: {problem}"
    missing = [key for key in _REQUIRED if key not in entry.data]
    if missing:
        yield f"{entry.where}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"


def _package(data: Any) -> str | None:
    return "expected the name of one package" if isinstance(data, list | dict) else problem_of_name(data)


def _members(data: Any) -> str | None:
    is_list = isinstance(data, list) and data and all(isinstance(one.data, str) and one.data for one in data)
    return None if is_list else "expected a list of names or patterns, such as 'demo/*.so'"


def _reason(data: Any) -> str | None:
    return None if isinstance(data, str) and data.strip() else "expected a text that states why the members may differ"


def _version(data: Any) -> str | None:
    if isinstance(data, list | dict):
        return "expected one version specifier, such as '>=1.0,<2'"
    try:
        SpecifierSet(data if isinstance(data, str) else "?")
    except InvalidSpecifier:
        return f"{data!r} is not a version specifier, such as '>=1.0,<2'"
    return None


_CHECKS: Mapping[str, Callable[[Any], str | None]] = {
    "members": _members,
    "package": _package,
    "reason": _reason,
    "version": _version,
}
