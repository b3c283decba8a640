"""Compare new packages with collections: which collection has most of what a package needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from fromager_gen.graph.model import Graph, Node


@dataclass(frozen=True)
class Fit:
    """How much of what a package needs is in a collection."""

    collection: str
    new: int
    """Number of needed packages that the collection lacks."""
    existing: int
    """Number of needed packages that the collection has, in any version."""

    @property
    def coverage(self) -> float:
        """Percentage of the needed packages that the collection has, from 0 to 100."""
        return self.existing / (self.new + self.existing) * 100


@dataclass(frozen=True)
class Fits:
    """The collections for one package of the top level, the best first."""

    package: Node
    total: int
    """Number of packages that it needs, including itself."""
    fits: tuple[Fit, ...]


def best_fits(onboarding: Graph, collections: Mapping[str, Graph]) -> list[Fits]:
    """Return the fits of each package of the top level, by name.

    A package needs itself and all packages that its edges reach, of any kind. Packages are compared by name. The best
    collection lacks the fewest packages; names of collections break ties.

    Args:
        onboarding: the graph of the new packages.
        collections: graphs of collections by name; at least one.
    """
    present = {name: {node.name for node in graph} for name, graph in collections.items()}
    found = []
    for key in dict.fromkeys(edge.key for edge in onboarding.toplevel):
        needed = _needed(onboarding, key)
        fits = [Fit(name, len(needed - names), len(needed & names)) for name, names in present.items()]
        fits.sort(key=lambda fit: (fit.new, fit.collection))
        found.append(Fits(onboarding.nodes[key], len(needed), tuple(fits)))
    return sorted(found, key=lambda one: one.package.name)


def _needed(graph: Graph, start: str) -> set[str]:
    seen = {start}
    todo = [start]
    while todo:
        for edge in graph.nodes[todo.pop()].edges:
            if edge.key not in seen:
                seen.add(edge.key)
                todo.append(edge.key)
    return {graph.nodes[key].name for key in seen}
