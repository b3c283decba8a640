"""Read remote.yaml: the properties by which a remote execution service chooses a worker for an action.

Fromager does not read this file. The names and values are those of the service, and Bazel passes them on:
https://bazel.build/reference/be/common-definitions#common-attributes (exec_properties)
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.contract import SIZES
from fromager_gen.errors import SettingsError, listed
from fromager_gen.overrides.value import Value

REMOTE = "remote.yaml"
_KEYS = ("exec_properties", "sizes")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]*")
_RESOURCE = re.compile(r"\$\{(\w*)\}")
# What a size class declares to Bazel; an exclusive build declares more than any machine has.
_RESOURCES = ("cpu", "megabytes")
_WITHOUT_RESOURCES = "exclusive"

Properties = tuple[tuple[str, str], ...]
"""Names and values, sorted by name."""


@dataclass(frozen=True)
class ExecProperties:
    """Execution properties of actions."""

    of_all: Properties = ()
    """Properties of every action."""
    of_sizes: Mapping[str, Properties] = field(default_factory=dict)
    """Additional properties of the builds of a size class; they override those of every action."""


def read_exec_properties(settings_file: Path) -> ExecProperties:
    """Read the execution properties next to the global settings; there are none if the file does not exist.

    Raises:
        SettingsError: the file is not valid; the message names file and line of each problem.
    """
    path = settings_file.with_name(REMOTE)
    if not path.exists():
        return ExecProperties()
    from fromager_gen.overrides.yaml_lines import load  # noqa: PLC0415 - slow, and most collections have no such file

    top = load(path)
    problems = list(_problems(top))
    if problems:
        raise SettingsError(problems[0] if len(problems) == 1 else listed(str(path), problems))
    of_all, sizes = (top.data[key].data if key in top.data else {} for key in _KEYS)
    return ExecProperties(
        _properties(of_all, {}), {size: _properties(value.data, SIZES[size]) for size, value in sizes.items()}
    )


def _properties(given: Mapping[str, Value], resources: Mapping[str, float]) -> Properties:
    def filled(text: str) -> str:
        # A long build declares no core, but it needs one.
        return _RESOURCE.sub(lambda found: str(max(1, int(resources[found[1]]))), text)

    return tuple(sorted((name, filled(value.data)) for name, value in given.items()))


def _problems(top: Value) -> Iterator[str]:
    for key, value in top.data.items():
        if key not in _KEYS:
            yield f"{value.where}: unknown key {key!r}; known keys are {', '.join(_KEYS)}"
        elif not isinstance(value.data, dict):
            yield f"{value.where}: {key}: expected a mapping of names to values"
        elif key == "sizes":
            for size, properties in value.data.items():
                yield from _problems_of_size(size, properties)
        else:
            yield from _problems_of_properties(value, ())


def _problems_of_size(size: str, value: Value) -> Iterator[str]:
    if size not in SIZES:
        yield f"{value.where}: unknown size class {size!r}; the classes are {', '.join(sorted(SIZES))}"
    elif not isinstance(value.data, dict):
        yield f"{value.where}: {size}: expected a mapping of names to values"
    else:
        yield from _problems_of_properties(value, () if size == _WITHOUT_RESOURCES else _RESOURCES)


def _problems_of_properties(value: Value, resources: tuple[str, ...]) -> Iterator[str]:
    for name, one in value.data.items():
        if not _NAME.fullmatch(name):
            yield f"{one.where}: {name!r} is not a valid name of a property: letters, digits and _ . : - are allowed"
        text = one.data
        if not isinstance(text, str):
            yield f"{one.where}: {name}: expected a text; put numbers, true and false in quotes"
        elif not text.isprintable() or not text.isascii():
            yield f"{one.where}: {name}: expected printable ASCII text"
        else:
            unknown = [found for found in _RESOURCE.findall(text) if found not in resources]
            if unknown:
                known = "only properties of a size class, except for exclusive, can use ${cpu} and ${megabytes}"
                yield f"{one.where}: {name}: ${{{unknown[0]}}} is not known: {known}"
