"""Draw a graph in DOT with the shapes that Fromager uses (https://graphviz.org/doc/info/lang.html)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fromager_gen.graph.model import BUILD_KINDS, ROOT, Edge, Graph
from fromager_gen.graph.walk import edges_of, install_keys, uses

ROOT_LABEL = "*"
_COLORS = "color=black fillcolor=white fontcolor=black"


@dataclass(frozen=True)
class _Arrow:
    start: str
    end: str
    requirement: str
    dotted: bool = False


def to_dot(graph: Graph, shapes: Mapping[str, str], install_only: bool = False, overrides_only: bool = False) -> str:
    """Return a graph in DOT.

    Args:
        graph: the graph.
        shapes: Graphviz shapes by package name, for the packages that have settings, patches or a plugin.
        install_only: leave out build edges, and nodes that only build edges lead to.
        overrides_only: leave out nodes without an entry in ``shapes``; arrows replace the paths through them.
    """
    installed = install_keys(graph)
    keys = [ROOT, *(installed if install_only else uses(graph))]
    if overrides_only:
        keys = [key for key in keys if key and graph.nodes[key].name in shapes]
        arrows = _joined(graph, keys, shapes, install_only)
    else:
        arrows = _arrows(graph, keys, install_only)
    numbers = {key: f"node{number}" for number, key in enumerate(sorted(keys), 1)}
    bold = None if install_only else {ROOT, *installed}
    lines = [f"  {numbers[key]} {_node(graph, key, shapes, bold)}" for key in numbers]
    rows = [f"  {numbers[arrow.start]} -> {numbers[arrow.end]} {_edge(arrow)}" for arrow in _once(arrows)]
    return "\n".join(["digraph {", "", *lines, "", *rows, "}", ""])


def quoted(text: str) -> str:
    """Return a text as a quoted DOT string; quotes, backslashes and line ends are escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'


def _node(graph: Graph, key: str, shapes: Mapping[str, str], bold: set[str] | None) -> str:
    shape, label = "circle", ROOT_LABEL
    if key != ROOT:
        node = graph.nodes[key]
        shape, label = "parallelogram" if node.pre_built else shapes.get(node.name, "oval"), key
    style = "filled" if bold is None else "filled,bold" if key in bold else "filled,dashed"
    return f'[label={quoted(label)} style="{style}" {_COLORS} shape={shape}]'


def _edge(arrow: _Arrow) -> str:
    # A marker may have quotes of either kind. Fromager writes single quotes, which DOT does not escape.
    tooltip = f"labeltooltip={quoted(arrow.requirement.replace(chr(34), chr(39)))}"
    return f"[{tooltip} style=dotted]" if arrow.dotted else f"[{tooltip}]"


def _once(arrows: Iterable[_Arrow]) -> Iterable[_Arrow]:
    """Return the first arrow of each pair of nodes."""
    found: dict[tuple[str, str], _Arrow] = {}
    for arrow in arrows:
        found.setdefault((arrow.start, arrow.end), arrow)
    return found.values()


def _edges(graph: Graph, key: str, install_only: bool) -> Iterator[Edge]:
    return (edge for edge in edges_of(graph, key) if not (install_only and edge.kind in BUILD_KINDS))


def _arrows(graph: Graph, keys: Iterable[str], install_only: bool) -> Iterator[_Arrow]:
    for key in keys:
        for edge in _edges(graph, key, install_only):
            yield _Arrow(key, edge.key, edge.req, edge.kind in BUILD_KINDS)


def _joined(graph: Graph, keys: Iterable[str], shapes: Mapping[str, str], install_only: bool) -> Iterator[_Arrow]:
    """Yield an arrow to each node with a shape that is reached through others; it shows the first requirement."""
    for key in keys:
        found: dict[str, str] = {}
        seen: set[str] = set()
        todo = [(key, "")]
        while todo:
            place, first = todo.pop()
            if place in seen:
                continue
            seen.add(place)
            for edge in _edges(graph, place, install_only):
                if graph.nodes[edge.key].name in shapes:
                    found[edge.key] = first or edge.req
                else:
                    todo.append((edge.key, first or edge.req))
        yield from (_Arrow(key, end, requirement) for end, requirement in found.items())
