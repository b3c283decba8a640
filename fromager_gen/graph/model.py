"""Nodes and edges of a graph of package versions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

BUILD_KINDS = ("build-system", "build-backend", "build-sdist")
KINDS = ("toplevel", "install", *BUILD_KINDS)
ROOT = ""


class Edge(NamedTuple):
    """One requirement and the node that satisfies it; a tuple, because large graphs have a hundred thousand edges."""

    key: str
    kind: str
    req: str


@dataclass(frozen=True, slots=True)
class Node:
    """One version of one package."""

    key: str
    name: str
    version: str
    url: str
    pre_built: bool
    edges: tuple[Edge, ...]
    constraint: str | None = None
    is_cached: bool = False
    """Whether a wheel server has its built wheel. It is then used like a pre-built one, and `pre_built` is true."""

    def children(self, *kinds: str) -> list[str]:
        """Return the keys that edges of these kinds lead to, without duplicates and in the graph's order."""
        return list(dict.fromkeys(edge.key for edge in self.edges if edge.kind in kinds))

    @property
    def is_published(self) -> bool:
        """Whether it is a published wheel, and not a built one of a wheel server."""
        return self.pre_built and not self.is_cached

    def __str__(self) -> str:
        """Return name and version as messages show them."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Graph:
    """The nodes that are reachable from a graph's root, by key, without the root itself."""

    nodes: dict[str, Node]
    toplevel: tuple[Edge, ...]
    warnings: tuple[str, ...] = field(default=())
    partial: frozenset[str] = frozenset()
    """Names of packages whose install edges are missing, because a command builds only them."""
    sha256: str = field(default="", compare=False)
    """Digest of the file that the graph was read from; empty for a graph made in memory."""

    def __iter__(self) -> Iterator[Node]:
        """Yield the nodes by name and version."""
        return iter(self.nodes.values())

    def versions(self, name: str) -> list[Node]:
        """Return all nodes of one package."""
        return [node for node in self.nodes.values() if node.name == name]
