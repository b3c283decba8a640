"""Report packages that a collection installs in several versions: the requirements, and a version that meets all."""

from collections.abc import Iterator

from packaging.version import Version

from fromager_gen.graph.model import Graph, Node
from fromager_gen.graph.walk import Use, install_uses, install_versions, specifier, uses
from fromager_gen.graph.why import constraint_note


def explain_duplicates(graph: Graph) -> Iterator[str]:
    """Yield the lines of the report; it is empty if every package has one version.

    Raises:
        GraphError: a requirement of such a package is not valid.
    """
    known = uses(graph)
    for name, nodes in install_versions(graph).items():
        if len(nodes) > 1:
            yield ""
            yield f"{name}{constraint_note(nodes[0])}"
            yield from _package(name, nodes, known)


def _package(name: str, nodes: list[Node], known: dict[str, list[Use]]) -> Iterator[str]:
    versions = [Version(node.version) for node in nodes]
    usable = set(versions)
    for node in sorted(nodes, key=lambda node: Version(node.version)):
        yield f"  {node.version}"
        by_requirement: dict[str, list[Use]] = {}
        for use in install_uses(known, node):
            by_requirement.setdefault(use.edge.req, []).append(use)
        for requirement, users in by_requirement.items():
            matching = list(specifier(users[0]).filter(versions))
            usable &= set(matching)
            yield f"    {requirement} matches {[str(version) for version in matching]}"
            yield from sorted({f"      {use.parent.key if use.parent else '(toplevel)'}" for use in users})
    if usable:
        yield f"  * {name}=={max(usable)} usable by all consumers"
    else:
        yield f"  * No single version of {name} meets all requirements"
