"""Write values as Starlark, in the format of buildifier. All literals in BUILD files are written here.

The language is described in https://bazel.build/rules/language.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Union

Value = Union[str, int, bool, "Expression", Sequence["Value"], Mapping[str, "Value"]]

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True)
class Expression:
    """A call of a function of our rules, with values as arguments."""

    function: str
    arguments: tuple[Value, ...]


@dataclass(frozen=True)
class Call:
    """A target: the name of a rule, and attributes; empty attributes are omitted."""

    rule: str
    attributes: Mapping[str, Value] = field(default_factory=dict)


def literal(value: Value, indent: int = 0) -> str:
    """Return a value as Starlark; a list of several items, and a mapping, has one line for each item."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list | tuple):
        items = [quoted(item) if isinstance(item, str) else literal(item, indent + 4) for item in value]
        return _block("[", items, "]", indent, always=False)
    if isinstance(value, dict):
        items = [f"{quoted(key)}: {literal(item, indent + 4)}" for key, item in value.items()]
        return _block("{", items, "}", indent, always=True)
    if isinstance(value, Expression):
        return f"{value.function}({', '.join(literal(argument, indent) for argument in value.arguments)})"
    return str(value)  # True, False and numbers are the same in Python and Starlark


@cache
def quoted(text: str) -> str:
    """Return a text as a Starlark string; other characters than printable ASCII are escaped, so none ends the string.

    The escapes are for the bytes of UTF-8: Bazel 7 reads files byte by byte and does not support other escapes.
    """
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_ESCAPES.get(c) or _escaped(c) for c in text) + '"'


def _escaped(character: str) -> str:
    return character if " " <= character <= "~" else "".join(f"\\{byte:03o}" for byte in character.encode())


def _block(begin: str, items: Sequence[str], end: str, indent: int, always: bool) -> str:
    if not items or (len(items) == 1 and not always):
        return begin + "".join(items) + end
    pad = " " * (indent + 4)
    return f"{begin}\n{pad}" + f",\n{pad}".join(items) + f",\n{' ' * indent}{end}"


def call(target: Call) -> str:
    """Return a target in the format of buildifier: the name first, the other attributes sorted."""
    given = {name: value for name, value in target.attributes.items() if value not in ("", (), [], {}, False)}
    rows = "".join(
        f"    {name} = {literal(given[name], 4)},\n" for name in sorted(given, key=lambda name: (name != "name", name))
    )
    return f"{target.rule}(\n{rows})"
