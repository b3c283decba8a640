"""Walk a graph from its root in the order of Fromager's reader, so that reports have the order of Fromager's."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from packaging.requirements import InvalidRequirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.errors import GraphError, InputError
from fromager_gen.graph.model import ROOT, Edge, Graph, Node
from fromager_gen.standards import requirement

_INSTALL = ("toplevel", "install")


@dataclass(frozen=True, slots=True)
class Use:
    """One edge that leads to a node, and the node it comes from; the parent is None for the root."""

    parent: Node | None
    edge: Edge


def edges_of(graph: Graph, key: str) -> tuple[Edge, ...]:
    """Return a node's edges; the edges of the root are the graph's top level."""
    return graph.toplevel if key == ROOT else graph.nodes[key].edges


def walk(graph: Graph) -> Iterator[tuple[str, Edge]]:
    """Yield every edge with the key of the node it comes from, depth first, starting with a node's last edge."""
    todo = [ROOT]
    seen: set[str] = set()
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        for edge in edges_of(graph, key):
            yield key, edge
            todo.append(edge.key)


def uses(graph: Graph) -> dict[str, list[Use]]:
    """Return the edges that lead to each node, by key; the keys are in the order of the walk."""
    found: dict[str, list[Use]] = {}
    for key, edge in walk(graph):
        found.setdefault(edge.key, []).append(Use(graph.nodes.get(key), edge))
    return found


def install_keys(graph: Graph) -> list[str]:
    """Return the keys of the packages that the collection installs: those reachable without build edges."""
    pending = [iter(graph.toplevel)]
    seen: dict[str, None] = {}
    while pending:
        edge = next(pending[-1], None)
        if edge is None:
            pending.pop()
        elif edge.kind in _INSTALL and edge.key not in seen:
            seen[edge.key] = None
            pending.append(iter(graph.nodes[edge.key].edges))
    return list(seen)


def install_versions(graph: Graph) -> dict[str, list[Node]]:
    """Return the versions of each package that the collection installs, by name."""
    found: dict[str, list[Node]] = {}
    for key in install_keys(graph):
        node = graph.nodes[key]
        found.setdefault(node.name, []).append(node)
    return dict(sorted(found.items()))


def install_uses(known: dict[str, list[Use]], node: Node) -> list[Use]:
    """Return the edges from the result of `uses` that require a node to be installed."""
    return [use for use in known[node.key] if use.edge.kind in _INSTALL]


def specifier(use: Use) -> SpecifierSet:
    """Return the versions that an edge's requirement allows.

    Raises:
        GraphError: the requirement is not valid.
    """
    try:
        return requirement(use.edge.req).specifier
    except InvalidRequirement as err:
        parent = use.parent.key if use.parent else "the root"
        reason = str(err).partition("\n")[0]
        raise GraphError(
            f"{parent} requires {use.edge.key} by {use.edge.req!r}, which is not a valid requirement: {reason}"
        ) from err


def find_nodes(graph: Graph, name: str, versions: Collection[Version] = ()) -> list[Node]:
    """Return the nodes of one package, only those of ``versions`` if any are named.

    Raises:
        InputError: the graph has none of them; the message lists the versions that it has.
    """
    canonical = str(canonicalize_name(name))
    found = [graph.nodes[key] for key in uses(graph) if graph.nodes[key].name == canonical]
    if not found:
        raise InputError(f"the package {name!r} was not found in graph{similar(graph, canonical)}")
    chosen = [node for node in found if not versions or Version(node.version) in versions]
    if not chosen:
        wanted = ", ".join(str(version) for version in versions)
        has = ", ".join(node.version for node in found)
        raise InputError(f"{canonical} {wanted} was not found in graph, which has {has}")
    return chosen


def similar(graph: Graph, name: str) -> str:
    """Return a suggestion for an error about a missing package: packages with similar names, if any."""
    close = get_close_matches(name, sorted({node.name for node in graph}))
    return f"; did you mean {' or '.join(close)}?" if close else ""
