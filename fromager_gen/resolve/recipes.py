"""Recipes of wheels: wheels with the same recipe are the same file."""

import hashlib
from collections.abc import Iterable, Mapping

from fromager_gen.graph import Node


class Recipes:
    """Names of recipes: two wheels have the same name if their sources and their build environments are the same.

    A wheel also records its build requirements, so they are part of the recipe.
    """

    def __init__(self, environments: Mapping[str, tuple[str, ...]], nodes: Mapping[str, Node] | None = None) -> None:
        """Take the build environment of each wheel and the nodes of the graph, by the graph's key."""
        self._environments = environments
        self._nodes = nodes or {}
        self._names: dict[str, str] = {}

    def of(self, key: str) -> str:
        """Return the recipe of a package's wheel."""
        if key not in self._names:
            self._names[key] = "a cycle, which can't be built"
            edges = self._nodes[key].edges if key in self._nodes else ()
            requirements = sorted(f"{edge.kind} {edge.req}" for edge in edges if edge.kind != "install")
            self._names[key] = _name([key, *requirements, self.of_environment(self._environments.get(key, ()))])
        return self._names[key]

    def of_environment(self, keys: Iterable[str]) -> str:
        """Return the recipe of a build environment with these wheels."""
        return _name([self.of(key) for key in sorted(keys)])


def _name(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
