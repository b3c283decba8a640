"""Say why a package is in a graph: who asks for it, and who asks for those."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from fromager_gen.graph.model import Graph, Node
from fromager_gen.graph.walk import Use, uses

TO_THE_ROOT = -1


@dataclass
class _Frame:
    """One node on the way from the package that is asked about towards the root."""

    node: Node
    level: int
    uses: Iterator[Use]
    told: bool = False


def why(graph: Graph, nodes: Iterable[Node], depth: int, kinds: Collection[str]) -> Iterator[str]:
    """Yield the lines of the answer, in Fromager's format.

    Args:
        graph: the graph.
        nodes: what is asked about.
        depth: 0 for direct needs only, N for those that are N + 1 further, as Fromager counts, or `TO_THE_ROOT`.
        kinds: kinds of edges to follow, all where it is empty; the top level is told in any case.
    """
    known = uses(graph)
    for node in nodes:
        yield ""
        yield f"{node.key}{constraint_note(node)}"
        yield from _chains(known, node, depth, kinds)


def constraint_note(node: Node) -> str:
    """Return a node's constraint as it stands behind its name, nothing where it has none."""
    return f" (constraint: {node.constraint})" if node.constraint else ""


def _chains(known: dict[str, list[Use]], start: Node, depth: int, kinds: Collection[str]) -> Iterator[str]:
    """Follow every chain of needs; a stack of our own, since a chain may be longer than Python recurses."""
    path = [_Frame(start, 0, iter(known[start.key]))]
    on_path = {start.key}
    while path:
        frame = path[-1]
        use = next(frame.uses, None)
        if use is None:
            on_path.discard(path.pop().node.key)
            if not frame.told:
                yield f" * couldn't find any dependencies to {frame.node.name} that matches {list(kinds)}"
            continue
        if use.parent is not None and kinds and use.edge.kind not in kinds:
            continue
        frame.told = True
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
