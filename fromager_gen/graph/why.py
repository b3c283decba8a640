"""Explain why a package is in a graph: its dependents, and their dependents."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from fromager_gen.graph.model import Graph, Node
from fromager_gen.graph.walk import Use, uses

TO_THE_ROOT = -1


@dataclass
class _Frame:
    """One node on the path from the queried package towards the root."""

    node: Node
    level: int
    uses: Iterator[Use]
    has_line: bool = False


def why(graph: Graph, nodes: Iterable[Node], depth: int, kinds: Collection[str]) -> Iterator[str]:
    """Yield the lines of the answer, in Fromager's format.

    Args:
        graph: the graph.
        nodes: the queried nodes.
        depth: 0 for direct dependents only, N for dependents N + 1 levels further, as Fromager counts, or
            `TO_THE_ROOT`.
        kinds: kinds of edges to follow, all if it is empty; edges of the top level are always reported.
    """
    known = uses(graph)
    for node in nodes:
        yield ""
        yield f"{node.key}{constraint_note(node)}"
        yield from _chains(known, node, depth, kinds)


def constraint_note(node: Node) -> str:
    """Return the note with a node's constraint that follows its name, empty if it has no constraint."""
    return f" (constraint: {node.constraint})" if node.constraint else ""


def _chains(known: dict[str, list[Use]], start: Node, depth: int, kinds: Collection[str]) -> Iterator[str]:
    """Follow every chain of dependents; an explicit stack, because a chain may exceed Python's recursion limit."""
    path = [_Frame(start, 0, iter(known[start.key]))]
    on_path = {start.key}
    while path:
        frame = path[-1]
        use = next(frame.uses, None)
        if use is None:
            on_path.discard(path.pop().node.key)
            if not frame.has_line:
                yield f" * couldn't find any dependencies to {frame.node.name} that matches {list(kinds)}"
            continue
        if use.parent is not None and kinds and use.edge.kind not in kinds:
            continue
        frame.has_line = True
        yield _line(frame, use)
        if use.parent is None or (depth != TO_THE_ROOT and (depth == 0 or frame.level > depth)):
            continue
        if use.parent.key in on_path:
            yield f"{'  ' * (frame.level + 1)} * {use.parent.key} has a cycle"
            continue
        path.append(_Frame(use.parent, frame.level + 1, iter(known[use.parent.key])))
        on_path.add(use.parent.key)


def _line(frame: _Frame, use: Use) -> str:
    node, start = frame.node, f"{'  ' * frame.level} * {frame.node.key}"
    if use.parent is None:
        return f"{start}{constraint_note(node)} is a toplevel dependency with req {use.edge.req}"
    parent = f"{use.parent.key}{constraint_note(use.parent)}"
    return f"{start} is an {use.edge.kind} dependency of {parent} with req {use.edge.req}"
