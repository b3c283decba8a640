"""What an earlier run in the same place left behind, as far as it has to do with this one."""

from collections.abc import Iterable

from fromager_gen.graph import Graph
from fromager_gen.graph.subset import subset
from fromager_gen.resolve.requirements import Asked


def still_asked(earlier: Graph, asked: Iterable[Asked]) -> Graph:
    """Return the part of an earlier graph below those of its top level that are asked for again.

    Args:
        earlier: the graph; another collection may have been bootstrapped in the same place.
        asked: the requirements of this run.
    """
    requirements = [(one.name, one.requirement.specifier) for one in asked]
    nodes = {edge.key: earlier.nodes[edge.key] for edge in earlier.toplevel}
    kept = [
        node
        for node in nodes.values()
        if any(
            node.name == name and versions.contains(node.version, prereleases=True) for name, versions in requirements
        )
    ]
    return earlier if len(kept) == len(nodes) else subset(earlier, kept, dependents=False)
