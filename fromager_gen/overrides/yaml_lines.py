"""Load YAML as values with their lines."""

from pathlib import Path
from typing import Any

import yaml

from fromager_gen.errors import SettingsError
from fromager_gen.overrides.value import Value


class _Loader(yaml.SafeLoader):
    """A safe loader that rejects aliases, which can make a small file exhaust memory."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError(f"line {self.peek_event().start_mark.line + 1}: aliases are not allowed")  # type: ignore[no-untyped-call]
        return super().compose_node(parent, index)


def load(path: Path) -> Value:
    """Read a YAML file; an empty file is an empty mapping.

    Raises:
        SettingsError: the file can't be read, is not YAML, or its top level is not a mapping.
    """
    value = _read(path)
    if value is None or value.data is None:
        return Value({}, path, 1)
    if not isinstance(value.data, dict):
        raise value.error("settings must be a mapping of keys to values")
    return value


def load_list(path: Path) -> list[Value]:
    """Read a YAML file with a list; an empty file is an empty list.

    Raises:
        SettingsError: the file can't be read, is not YAML, or its top level is not a list.
    """
    value = _read(path)
    if value is None or value.data is None:
        return []
    if not isinstance(value.data, list):
        raise value.error("the file must be a list, each entry of which begins with `- `")
    return value.data


def _read(path: Path) -> Value | None:
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        return _value(loader, node, path) if node is not None else None
    except yaml.MarkedYAMLError as err:
        line = f":{err.problem_mark.line + 1}" if err.problem_mark is not None else ""
        hint = ". Quote a value that begins with {" if "'<scalar>'" in str(err.problem) else ""
        raise SettingsError(f"{path}{line}: the settings can't be read: {err.problem or err.context}{hint}") from err
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as err:
        raise SettingsError(f"{path}: the settings can't be read: {' '.join(str(err).split())}") from err


def _value(loader: _Loader, node: yaml.Node, path: Path) -> Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node, deep=True))
            if isinstance(key_node, yaml.ScalarNode):
                key = key_node.value  # a version such as 1.10 must stay a string; YAML makes it a number
            if key in mapping:
                raise SettingsError(f"{path}:{key_node.start_mark.line + 1}: the key {key!r} appears twice")
            value = _value(loader, value_node, path)
            mapping[key] = Value(value.data, path, key_node.start_mark.line + 1)
        return Value(mapping, path, line)
    if isinstance(node, yaml.SequenceNode):
        return Value([_value(loader, item, path) for item in node.value], path, line)
    return Value(loader.construct_object(node, deep=True), path, line)
