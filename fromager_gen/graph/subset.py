"""Extract the part of a graph that concerns one package."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from fromager_gen.graph.model import Edge, Graph, Node
from fromager_gen.graph.walk import walk


def subset(graph: Graph, targets: Sequence[Node], dependencies: bool = True, dependents: bool = True) -> Graph:
    """Return the subgraph of some nodes with their dependencies and dependents.

    Args:
        graph: the whole graph.
        targets: nodes of one package.
        dependencies: include the direct and indirect dependencies of the targets.
        dependents: include the dependents of the targets, up to the top level. Without them the targets are the top
            level.
    """
    from networkx import DiGraph, ancestors, descendants  # noqa: PLC0415 - importing it takes a third of a second

    whole = DiGraph((key, edge.key) for key, edge in walk(graph))
    kept = {node.key for node in targets}
    for node in targets:
        kept |= ancestors(whole, node.key) if dependents else set()
        kept |= descendants(whole, node.key) if dependencies else set()
    toplevel = _within(graph.toplevel, kept)
    if not dependents:
        toplevel = tuple(Edge(node.key, "toplevel", node.name) for node in targets)
    nodes = {key: replace(node, edges=_within(node.edges, kept)) for key, node in graph.nodes.items() if key in kept}
    return Graph(nodes, toplevel)


def _within(edges: Sequence[Edge], kept: Collection[str]) -> tuple[Edge, ...]:
    return tuple(edge for edge in edges if edge.key in kept)
