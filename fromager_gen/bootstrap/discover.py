"""Find out what a collection is made of: read sources, ask backends, resolve again, until nothing is left to ask."""

import contextlib
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from packaging.utils import canonicalize_name

from fromager_gen.bootstrap.answers import Answers, read_answer
from fromager_gen.bootstrap.earlier import repeatable, still_asked
from fromager_gen.bootstrap.rounds import Round, next_round
from fromager_gen.bootstrap.sources import Sources
from fromager_gen.build import Outcome, targets_of
from fromager_gen.errors import BuildError, GenError, GraphError, LockError, ResolutionError, SettingsError
from fromager_gen.graph import Graph, Node
from fromager_gen.graph.closure import build_closure
from fromager_gen.lock.model import LockedFile
from fromager_gen.resolve.candidates import Candidate, Finder, is_for
from fromager_gen.resolve.facts import Facts, facts_of_source
from fromager_gen.resolve.provider import needs_of
from fromager_gen.resolve.recipes import Recipes
from fromager_gen.resolve.resolution import (
    BUILD_REQUIRES,
    Collection,
    Question,
    Resolution,
    resolve,
)

_log = logging.getLogger(__name__)
# More rounds of questions than any tree of builds is deep: answers that change what is asked could go on for ever.
# Reading sources ends by itself, since each is read once.
_ROUNDS = 200


class Workbench(Protocol):
    """Where targets of a graph are built."""

    def build(
        self,
        graph: Graph,
        wanted: Sequence[tuple[Node, str]],
        locked: Mapping[str, LockedFile],
        guessed: Sequence[tuple[Node, str]] = (),
    ) -> Outcome:
        """Write the graph's workspace and build targets in it; an error is part of the outcome.

        Args:
            graph: the graph.
            wanted: packages with the names of their targets, each of which must be there in the end.
            locked: files that were fetched already, by the graph's key.
            guessed: further targets, which may fail; an error of theirs is not shown.
        """


class Progress(Protocol):
    """What discovery tells of itself."""

    def begin(self, what: str, total: int) -> None:
        """A phase with so many items begins."""

    def done(self, item: str) -> None:
        """An item of the phase is done."""

    def say(self, text: str) -> None:
        """A line for the user."""


@dataclass
class Discovery:
    """Rounds of reading, asking and resolving."""

    collection: Collection
    finder: Finder
    sources: Sources
    workbench: Workbench
    progress: Progress
    build_wheels: bool = True
    """Whether a round with long builds also builds all wheels that are known by then, or likely to be."""
    facts: dict[str, Facts] = field(default_factory=dict)
    answers: Answers = field(default_factory=Answers)
    actions: dict[str, int] = field(default_factory=dict)
    built: set[str] = field(default_factory=set)
    """Recipes by which wheels were built on the way to answers, or beside them."""
    failed: set[str] = field(default_factory=set)
    """Recipes by which wheels could not be built beside questions; they are tried once more, in the end."""
    _guesses: bool = True
    """Whether rounds rest on what is likely: until that leads nowhere."""

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
            self._repeat(still_asked(earlier, self.collection.asked), asked_earlier)
        self._prefetch(str(one.requirement) for one in self.collection.asked)
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
            self._refuse(resolution)
        for why in resolution.left:
            self.progress.say(why)
        return resolution

    def _resolved(self, guessing: bool = False) -> Resolution:
        """Resolve, reading sources until all that are taken were read, and without answers that hold no more."""
        while True:
            resolution = resolve(self.collection, self.finder, self.answers.known(self.facts, guessing))
            if resolution.unread:
                self._read(resolution.unread)
            elif guessing or not self.answers.drop_outdated(resolution):
                return resolution

    def _repeat(self, earlier: Graph, questions: Sequence[Question]) -> None:
        """Find out in one go what an earlier run found out, as far as it still holds."""
        questions = repeatable(earlier, questions)
        if not questions:
            return
        # The index is asked while Bazel answers. A thread that does not outlive the program: Ctrl-C waits for no index.
        prefetch = threading.Thread(target=self.finder.prefetch, args=({node.name for node in earlier},), daemon=True)
        prefetch.start()
        self._ask_again(earlier, questions)
        prefetch.join()
        self._read_again(earlier)

    def _prefetch(self, texts: Iterable[str]) -> None:
        held = needs_of((), texts, self.collection.variables)
        names = self.finder.unasked({str(canonicalize_name(one.name)) for one in held if one.url is None})
        if names:
            self.progress.begin("asking the index", len(names))
            self.finder.prefetch(names, self.progress.done)

    def _read(self, candidates: Sequence[Candidate]) -> None:
        self.progress.begin("reading sources", len(candidates))
        patched = [one for one in candidates if self._is_patched(one)]
        found = self.sources.read([one for one in candidates if one not in patched], self.progress.done)
        if patched:
            self.sources.fetch(patched, self.progress.done)
            found.update(self._read_patched(patched))
        for candidate in candidates:
            facts = found[candidate.key]
            if not is_for(facts.requires_python, self.collection.variables["python_full_version"]):
                self.finder.refuse(candidate, f"is for Python {facts.requires_python}")
        self.facts.update(found)
        self._prefetch(
            text for facts in found.values() for text in (*facts.build_system, *(facts.install or facts.likely_install))
        )

    def _is_patched(self, candidate: Candidate) -> bool:
        overrides = self.sources.overrides
        settings = overrides.settings(candidate.name)
        changed = settings.update_build_requires or settings.remove_build_requires
        return not candidate.pre_built and bool(
            changed or overrides.patches_for(candidate.name, str(candidate.version))
        )

    def _read_patched(self, candidates: Sequence[Candidate]) -> dict[str, Facts]:
        """A patch may change what a source says of itself: Bazel applies it, as it will for the build."""
        nodes = {one.key: _lone(one) for one in candidates}
        outcome = self._build(Graph(nodes, ()), [(node, "source") for node in nodes.values()])
        found = {}
        for candidate in candidates:
            (archive,) = outcome.of(nodes[candidate.key], "source")
            build_dir = self.sources.overrides.settings(candidate.name).build_dir
            found[candidate.key] = facts_of_source(archive, candidate.name, str(candidate.version), build_dir)
        return found

    def _ask_next(self, sure: Resolution) -> None:
        """Ask one round; where what is likely can't be built, what is sure decides whether that is an error."""
        likely = self._likely(sure)
        try:
            self._ask(next_round(sure, likely, self.facts, self.built))
        except (GraphError, LockError, SettingsError):
            if likely is sure:
                raise
            self._guesses = False
            self._ask(next_round(sure, sure, self.facts, self.built))

    def _likely(self, sure: Resolution) -> Resolution:
        """Return what is likely, or what is sure where guessing has led nowhere."""
        if self._guesses:
            try:
                return self._resolved(guessing=True)
            except GenError:
                self._guesses = False
        return sure

    def _ask(self, current: Round) -> None:
        """Ask backends, and build wheels beside where that takes long anyway."""
        if current.waiting:
            self.progress.say(current.why())
        nodes = current.resolution.graph.nodes
        beside = current.beside(self.failed) if self.build_wheels and not current.is_quick else []
        if beside:
            self.progress.say(f"{len(beside)} of the wheels are built beside the next questions")
        self.progress.begin("asking backends", len(current.asked))
        wanted = [(nodes[question.key], question.target) for question in current.asked if question in current.sure]
        others = [(nodes[question.key], question.target) for question in current.asked if question not in current.sure]
        others += [(nodes[key], target) for key in beside for target in targets_of(nodes[key])]
        outcome = self._build(current.resolution.graph, wanted, others)
        self._learn(current, beside, outcome)
        recipes = current.resolution.recipes
        there = {key for key in beside if outcome.of(nodes[key], "wheel")}
        missed = set(beside) - there
        self.built.update(map(recipes.of, there))
        self.failed.update(map(recipes.of, missed))
        if missed:
            _log.info(
                "%d of %d wheels that were built with the questions failed; they are built again in the end",
                len(missed), len(beside),
            )  # fmt: skip

    def _learn(self, current: Round, beside: Sequence[str], outcome: Outcome) -> None:
        """Take the answers: those that rest on a guess hold as long as it does."""
        missed, texts = set[str](), list[str]()
        for question in current.asked:
            node = current.resolution.graph.nodes[question.key]
            answer = self._told(question, node, outcome, must=question in current.sure)
            if answer is None:
                missed.add(str(node))
                continue
            texts += answer
            if question.key in beside and question.target == BUILD_REQUIRES and not self._is_expected(node, answer):
                said = ", ".join(answer) or "nothing"
                self.progress.say(
                    f"{node} asks for {said}, which was not expected; what was built otherwise is not used"
                )
            self._take(question, answer, current.resolution.recipes, question in current.sure)
        if missed:
            _log.info("a guess was wrong; these are asked again: %s", ", ".join(sorted(missed)))
        self._prefetch(texts)

    def _take(self, question: Question, answer: tuple[str, ...], recipes: Recipes, sure: bool) -> None:
        """Keep an answer, and that the wheels it was asked with are there."""
        self.answers.take(question, answer, recipes.of_environment(question.environment), sure)
        self.built.update(map(recipes.of, question.environment))

    def _is_expected(self, node: Node, answer: tuple[str, ...]) -> bool:
        expected = self.answers.known(self.facts, guessing=True).build_requires_of(node.key) or ()
        held, known = (set(needs_of((), texts, self.collection.variables)) for texts in (answer, expected))
        return held == known

    def _told(self, question: Question, node: Node, outcome: Outcome, must: bool) -> tuple[str, ...] | None:
        """Return what a backend answered, None where it could not be asked, or said nonsense and need not be right."""
        paths = outcome.of(node, question.target)
        try:
            return read_answer(paths[0], node, question.target) if paths else None
        except ResolutionError:
            if must:
                raise
            return None

    def _ask_again(self, earlier: Graph, questions: Sequence[Question]) -> None:
        """What can't be answered any more is no error: it may not be asked this time."""
        with contextlib.suppress(GenError):
            self._ask_all(earlier, questions)

    def _ask_all(self, earlier: Graph, questions: Sequence[Question]) -> None:
        self.progress.begin("asking what was asked in the last run", len(questions))
        environments = {node.key: build_closure(earlier, node) for node in earlier if not node.pre_built}
        recipes = Recipes(environments, earlier.nodes)
        asked = [(earlier.nodes[question.key], question.target) for question in questions]
        outcome = self.workbench.build(earlier, [], {}, asked)
        self._count(outcome)
        for question in questions:
            answer = self._told(question, earlier.nodes[question.key], outcome, must=False)
            if answer is not None:
                self._take(question, answer, recipes, sure=True)

    def _read_again(self, earlier: Graph) -> None:
        """Most of what was taken last time will be taken again: read it in one go, as far as the index still has it."""
        urls = {node.key: node.url for node in earlier}
        names = {node.name for node in earlier}
        same: dict[str, Candidate] = {}
        for name in sorted(names):
            with contextlib.suppress(LockError):
                found = self.finder.candidates(name)
                same.update({one.key: one for one in found if one.url == urls.get(one.key) and one.sha256})
        if same:
            with contextlib.suppress(GenError):  # what is still needed is read again, and then it matters
                self._read(list(same.values()))

    def _build(
        self, graph: Graph, wanted: Sequence[tuple[Node, str]], beside: Sequence[tuple[Node, str]] = ()
    ) -> Outcome:
        """Build targets, each of which must be there in the end, and beside them others."""
        outcome = self.workbench.build(graph, wanted, self.sources.locked, beside)
        self._count(outcome)
        missing = [f"{node} ({target})" for node, target in wanted if not outcome.of(node, target)]
        if missing:
            raise BuildError(f"{outcome.error or 'Bazel made nothing'}\nNot answered: {', '.join(missing)}")
        return outcome

    def _count(self, outcome: Outcome) -> None:
        for name, count in outcome.runners.items():
            self.actions[name] = self.actions.get(name, 0) + count

    def _refuse(self, resolution: Resolution) -> None:
        """Nothing can be asked: the plan of the graph names the cycle."""
        question = resolution.waiting[0]
        self.workbench.build(resolution.graph, [(resolution.graph.nodes[question.key], question.target)], {})
        raise ResolutionError(_why(question, resolution))

    def installs(self, resolution: Resolution) -> dict[str, tuple[str, ...]]:
        """Return the install requirements of a whole resolution's packages by the graph's key."""
        known = self.answers.known(self.facts)
        return {key: known.install_of(key) or () for key in resolution.graph.nodes}

    def questions(self, resolution: Resolution) -> list[Question]:
        """Return what was asked of a resolution's packages, for a later run."""
        return self.answers.questions(resolution, self.facts)


def _lone(candidate: Candidate) -> Node:
    return Node(candidate.key, candidate.name, str(candidate.version), candidate.url, candidate.pre_built, ())


def _why(question: Question, resolution: Resolution) -> str:
    waits = [key for key in question.environment if key not in resolution.buildable]
    return f"{question.key} waits for {', '.join(waits) or 'what its build environment needs to run'}"
