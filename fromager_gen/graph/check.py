"""Check a graph: whether every package can be built, edges that don't match, and avoidable duplicates."""

import graphlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.errors import GraphError
from fromager_gen.graph.closure import build_closure, explain_cycle
from fromager_gen.graph.model import Graph, Node
from fromager_gen.graph.walk import Use, uses
from fromager_gen.standards import requirement


@dataclass(frozen=True)
class Fault:
    """A reason why packages can't be built."""

    kind: str
    """``build-conflict`` or ``build-cycle``; ``invalid`` for a file that can't be read as a graph."""
    packages: tuple[str, ...]
    """Keys of the packages; in a cycle, each needs the next to be built, and the last needs the first."""
    message: str


@dataclass(frozen=True)
class Duplicate:
    """A package that is in the graph in several versions."""

    name: str
    versions: tuple[str, ...]
    """Lowest first."""
    usable: str | None
    """The highest of the versions that all packages which need the package accept, or None if there is none."""
    requirements: tuple[tuple[str, str, str], ...]
    """For each edge: the version, the requirement, and the key of the package that has the requirement, or empty for
    the top level."""


@dataclass(frozen=True)
class Checked:
    """The result of a check."""

    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]
    duplicates: tuple[Duplicate, ...]


def check_graph(graph: Graph) -> Checked:
    """Return the faults of a graph, harmless oddities, and packages with several versions."""
    faults: list[Fault] = []
    closures: dict[str, tuple[str, ...]] = {}
    for node in graph:
        try:
            closures[node.key] = build_closure(graph, node)
        except GraphError as err:
            faults.append(Fault("build-conflict", (node.key,), str(err)))
    for cycle in _cycles(closures):
        faults.append(Fault("build-cycle", tuple(cycle[:-1]), explain_cycle(graph, cycle)))
    known = uses(graph)
    warnings = (*graph.warnings, *(text for found in known.values() for use in found if (text := _oddity(graph, use))))
    return Checked(tuple(faults), warnings, tuple(_duplicates(graph, known)))


def _cycles(closures: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """Yield a cycle out of each group of packages that need each other; the last key is the first again."""
    from networkx import DiGraph, strongly_connected_components  # noqa: PLC0415 - as in subset.py

    needs = DiGraph((key, need) for key, keys in closures.items() for need in keys)
    groups = (group for group in strongly_connected_components(needs))
    for group in sorted(groups, key=min):
        within = {key: sorted(need for need in closures.get(key, ()) if need in group) for key in sorted(group)}
        try:
            graphlib.TopologicalSorter(within).prepare()
        except graphlib.CycleError as err:
            yield list(reversed(err.args[1]))


def _oddity(graph: Graph, use: Use) -> str | None:
    """Return why the requirement of an edge does not match the version that the edge leads to, or None."""
    target, who = graph.nodes[use.edge.key], use.parent.key if use.parent else "the top level"
    accepted = _accepted(use)
    if accepted is None:
        return f"{who} requires {target.key} by {use.edge.req!r}, which is not a valid requirement"
    if canonicalize_name(requirement(use.edge.req).name) != target.name:
        return f"{who} requires {target.key} by {use.edge.req!r}, which names another package"
    if not accepted.contains(target.version, prereleases=True):
        return f"{who} requires {target.key} by {use.edge.req!r}, which does not accept this version"
    return None


def _accepted(use: Use) -> SpecifierSet | None:
    """Return the versions that an edge's requirement accepts, or None if it is not valid."""
    try:
        return requirement(use.edge.req).specifier
    except InvalidRequirement:
        return None


def _duplicates(graph: Graph, known: Mapping[str, list[Use]]) -> Iterator[Duplicate]:
    by_name: dict[str, list[Node]] = {}
    for node in graph:
        by_name.setdefault(node.name, []).append(node)
    for name, nodes in by_name.items():
        if len(nodes) == 1:
            continue
        nodes.sort(key=lambda node: Version(node.version))
        asked = [use for node in nodes for use in known[node.key]]
        rows = (
            (graph.nodes[use.edge.key].version, use.edge.req, use.parent.key if use.parent else "") for use in asked
        )
        versions = tuple(node.version for node in nodes)
        yield Duplicate(name, versions, _usable(versions, asked), tuple(dict.fromkeys(rows)))


def _usable(versions: tuple[str, ...], asked: list[Use]) -> str | None:
    """Return the highest version that all requirements accept, a pre-release only if there is no other."""
    accepted = [found for found in map(_accepted, asked) if found is not None]
    fitting = [text for text in versions if all(one.contains(text, prereleases=True) for one in accepted)]
    releases = [text for text in fitting if not Version(text).is_prerelease]
    return next(reversed(releases or fitting), None)
