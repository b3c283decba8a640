"""Settings that differ between versions of a package: `versions` maps specifiers to settings."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from packaging.specifiers import SpecifierSet

from fromager_gen.overrides.value import Value

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
D = TypeVar("D", bound="DataclassInstance")


class ByVersion(Generic[T]):
    """The settings of a package for the versions that match at least one specifier."""

    def __init__(
        self,
        entries: Sequence[tuple[SpecifierSet, Value]],
        combine: Callable[[Sequence[Value]], T],
    ) -> None:
        """Take the entries in the order of the file, and a function that merges some of them over the settings.

        Raises:
            SettingsError: the settings of an entry are not valid.
        """
        self._entries, self._combine = tuple(entries), combine
        self._made: dict[tuple[int, ...], T] = {(at,): combine([one]) for at, (_, one) in self._numbered}
        self.base = combine(())
        """The settings of all other versions, as the files state them."""

    @property
    def _numbered(self) -> list[tuple[int, tuple[SpecifierSet, Value]]]:
        return list(enumerate(self._entries))

    def of(self, version: str) -> T | None:
        """Return the settings of a version as the files state them, or None if no specifier matches it."""
        matching = tuple(at for at, (specifier, _) in self._numbered if _matches(specifier, version))
        if not matching:
            return None
        if matching not in self._made:
            self._made[matching] = self._combine([self._entries[at][1] for at in matching])
        return self._made[matching]

    def unused(self, versions: Sequence[str]) -> list[str]:
        """Return a message for each entry that matches none of the versions."""
        return [
            f"{value.where}: `{specifier}` matches no version in the graph, which has {', '.join(sorted(versions))}"
            for specifier, value in self._entries
            if not any(_matches(specifier, version) for version in versions)
        ]


def with_changes(made: D, before: D, after: D) -> D:
    """Return a value with the fields that differ between two others, which have the new values."""
    if before == after:
        return made
    values = [(one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(after) if one.compare]
    return replace(made, **{name: new for name, old, new in values if new != old})


def _matches(specifier: SpecifierSet, version: str) -> bool:
    return specifier.contains(version, prereleases=True)


def merged(base: Value, more: Value) -> Value:
    """Return settings with others merged over them: mappings key by key, everything else is replaced."""
    if more.data is None:
        return base
    if not isinstance(base.data, dict) or not isinstance(more.data, dict):
        return more
    both = {name: merged(base.data[name], value) if name in base.data else value for name, value in more.data.items()}
    return Value({**base.data, **both}, base.path, base.line)
