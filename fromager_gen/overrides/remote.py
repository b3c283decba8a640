"""Read remote.yaml: the properties by which a remote execution service chooses a worker for an action.

Fromager does not read this file. The names and values are those of the service, and Bazel passes them on:
https://bazel.build/reference/be/common-definitions#common-attributes (exec_properties)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.contract import SIZES
from fromager_gen.overrides.value import Value

FILE = "remote.yaml"
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


def read_exec_properties(path: Path) -> ExecProperties:
    """Read the execution properties of a collection; none if the file does not exist.

    Raises:
        SettingsError: the file is not valid; the message names file and line.
    """
    if not path.exists():
        return ExecProperties()
    from fromager_gen.overrides.yaml_lines import load  # noqa: PLC0415 - slow, and most collections have no such file

    top = load(path)
    for key, value in top.data.items():
        if key not in _KEYS:
            raise value.error(f"unknown key {key!r}; known keys are {', '.join(_KEYS)}")
    of_all = _properties(top.data["exec_properties"]) if "exec_properties" in top.data else ()
    sizes = _mapping(top.data["sizes"]) if "sizes" in top.data else {}
    return ExecProperties(of_all, {size: _of_size(size, value) for size, value in sizes.items()})


def _of_size(size: str, value: Value) -> Properties:
    if size not in SIZES:
        raise value.error(f"unknown size class {size!r}; the classes are {', '.join(sorted(SIZES))}")
    return _properties(value, size)


def _properties(value: Value, size: str | None = None) -> Properties:
    return tuple(sorted((_name(name, one), _text(one, size)) for name, one in _mapping(value).items()))


def _mapping(value: Value) -> dict[str, Value]:
    if not isinstance(value.data, dict):
        raise value.error("must be a mapping of names to values")
    return dict(value.data)


def _name(name: str, value: Value) -> str:
    if not _NAME.fullmatch(name):
        raise value.error(f"{name!r} is not a valid name of a property: letters, digits and _ . : - are allowed")
    return name


def _text(value: Value, size: str | None) -> str:
    text = value.data
    if isinstance(text, bool):
        text = str(text).lower()
    if isinstance(text, int):
        text = str(text)
    if not isinstance(text, str) or not text.isprintable() or not text.isascii():
        raise value.error("the value of a property must be printable ASCII text, a number, true or false")
    for name in _RESOURCE.findall(text):
        if size is None or name not in _RESOURCES:
            known = " and ".join(f"${{{one}}}" for one in _RESOURCES)
            raise value.error(f"${{{name}}} is not known; properties of `sizes`, and no others, may use {known}")
        if size == _WITHOUT_RESOURCES:
            raise value.error(f"{size} builds declare more than any machine has, so ${{{name}}} has no value")
    return _RESOURCE.sub(lambda found: str(max(1, int(SIZES[size or ""][found[1]]))), text)
