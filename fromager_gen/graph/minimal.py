"""Remove requirements of the top level that other packages of the top level already bring."""

from collections.abc import Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fromager_gen.graph.model import Graph, Node
from fromager_gen.graph.walk import Use, install_keys, install_uses, uses
from fromager_gen.standards import requirement


def minimal_requirements(graph: Graph, requirements: Sequence[Requirement]) -> list[Requirement]:
    """Return the requirements without those that other packages bring, in their order.

    A requirement is removed if an install edge from another package leads to a version that it accepts, with all of its
    extras. Requirements with an exact version or an address are kept. If packages of a cycle bring only each other, the
    last of them is kept.

    Args:
        graph: the graph that was resolved from the requirements.
        requirements: valid requirements, of any package.
    """
    installed = [graph.nodes[key] for key in install_keys(graph)]
    known = uses(graph)
    by_name: dict[str, list[Node]] = {}
    for node in installed:
        by_name.setdefault(node.name, []).append(node)
    parents = [_parents(one, by_name.get(_name(one), []), known) for one in requirements]
    reached: set[str] = set()
    for one, found in zip(requirements, parents, strict=True):
        if not found:
            _reach(graph, one, by_name, reached)
    # Only packages of cycles are left that no other requirement reaches.
    left = [number for number, found in enumerate(parents) if found and not found & reached]
    for number in list(left):
        others = set(reached)
        for other in left:
            if other != number:
                _reach(graph, requirements[other], by_name, others)
        if parents[number] & others:
            left.remove(number)
    return [one for number, one in enumerate(requirements) if not parents[number] or number in left]


def _name(one: Requirement) -> str:
    return str(canonicalize_name(one.name))


def _parents(one: Requirement, nodes: Sequence[Node], known: dict[str, list[Use]]) -> set[str]:
    """Return the keys of the packages that bring what a requirement asks for; empty if it must be kept."""
    if one.url is not None or any(part.operator in ("==", "===") for part in one.specifier):
        return set()
    found = set()
    for node in nodes:
        if one.specifier.contains(node.version, prereleases=True):
            brings = (
                use for use in install_uses(known, node) if use.parent is not None and use.parent.name != node.name
            )
            found |= {use.parent.key for use in brings if use.parent and one.extras <= _extras(use.edge.req)}
    return found


def _extras(text: str) -> set[str]:
    try:
        return requirement(text).extras
    except InvalidRequirement:
        return set()


def _reach(graph: Graph, one: Requirement, by_name: dict[str, list[Node]], reached: set[str]) -> None:
    """Add the packages that a requirement installs."""
    todo = [node for node in by_name.get(_name(one), []) if one.specifier.contains(node.version, prereleases=True)]
    while todo:
        node = todo.pop()
        if node.key not in reached:
            reached.add(node.key)
            todo += [graph.nodes[key] for key in node.children("install")]
