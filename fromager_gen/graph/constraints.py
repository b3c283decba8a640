"""Choose one version of every package that a collection installs, for a constraints file of its users."""

from dataclasses import dataclass, field

from packaging.version import Version

from fromager_gen.graph.model import Graph, Node
from fromager_gen.graph.walk import Use, install_uses, install_versions, specifier, uses


@dataclass(frozen=True)
class ChosenVersions:
    """The chosen version of each package, by name; the candidates; packages without a version that all accept."""

    chosen: dict[str, Node]
    candidates: dict[str, list[Node]] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return constraints.txt: a line for each package, preceded by a note if it had several versions."""
        lines = []
        for name, node in sorted(self.chosen.items()):
            if len(self.candidates[name]) > 1:
                versions = sorted((other.version for other in self.candidates[name]), key=Version)
                lines.append(f"# NOTE: fromager selected {node.key} from: {versions}\n")
            lines.append(f"{node.key}\n")
        return "".join(lines)


def make_constraints(graph: Graph) -> ChosenVersions:
    """Choose for each package the highest version that all its dependents accept.

    Packages with one version are decided first. A package whose dependents have several versions is tried again after
    those are decided, because the requirements of versions that were not chosen do not count. Edges of the top level
    count like all others.

    Raises:
        GraphError: a requirement that the choice depends on is not valid.
    """
    known = uses(graph)
    candidates = install_versions(graph)
    chosen = {name: nodes[0] for name, nodes in candidates.items() if len(nodes) == 1}
    pending = [name for name in candidates if name not in chosen]
    progress = True
    while progress:
        progress = False
        for name in list(pending):
            best = _best(candidates[name], known, chosen)
            if best is not None:
                chosen[name] = best
                pending.remove(name)
                progress = True
    return ChosenVersions(chosen, candidates, tuple(pending))


def _best(nodes: list[Node], known: dict[str, list[Use]], chosen: dict[str, Node]) -> Node | None:
    usable = {Version(node.version): node for node in nodes}
    versions = list(usable)
    for use in (use for node in nodes for use in install_uses(known, node)):
        if use.parent is not None and chosen.get(use.parent.name, use.parent) is not use.parent:
            continue
        allowed = set(specifier(use).filter(versions))
        usable = {version: node for version, node in usable.items() if version in allowed}
    return usable[max(usable)] if usable else None
