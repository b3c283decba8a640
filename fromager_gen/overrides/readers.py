"""Read single values of settings files; each error names file and line."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from fromager_gen import standards
from fromager_gen.names import problem_of_name
from fromager_gen.overrides.value import Value

T = TypeVar("T")
# An age of more than a century is a typing error.
OLDEST_DAYS = 36_500
_LARGEST = 1e9


def check_keys(value: Value, known: set[str]) -> None:
    """Check the keys of a mapping.

    Raises:
        SettingsError: it is not a mapping, or a key is unknown.
    """
    for key, item in read_mapping(value).items():
        if key not in known:
            raise item.error(f"unknown key {key!r}; known keys are {', '.join(sorted(known))}")


def optional(keys: Mapping[str, Value], name: str, read: Callable[[Value], T], default: T) -> T:
    """Return the value of a key that may be missing or empty."""
    return read(keys[name]) if name in keys and keys[name].data is not None else default


def read_mapping(value: Value) -> dict[str, Value]:
    """Return the entries of a mapping; an empty value is an empty mapping.

    Raises:
        SettingsError: it is not a mapping.
    """
    if value.data is None:
        return {}
    if not isinstance(value.data, dict):
        raise value.error(f"expected a mapping of keys to values, not {shown(value)}")
    return value.data


def read_list(value: Value, read: Callable[[Value], T]) -> list[T]:
    """Return the entries of a list, each read by a function.

    Raises:
        SettingsError: it is not a list, or an entry is not valid.
    """
    if not isinstance(value.data, list):
        raise value.error(f"expected a list, not {shown(value)}")
    return [read(item) for item in value.data]


def read_text(value: Value) -> str:
    """Return a text.

    Raises:
        SettingsError: it is not a text.
    """
    if not isinstance(value.data, str):
        raise value.error(f"expected a string, not {shown(value)}")
    return value.data


def read_boolean(value: Value) -> bool:
    """Return true or false.

    Raises:
        SettingsError: it is neither.
    """
    if not isinstance(value.data, bool):
        raise value.error(f"expected true or false, not {shown(value)}")
    return value.data


def at_least(least: float) -> Callable[[Value], float]:
    """Return a reader of a number that raises SettingsError if the number is too small, or is a typing error."""

    def read(value: Value) -> float:
        number = value.data
        if isinstance(number, bool) or not isinstance(number, int | float) or not number >= least:
            raise value.error(f"expected a number of at least {least:g}, not {shown(value)}")
        if number > _LARGEST:
            raise value.error(f"expected a number of at most {_LARGEST:g}")
        return float(number)

    return read


def read_days(value: Value) -> int:
    """Return a number of days.

    Raises:
        SettingsError: it is not a whole number, or it is too small or large.
    """
    if not isinstance(value.data, int):
        raise value.error(f"expected a whole number of days, not {shown(value)}")
    days = int(at_least(0)(value))
    if days > OLDEST_DAYS:
        raise value.error(f"{days} days are more than a century; the limit is {OLDEST_DAYS}")
    return days


def shown(value: Value) -> str:
    """Return how an error shows a value."""
    kinds = {dict: "a mapping", list: "a list", type(None): "null"}
    return kinds.get(type(value.data), repr(value.data))


def read_requirements(value: Value) -> list[str]:
    """Return a list of requirements without addresses.

    Raises:
        SettingsError: an entry is not valid.
    """

    def read(item: Value) -> str:
        try:
            requirement = standards.requirement(read_text(item))
        except InvalidRequirement as err:
            raise item.error(f"{item.data!r} is not a valid requirement: {err}") from None
        if requirement.url:
            raise item.error(f"{item.data!r}: a build requirement is a name with versions, not an address")
        return str(item.data)

    return read_list(value, read)


def read_names(value: Value) -> list[str]:
    """Return a list of canonical names.

    Raises:
        SettingsError: an entry is not the name of a package.
    """

    def read(item: Value) -> str:
        name = str(canonicalize_name(read_text(item)))
        if problem := problem_of_name(name):
            raise item.error(f"{problem}; expected a name without a version")
        return name

    return read_list(value, read)
