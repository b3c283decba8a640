"""Discover the graph of a collection: read sources, ask backends and resolve again until no question is left."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from fromager_gen.bazel import targets_of
from fromager_gen.bootstrap.asking import Asker
from fromager_gen.bootstrap.bench import Bench, TargetBuilder
from fromager_gen.bootstrap.decisions import Decisions
from fromager_gen.bootstrap.earlier import replay
from fromager_gen.bootstrap.failures import Failures
from fromager_gen.bootstrap.memory import Memory
from fromager_gen.bootstrap.reading import SourceReader
from fromager_gen.bootstrap.rounds import next_round
from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.bootstrap.verify import verify
from fromager_gen.errors import GenError, GraphError, LockError, ResolutionError, SettingsError, about
from fromager_gen.graph import Graph, build_closure, build_order, make_constraints
from fromager_gen.resolve import Collection, Finder, Question, Resolution, resolve
from fromager_gen.terminal import Progress

_log = logging.getLogger(__name__)
# Limit for rounds, above the depth of any tree of builds: answers that change the questions could continue for ever.
# Reading sources needs no limit, because each source is read once.
_ROUNDS = 200


@dataclass
class Discovery:
    """Rounds of reading sources, asking backends and resolving."""

    collection: Collection
    finder: Finder
    store: SourceStore
    builder: TargetBuilder
    progress: Progress
    build_wheels: bool = True
    """Whether a round with long builds also builds all wheels that are known or likely by then."""
    failures: Failures | None = None
    """Decides what a run does without after failures; without it, the first failure ends the run."""
    memory: Memory | None = None
    """Builds that failed in earlier runs."""
    check: Callable[[Graph], None] | None = None
    """Is called with the likely graph before anything is built, to refuse a collection that can't be built."""
    bench: Bench = field(init=False)
    reader: SourceReader = field(init=False)
    asker: Asker = field(init=False)
    conflict: ResolutionError | None = None
    """Why the requirements of the top level are resolved separately in spite of the options."""
    _decisions: Decisions = field(default_factory=Decisions)
    _guesses: bool = True
    """Whether rounds use likely answers; false after the first guess that fails."""

    def __post_init__(self) -> None:
        """Create the parts that depend on the fields."""
        self.bench = Bench(self.builder, self.store.locked, self.memory)
        self.reader = SourceReader(self.collection, self.finder, self.store, self.bench, self.progress)
        self.asker = Asker(self.reader, self.bench, self.progress, self.build_wheels)

    def run(self, earlier: Graph | None = None, asked_earlier: Sequence[Question] = ()) -> Resolution:
        """Return the complete resolution.

        Args:
            earlier: graph of the last run in this folder. Its questions about packages that are still required are
                asked again in one build, which Bazel answers from its caches.
            asked_earlier: questions of the last run.

        Raises:
            ResolutionError: no versions fit, a source contradicts the index, or answers never converge.
            BuildError: a backend can't be asked.
            BuildCycleError: a package needs itself to be built.
        """
        if earlier is not None and asked_earlier:
            replay(earlier, self.collection.asked, asked_earlier, self.asker)
        while True:
            try:
                resolution = self._run()
                if self.failures is not None and self.build_wheels:
                    self._build(resolution)
                break
            except GenError as err:
                self._go_on(err)
        if self.failures is not None and self.conflict is not None:
            self.failures.contradict(make_constraints(resolution.graph).conflicts, self.conflict)
        return resolution

    def likely(self) -> Resolution:
        """Return the resolution with likely answers in place of those of backends. Nothing is built.

        Raises:
            ResolutionError: no versions fit, or a source contradicts the index.
        """
        self.reader.is_static = True
        while True:
            try:
                self.reader.prefetch(str(one.requirement) for one in self.collection.asked)
                return self._resolved(guessing=True)
            except GenError as err:
                self._go_on(err)

    def _go_on(self, error: GenError) -> None:
        """Resolve without what failed from now on, or raise the error."""
        if self.failures is None:
            raise error
        if self.failures.take(error):
            for key in error.packages:
                self.reader.facts.pop(key, None)
                self.asker.answers.forget(key)
            return
        if not isinstance(error, ResolutionError) or not self.collection.together:
            raise error
        self.conflict = error
        self.collection = self.reader.collection = replace(self.collection, together=False)

    def _build(self, resolution: Resolution) -> None:
        """Build all wheels, to know which of them fail.

        Raises:
            BuildError: a wheel can't be built.
            ResolutionError: a wheel has other requirements than its source.
        """
        graph, installs = resolution.graph, self.installs(resolution)
        wanted = [(node, target) for node in graph for target in targets_of(node)]
        self.progress.begin("building", len(graph.nodes))
        outcome = self.bench.build(graph, wanted)
        for node in graph:
            with about(node.key):
                verify(graph, installs, {node.key: outcome.of(node, "wheel")[0]}, self.collection.variables)

    def _run(self) -> Resolution:
        """Return the complete resolution, unless something fails."""
        self.reader.prefetch(str(one.requirement) for one in self.collection.asked)
        rounds = 0
        while (resolution := self._decided()).ready:
            if rounds == _ROUNDS:
                keys = ", ".join(question.key for question in resolution.ready)
                raise ResolutionError(
                    f"after {rounds} rounds the answers of backends still change with their build environments: "
                    f"{keys}. Constrain the packages in their build environments."
                )
            self._ask_next(resolution)
            rounds += 1
        if resolution.waiting:
            _refuse(resolution)
        for why in resolution.left:
            self.progress.say(why)
        return resolution

    def _decided(self) -> Resolution:
        """Resolve without guesses, and log the decisions."""
        resolution = self._resolved()
        self._decisions.log(resolution)
        return resolution

    def _resolved(self, guessing: bool = False) -> Resolution:
        """Resolve until all chosen sources were read, and drop answers that depend on wrong guesses."""
        while True:
            known = self.asker.answers.known(self.reader.facts, guessing)
            resolution = resolve(self.collection, self.finder, known)
            _log.debug(
                "resolved %s: %d packages, %d questions can be asked, %d wait",
                "with guesses" if guessing else "without guesses", len(resolution.graph.nodes),
                len(resolution.ready), len(resolution.waiting),
            )  # fmt: skip
            if resolution.unread:
                self.reader.read(resolution.unread)
            elif guessing or not self.asker.answers.drop_outdated(resolution):
                return resolution

    def _ask_next(self, sure: Resolution) -> None:
        """Ask one round; if it fails because of guesses, ask again without them."""
        likely = self._likely(sure)
        if self.check is not None:
            self.check(likely.graph)
            self.check = None
        facts, built = self.reader.facts, self.asker.built
        try:
            self.asker.ask(next_round(sure, likely, facts, built))
        except (GraphError, LockError, SettingsError) as err:
            if likely is sure:
                raise
            _log.debug("guessing is disabled for the rest of this run: %s", err)
            self._guesses = False
            self.asker.ask(next_round(sure, sure, facts, built))

    def _likely(self, sure: Resolution) -> Resolution:
        """Return the resolution with guesses, or the certain one if guessing is disabled."""
        if self._guesses:
            try:
                return self._resolved(guessing=True)
            except GenError as err:
                _log.debug("guessing is disabled for the rest of this run: %s", err)
                self._guesses = False
        return sure

    @property
    def actions(self) -> dict[str, int]:
        """Number of actions by the name of their runner in Bazel, such as a cache."""
        return self.bench.actions

    def installs(self, resolution: Resolution) -> dict[str, tuple[str, ...]]:
        """Return the install requirements of a complete resolution's packages, by the graph's key."""
        known = self.asker.answers.known(self.reader.facts)
        return {key: known.install_of(key) or () for key in resolution.graph.nodes}

    def questions(self, resolution: Resolution) -> list[Question]:
        """Return the questions about a resolution's packages, for a later run."""
        return self.asker.answers.questions(resolution, self.reader.facts)


def _refuse(resolution: Resolution) -> None:
    """Raise the error for a resolution with questions of which none can be asked.

    Raises:
        BuildCycleError: a package needs itself to be built.
        ResolutionError: the questions wait for another reason.
    """
    graph = resolution.graph
    build_order(graph, {node.key: build_closure(graph, node) for node in graph})
    question = resolution.waiting[0]
    waits = [key for key in question.environment if key not in resolution.buildable]
    what = ", ".join(waits) or "the requirements of its build environment"
    raise ResolutionError(f"{question.key} waits for {what}")
