"""Find out what a collection is made of: read sources, ask backends, resolve again, until nothing is left to ask."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from fromager_gen.bootstrap.asking import Asker
from fromager_gen.bootstrap.bench import Bench, Workbench
from fromager_gen.bootstrap.earlier import replay
from fromager_gen.bootstrap.reading import Reader
from fromager_gen.bootstrap.rounds import next_round
from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.errors import GenError, GraphError, LockError, ResolutionError, SettingsError
from fromager_gen.graph import Graph, build_closure, build_order
from fromager_gen.resolve import Collection, Finder, Question, Resolution, resolve
from fromager_gen.terminal import Progress

_log = logging.getLogger(__name__)
# More rounds of questions than any tree of builds is deep: answers that change what is asked could go on for ever.
# Reading sources ends by itself, since each is read once.
_ROUNDS = 200


@dataclass
class Discovery:
    """Rounds of reading, asking and resolving."""

    collection: Collection
    finder: Finder
    store: SourceStore
    workbench: Workbench
    progress: Progress
    build_wheels: bool = True
    """Whether a round with long builds also builds all wheels that are known by then, or likely to be."""
    bench: Bench = field(init=False)
    reader: Reader = field(init=False)
    asker: Asker = field(init=False)
    _guesses: bool = True
    """Whether rounds rest on what is likely: until that leads nowhere."""

    def __post_init__(self) -> None:
        """Put the parts together."""
        self.bench = Bench(self.workbench, self.store.locked)
        self.reader = Reader(self.collection, self.finder, self.store, self.bench, self.progress)
        self.asker = Asker(self.reader, self.bench, self.progress, self.build_wheels)

    def run(self, earlier: Graph | None = None, asked_earlier: Sequence[Question] = ()) -> Resolution:
        """Return the whole resolution.

        Args:
            earlier: graph of the last run in this place; what it asked of packages that are still wanted is asked
                again in one go, for Bazel to answer from its caches.
            asked_earlier: what it asked.

        Raises:
            ResolutionError: no versions fit, a source contradicts the index, or answers never settle.
            BuildError: a backend can't be asked.
            BuildCycleError: a package needs itself to be built.
        """
        if earlier is not None and asked_earlier:
            replay(earlier, self.collection.asked, asked_earlier, self.asker)
        self.reader.prefetch(str(one.requirement) for one in self.collection.asked)
        rounds = 0
        while (resolution := self._resolved()).ready:
            if rounds == _ROUNDS:
                keys = ", ".join(question.key for question in resolution.ready)
                raise ResolutionError(
                    f"after {rounds} rounds backends still answer differently each time what they are asked with "
                    f"changes: {keys}. Constrain what they build with."
                )
            self._ask_next(resolution)
            rounds += 1
        if resolution.waiting:
            _refuse(resolution)
        for why in resolution.left:
            self.progress.say(why)
        return resolution

    def _resolved(self, guessing: bool = False) -> Resolution:
        """Resolve, reading sources until all that are taken were read, and without answers that hold no more."""
        while True:
            known = self.asker.answers.known(self.reader.facts, guessing)
            resolution = resolve(self.collection, self.finder, known)
            _log.debug(
                "resolved %s: %d packages, %d questions can be asked, %d wait",
                "with guesses" if guessing else "what is known", len(resolution.graph.nodes),
                len(resolution.ready), len(resolution.waiting),
            )  # fmt: skip
            if resolution.unread:
                self.reader.read(resolution.unread)
            elif guessing or not self.asker.answers.drop_outdated(resolution):
                return resolution

    def _ask_next(self, sure: Resolution) -> None:
        """Ask one round; where what is likely can't be built, what is sure decides whether that is an error."""
        likely = self._likely(sure)
        facts, built = self.reader.facts, self.asker.built
        try:
            self.asker.ask(next_round(sure, likely, facts, built))
        except (GraphError, LockError, SettingsError) as err:
            if likely is sure:
                raise
            _log.debug("no more guesses in this run: %s", err)
            self._guesses = False
            self.asker.ask(next_round(sure, sure, facts, built))

    def _likely(self, sure: Resolution) -> Resolution:
        """Return what is likely, or what is sure where guessing has led nowhere."""
        if self._guesses:
            try:
                return self._resolved(guessing=True)
            except GenError as err:
                _log.debug("no more guesses in this run: %s", err)
                self._guesses = False
        return sure

    @property
    def actions(self) -> dict[str, int]:
        """How many actions were answered how, by Bazel's own names."""
        return self.bench.actions

    def installs(self, resolution: Resolution) -> dict[str, tuple[str, ...]]:
        """Return the install requirements of a whole resolution's packages by the graph's key."""
        known = self.asker.answers.known(self.reader.facts)
        return {key: known.install_of(key) or () for key in resolution.graph.nodes}

    def questions(self, resolution: Resolution) -> list[Question]:
        """Return what was asked of a resolution's packages, for a later run."""
        return self.asker.answers.questions(resolution, self.reader.facts)


def _refuse(resolution: Resolution) -> None:
    """Raise the error of a resolution in which questions are left and none can be asked.

    Raises:
        BuildCycleError: a package needs itself to be built.
        ResolutionError: they wait for something else.
    """
    graph = resolution.graph
    build_order(graph, {node.key: build_closure(graph, node) for node in graph})
    question = resolution.waiting[0]
    waits = [key for key in question.environment if key not in resolution.buildable]
    what = ", ".join(waits) or "what its build environment needs to run"
    raise ResolutionError(f"{question.key} waits for {what}")
