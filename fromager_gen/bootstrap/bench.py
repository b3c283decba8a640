"""Where a bootstrap has targets built, and the count of what Bazel did for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fromager_gen.bazel import Outcome
from fromager_gen.errors import BuildError
from fromager_gen.graph import Graph, Node
from fromager_gen.lock import LockedFile

Wanted = Sequence[tuple[Node, str]]
"""Packages with the names of their targets."""


class Workbench(Protocol):
    """Where targets of a graph are built."""

    def build(self, graph: Graph, wanted: Wanted, locked: Mapping[str, LockedFile], guessed: Wanted = ()) -> Outcome:
        """Write the graph's workspace and build targets in it; an error is part of the outcome.

        Args:
            graph: the graph.
            wanted: targets, each of which must be there in the end.
            locked: files that were fetched already, by the graph's key.
            guessed: further targets, which may fail; their errors are not shown.
        """


@dataclass
class Bench:
    """Builds for discovery, with the files that were fetched already."""

    workbench: Workbench
    locked: Mapping[str, LockedFile]
    actions: dict[str, int] = field(default_factory=dict)
    """How many actions were answered how, by Bazel's own names."""

    def build(self, graph: Graph, wanted: Wanted, guessed: Wanted = ()) -> Outcome:
        """Build targets, each of which must be there in the end, and others that may fail.

        Raises:
            BuildError: one of the wanted is not there.
        """
        outcome = self.workbench.build(graph, wanted, self.locked, guessed)
        self._count(outcome)
        missing = [f"{node} ({target})" for node, target in wanted if not outcome.of(node, target)]
        if missing:
            raise BuildError(f"{outcome.error or 'Bazel made nothing'}\nNot answered: {', '.join(missing)}")
        return outcome

    def build_again(self, graph: Graph, guessed: Wanted) -> Outcome:
        """Build what an earlier run built, from its lock; what can't be built any more is not an error."""
        outcome = self.workbench.build(graph, [], {}, guessed)
        self._count(outcome)
        return outcome

    def _count(self, outcome: Outcome) -> None:
        for name, count in outcome.runners.items():
            self.actions[name] = self.actions.get(name, 0) + count
