"""Build targets for a bootstrap, and count the actions that Bazel ran."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fromager_gen.bazel import Outcome
from fromager_gen.bootstrap.memory import Memory
from fromager_gen.errors import BuildError
from fromager_gen.graph import Graph, Node, build_closure
from fromager_gen.lock import LockedFile
from fromager_gen.names import folder

# Lines of a log in an error.
_LINES = 20
Wanted = Sequence[tuple[Node, str]]
"""Packages, each with the name of a target."""


class TargetBuilder(Protocol):
    """A workspace in which targets of a graph are built."""

    def build(self, graph: Graph, wanted: Wanted, locked: Mapping[str, LockedFile], guessed: Wanted = ()) -> Outcome:
        """Write the graph's workspace and build targets in it; an error is part of the outcome.

        Args:
            graph: the graph.
            wanted: targets that must all be built.
            locked: files that were already fetched, by the graph's key.
            guessed: more targets, which may fail; their errors are not shown.
        """

    def write(self, graph: Graph, locked: Mapping[str, LockedFile], is_whole: bool = True) -> tuple[str, ...]:
        """Write the graph's workspace, which is whole if nothing is added to the graph later; return warnings."""


@dataclass
class Bench:
    """Builds targets for discovery, with the files that were already fetched."""

    builder: TargetBuilder
    locked: Mapping[str, LockedFile]
    memory: Memory | None = None
    """Failed builds; without it, a failed build is always tried again."""
    actions: dict[str, int] = field(default_factory=dict)
    """Number of actions by the name of their runner in Bazel, such as a cache."""

    def build(self, graph: Graph, wanted: Wanted, guessed: Wanted = ()) -> Outcome:
        """Build targets that must all succeed, and others that may fail.

        Raises:
            BuildError: a wanted target was not built.
        """
        if self.memory is not None and self.memory.may_know(graph):
            self.builder.write(graph, self.locked, is_whole=False)
            self.memory.check(graph)
        outcome = self.builder.build(graph, wanted, self.locked, guessed)
        self._count(outcome)
        missing = [f"{node} ({target})" for node, target in wanted if not outcome.of(node, target)]
        if missing:
            lost = [node for node, target in wanted if not outcome.of(node, target)]
            reasons = {key: _reason(graph.nodes[key], outcome) for key in causes(graph, lost, outcome)}
            if self.memory is not None:
                failed = {key: why for key, why in reasons.items() if outcome.has_failed(graph.nodes[key])}
                self.memory.keep(graph, failed)
            raise BuildError(
                f"{outcome.error or 'Bazel built nothing'}\nNot answered: {', '.join(missing)}", reasons=reasons
            )
        return outcome

    def build_again(self, graph: Graph, guessed: Wanted) -> Outcome:
        """Build targets of an earlier run from its lock; targets that can't be built any more are not an error."""
        outcome = self.builder.build(graph, [], {}, guessed)
        self._count(outcome)
        return outcome

    def _count(self, outcome: Outcome) -> None:
        for name, count in outcome.runners.items():
            self.actions[name] = self.actions.get(name, 0) + count


def causes(graph: Graph, missing: Iterable[Node], outcome: Outcome) -> tuple[str, ...]:
    """Return the packages because of which targets of others, or their own, were not built, by the graph's key.

    Args:
        graph: the graph.
        missing: packages whose targets were not built.
        outcome: the outcome of the build.
    """
    asked = [node.key for node in missing]
    found, seen, todo = set[str](), set[str](), list(asked)
    while todo:
        key = todo.pop()
        if key not in seen:
            seen.add(key)
            if outcome.has_failed(graph.nodes[key]):
                found.add(key)
            else:
                todo += build_closure(graph, graph.nodes[key])
    return tuple(sorted(found or asked))


def _reason(node: Node, outcome: Outcome) -> str:
    """Return why a package was not built: the end of its log, or Bazel's error."""
    log = outcome.failed_logs.get(folder(node.name, node.version))
    if log is None or not log.is_file():
        return f"{node} could not be built: {outcome.error or 'Bazel built nothing'}"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LINES:]
    return "\n".join([f"{node} could not be built; the end of its log:", *lines])
