"""How wheels come to be: one recipe, one wheel."""

import hashlib
from collections.abc import Iterable, Mapping


class Recipes:
    """Names of recipes: those of two wheels are equal where their sources are, and all that they are built with."""

    def __init__(self, environments: Mapping[str, tuple[str, ...]]) -> None:
        """Take what each wheel is built with, by the graph's key."""
        self._environments = environments
        self._names: dict[str, str] = {}

    def of(self, key: str) -> str:
        """Return the recipe of a package's wheel."""
        if key not in self._names:
            self._names[key] = "a cycle, which nobody can build"
            self._names[key] = _name([key, self.of_environment(self._environments.get(key, ()))])
        return self._names[key]

    def of_environment(self, keys: Iterable[str]) -> str:
        """Return the recipe of a build environment, in which these wheels are installed."""
        return _name([self.of(key) for key in sorted(keys)])


def _name(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
