"""Compute the packages that are installed while a package is built: its build edges, then their install edges.

Install edges form cycles in real graphs, so they never become edges between Bazel targets. Build closures do. A cycle
among build closures means that a package can't be built from source.
"""

import graphlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from packaging.requirements import InvalidRequirement
from packaging.version import Version

from fromager_gen.errors import BuildCycleError, GraphError
from fromager_gen.graph.model import BUILD_KINDS, Edge, Graph, Node
from fromager_gen.standards import requirement


def build_closure(graph: Graph, node: Node, kinds: Sequence[str] = BUILD_KINDS) -> tuple[str, ...]:
    """Return the keys of every wheel in a node's build environment, one version of each package.

    If ``kinds`` is only ``build-system``, the result is the environment in which a backend is asked for more
    requirements (https://peps.python.org/pep-0517/#get-requires-for-build-wheel).

    A closure can reach two versions of a package, because Fromager resolves each requirement separately. The node's own
    build requirement takes precedence. Otherwise the highest version that every requirement in the closure accepts is
    chosen.

    Raises:
        GraphError: no version meets all requirements; the message names the conflicting requirements.
    """
    if node.pre_built:
        return ()
    direct = [edge for edge in node.edges if edge.kind in kinds]
    chosen = _own_versions(graph, direct)
    while True:
        reached = _reach(graph, direct, chosen)
        clash = next((name for name, keys in reached.items() if len(keys) > 1), None)
        if clash is None:
            return tuple(sorted(key for keys in reached.values() for key in keys))
        chosen[clash] = _choose(graph, node, clash, direct, reached)


def build_requirements(graph: Graph, node: Node) -> tuple[str, ...]:
    """Return the keys of all packages that a node needs to be built: its build edges, then their install edges.

    If that reaches several versions of a package, all are included, unlike in `build_closure`.
    """
    reached = _reach(graph, [edge for edge in node.edges if edge.kind in BUILD_KINDS], {})
    return tuple(sorted(key for keys in reached.values() for key in keys))


def _own_versions(graph: Graph, direct: list[Edge]) -> dict[str, str]:
    """Return the versions that a node's own build requirements fix: those of packages required in one version only."""
    own: dict[str, set[str]] = {}
    for edge in direct:
        own.setdefault(graph.nodes[edge.key].name, set()).add(edge.key)
    return {name: next(iter(keys)) for name, keys in own.items() if len(keys) == 1}


def install_closure(graph: Graph, node: Node) -> tuple[str, ...]:
    """Return the keys of all packages that must be installed together with a node, without the node itself."""
    reached = _reach(graph, [edge for edge in node.edges if edge.kind == "install"], {node.name: node.key})
    newest = (_newest(graph, keys) for keys in reached.values())
    return tuple(sorted(key for key in newest if key != node.key))


def _newest(graph: Graph, keys: Mapping[str, None]) -> str:
    if len(keys) == 1:
        return next(iter(keys))
    return max(keys, key=lambda key: Version(graph.nodes[key].version))


def _reach(graph: Graph, direct: Iterable[Edge], chosen: Mapping[str, str]) -> dict[str, dict[str, None]]:
    """Return the keys that edges reach over install edges, by package name; a chosen version replaces the others."""
    reached: dict[str, dict[str, None]] = {}
    todo = [edge.key for edge in direct]
    while todo:
        node = graph.nodes[todo.pop()]
        key = chosen.get(node.name, node.key)
        keys = reached.setdefault(node.name, {})
        if key not in keys:
            keys[key] = None
            todo += [edge.key for edge in graph.nodes[key].edges if edge.kind == "install"]
    return reached


def _choose(graph: Graph, node: Node, name: str, direct: list[Edge], reached: Mapping[str, Mapping[str, None]]) -> str:
    asking = [(str(node), edge) for edge in direct] + [
        (str(graph.nodes[key]), edge)
        for keys in reached.values()
        for key in keys
        for edge in graph.nodes[key].edges
        if edge.kind == "install"
    ]
    asked = [(who, edge.req) for who, edge in asking if graph.nodes[edge.key].name == name]
    for key in sorted(reached[name], key=lambda key: Version(graph.nodes[key].version), reverse=True):
        if all(_accepts(req, graph.nodes[key].version) for _, req in asked):
            return key
    sides = "; ".join(sorted({f"{who} requires {req!r}" for who, req in asked}))
    raise GraphError(
        f"{node} can't be built: its build environment would need several versions of {name} "
        f"({', '.join(graph.nodes[key].version for key in reached[name])}). {sides}. "
        f"Constrain {name} and make the graph again, or change a requirement by project_override."
    )


def _accepts(req: str, version: str) -> bool:
    try:
        return requirement(req).specifier.contains(version, prereleases=True)
    except InvalidRequirement:
        return True  # Fromager keeps requirements that packaging rejects; they don't affect the choice


def build_order(graph: Graph, closures: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the nodes' keys in build order: each package after its build requirements.

    Raises:
        BuildCycleError: the closures have a cycle; the message names every package in it.
    """
    try:
        return list(graphlib.TopologicalSorter(closures).static_order())
    except graphlib.CycleError as err:
        cycle = list(reversed(err.args[1]))
        error = BuildCycleError(explain_cycle(graph, cycle))
        error.packages = (min(cycle),)
        raise error from None


def explain_cycle(graph: Graph, cycle: Sequence[str]) -> str:
    """Describe a cycle of builds and what to do about it.

    Args:
        graph: the graph.
        cycle: the keys; each needs the next to be built, and the last is the first again.
    """
    steps = "; ".join(_way(graph, key, other) for key, other in pairwise(cycle))
    return (
        f"{graph.nodes[cycle[0]]} needs itself to be built: {steps}. Use a published wheel for one of them "
        "(pre_built: true in its settings), or drop a requirement by project_override and bootstrap again."
    )


def _way(graph: Graph, key: str, need: str) -> str:
    """Describe why a build needs a package: a build requirement, followed by the install requirements after it."""
    ways: dict[str, tuple[str, ...]] = {other: (other,) for other in graph.nodes[key].children(*BUILD_KINDS)}
    todo = list(ways)
    while todo and need not in ways:
        here = todo.pop(0)
        for other in graph.nodes[here].children("install"):
            if other not in ways:
                ways[other] = (*ways[here], other)
                todo.append(other)
    first, *rest = (str(graph.nodes[other]) for other in ways.get(need, (need,)))
    return f"{graph.nodes[key]} needs {first} to be built" + "".join(f", that needs {other} to run" for other in rest)


def by_longest_chain(closures: Mapping[str, tuple[str, ...]], order: list[str], weight: Mapping[str, int]) -> list[str]:
    """Return keys in order of priority: first the packages that the longest chain of builds waits for.

    A long chain that starts late ends late.

    Args:
        closures: build requirements of each key.
        order: the keys, each after its build requirements.
        weight: estimated duration of each build, in any unit.
    """
    dependents: dict[str, list[str]] = {key: [] for key in order}
    for key, needs in closures.items():
        for need in needs:
            dependents[need].append(key)
    chain: dict[str, int] = {}
    for key in reversed(order):
        chain[key] = weight.get(key, 1) + max((chain[other] for other in dependents[key]), default=0)
    return sorted(order, key=lambda key: (-chain[key], key))
