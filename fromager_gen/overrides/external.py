"""Read the settings of external dependencies."""

from collections.abc import Mapping
from typing import Any

from fromager_gen.errors import InputError
from fromager_gen.external import Dependency, Vocabulary, conflicts_in, entry_of, read_dependency
from fromager_gen.overrides.readers import read_list, read_mapping, read_text
from fromager_gen.overrides.value import Value

# What happens to shared libraries that a wheel loads and that its platform does not promise: they are copied into the
# wheel, or the wheel needs them on the machine.
GRAFT, LEAVE = "graft", "leave"


def read_external(value: Value, names: Vocabulary) -> tuple[Dependency, ...]:
    """Return the dependencies of a list, without those that markers exclude on this platform.

    Raises:
        SettingsError: an entry is not valid or not known, or two can't be used together.
    """

    def read(item: Value) -> Dependency | None:
        try:
            return read_dependency(read_text(item), names)
        except InputError as err:
            raise item.error(str(err)) from None

    found = tuple(one for one in read_list(value, read) if one is not None)
    problem = next(conflicts_in(found, names), None)
    if problem is not None:
        raise value.error(problem)
    return found


def read_libraries(value: Value) -> str:
    """Return GRAFT or LEAVE.

    Raises:
        SettingsError: it is neither.
    """
    if value.data not in (GRAFT, LEAVE):
        raise value.error(f"expected {GRAFT} or {LEAVE}, not {str(value.data)[:80]!r}")
    return str(value.data)


def read_own_names(value: Value) -> dict[str, Mapping[str, Any]]:
    """Return the user's own definitions of external dependencies, by name.

    Raises:
        SettingsError: a definition is not valid.
    """
    found = {}
    for name, item in read_mapping(value).items():
        try:
            found[name] = entry_of(name, _plain(item))
        except InputError as err:
            raise item.error(str(err)) from None
    return found


def _plain(value: Value) -> Any:
    """Return a value without the places of its parts."""
    if isinstance(value.data, dict):
        return {name: _plain(item) for name, item in value.data.items()}
    return [_plain(item) for item in value.data] if isinstance(value.data, list) else value.data
