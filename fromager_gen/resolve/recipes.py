"""How wheels come to be: one recipe, one wheel."""

import hashlib
from collections.abc import Iterable, Mapping

from fromager_gen.graph import Node


class Recipes:
    """Names of recipes: those of two wheels are equal where their sources are, and all that they are built with.

    A wheel also tells which requirements it was built for, so these are part of it.
    """

    def __init__(self, environments: Mapping[str, tuple[str, ...]], nodes: Mapping[str, Node] | None = None) -> None:
        """Take what each wheel is built with, and the graph's nodes, by the graph's key."""
        self._environments = environments
        self._nodes = nodes or {}
        self._names: dict[str, str] = {}

    def of(self, key: str) -> str:
        """Return the recipe of a package's wheel."""
        if key not in self._names:
            self._names[key] = "a cycle, which nobody can build"
            edges = self._nodes[key].edges if key in self._nodes else ()
            requirements = sorted(f"{edge.kind} {edge.req}" for edge in edges if edge.kind != "install")
            self._names[key] = _name([key, *requirements, self.of_environment(self._environments.get(key, ()))])
        return self._names[key]

    def of_environment(self, keys: Iterable[str]) -> str:
        """Return the recipe of a build environment, in which these wheels are installed."""
        return _name([self.of(key) for key in sorted(keys)])


def _name(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
