"""Group the builds of a graph into rounds, as `build-parallel` of Fromager builds them."""

import graphlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from packaging.version import Version

from fromager_gen.graph.closure import build_order, build_requirements
from fromager_gen.graph.model import Graph


@dataclass(frozen=True)
class BuildRounds:
    """The builds of a graph; each tuple has the graph's keys, sorted."""

    needed: tuple[str, ...]
    """Packages that other packages need to be built."""
    exclusive: tuple[str, ...]
    """Packages that are built alone."""
    rounds: tuple[tuple[str, ...], ...]
    """Packages that are built at the same time, after those of the rounds before."""


def build_rounds(graph: Graph, exclusive: Collection[str] = ()) -> BuildRounds:
    """Return the rounds of a graph.

    A round contains all packages whose build requirements were built in earlier rounds. An exclusive package is a round
    of its own, after all others that are ready; those that other packages need come first.

    Args:
        graph: the graph.
        exclusive: names of packages that are built alone.

    Raises:
        BuildCycleError: a package needs itself to be built; the message names every package of the cycle.
    """
    needs = {node.key: build_requirements(graph, node) for node in graph}
    build_order(graph, needs)
    needed = {key for keys in needs.values() for key in keys}
    alone = {node.key for node in graph if node.name in exclusive}
    rounds = tuple(tuple(sorted(keys)) for keys in _rounds(graph, needs, needed, alone))
    return BuildRounds(tuple(sorted(needed)), tuple(sorted(alone)), rounds)


def _rounds(graph: Graph, needs: dict[str, tuple[str, ...]], needed: set[str], alone: set[str]) -> Iterator[list[str]]:
    def rank(key: str) -> tuple[bool, str, Version]:
        return key not in needed, graph.nodes[key].name, Version(graph.nodes[key].version)

    sorter = graphlib.TopologicalSorter(needs)
    sorter.prepare()
    ready: set[str] = set()
    while sorter.is_active():
        ready.update(sorter.get_ready())
        chosen = list(ready - alone) or [min(ready, key=rank)]
        yield chosen
        ready.difference_update(chosen)
        sorter.done(*chosen)
