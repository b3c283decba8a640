"""Ask backends, one round at a time, and build wheels in rounds that take long anyway."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fromager_gen.bazel import Outcome, targets_of
from fromager_gen.bootstrap.answers import Answers, read_answer
from fromager_gen.bootstrap.bench import Bench
from fromager_gen.bootstrap.pins import pinned
from fromager_gen.bootstrap.reading import SourceReader
from fromager_gen.bootstrap.rounds import Round
from fromager_gen.errors import ResolutionError, about
from fromager_gen.graph import Node
from fromager_gen.resolve import BUILD_REQUIRES, METADATA, Question, Recipes, needs_of
from fromager_gen.terminal import Progress

_log = logging.getLogger(__name__)


@dataclass
class Asker:
    """Asks backends and keeps their answers."""

    reader: SourceReader
    bench: Bench
    progress: Progress
    build_wheels: bool = True
    """Whether a round with long builds also builds all wheels that are known or likely by then."""
    answers: Answers = field(default_factory=Answers)
    built: set[str] = field(default_factory=set)
    """Recipes of wheels that were built for questions, or in the same rounds."""
    failed: set[str] = field(default_factory=set)
    """Recipes of wheels that could not be built in a round; they are built again at the end."""

    def ask(self, current: Round) -> None:
        """Ask the questions of one round.

        Raises:
            BuildError: a question that does not depend on a guess can't be answered.
            ResolutionError: the answer to such a question is not a list of requirements.
        """
        if current.waiting:
            self.progress.say(current.why())
        nodes = current.resolution.graph.nodes
        wheels = current.wheels(self.failed) if self.build_wheels and not current.is_quick else []
        if wheels:
            self.progress.say(f"{len(wheels)} of the wheels are built alongside the next questions")
        self.progress.begin("asking backends", len(current.asked))
        wanted = [(nodes[question.key], question.target) for question in current.asked if question in current.sure]
        others = [(nodes[question.key], question.target) for question in current.asked if question not in current.sure]
        others += [(nodes[key], target) for key in wheels for target in targets_of(nodes[key])]
        outcome = self.bench.build(current.resolution.graph, wanted, others)
        self._learn(current, wheels, outcome)
        self._note_wheels(current, wheels, nodes, outcome)

    def _note_wheels(self, current: Round, wheels: Sequence[str], nodes: Mapping[str, Node], outcome: Outcome) -> None:
        recipes = current.resolution.recipes
        present = {key for key in wheels if outcome.of(nodes[key], "wheel")}
        missing = set(wheels) - present
        self.built.update(map(recipes.of, present))
        self.failed.update(map(recipes.of, missing))
        if missing:
            _log.info(
                "%d of %d wheels that were built alongside the questions failed; they are built again at the end",
                len(missing), len(wheels),
            )  # fmt: skip

    def _learn(self, current: Round, wheels: Sequence[str], outcome: Outcome) -> None:
        """Store the answers of a round."""
        missing, texts = set[str](), list[str]()
        for question in current.asked:
            node = current.resolution.graph.nodes[question.key]
            answer = self.read(question, node, outcome, must=question in current.sure)
            if answer is None:
                missing.add(str(node))
                continue
            _log.debug("%s answers %s: %s", node, question.target, ", ".join(answer) or "nothing")
            texts += answer
            if question.key in wheels and question.target == BUILD_REQUIRES and not self._is_expected(node, answer):
                names = ", ".join(answer) or "nothing"
                self.progress.say(
                    f"{node} unexpectedly requires {names}; wheels that were built on the wrong guess are not used"
                )
            self.take(question, answer, current.resolution.recipes, question in current.sure)
        if missing:
            _log.info("a guess was wrong; these packages are asked again: %s", ", ".join(sorted(missing)))
        self.reader.prefetch(texts)

    def take(self, question: Question, answer: tuple[str, ...], recipes: Recipes, sure: bool) -> None:
        """Store an answer, and note that the wheels of its environment are built."""
        self.answers.take(question, answer, recipes.of_environment(question.environment), sure)
        self.built.update(map(recipes.of, question.environment))

    def read(self, question: Question, node: Node, outcome: Outcome, must: bool) -> tuple[str, ...] | None:
        """Return the answer of a backend, or None if it could not be asked.

        Args:
            question: the question.
            node: the package.
            outcome: result of the build that asked.
            must: whether an answer that can't be read is an error; otherwise it counts as missing.

        Raises:
            ResolutionError: the answer is not a list of requirements.
        """
        paths = outcome.of(node, question.target)
        try:
            with about(question.key):
                answer = read_answer(paths[0], node, question.target) if paths else None
                if answer is None or question.target != METADATA:
                    return answer
                return pinned(answer, self.reader.store.overrides, node.name, node.version)
        except ResolutionError as err:
            if must:
                raise
            _log.debug("an answer that depends on a guess is ignored: %s", err)
            return None

    def _is_expected(self, node: Node, answer: tuple[str, ...]) -> bool:
        expected = self.answers.known(self.reader.facts, guessing=True).build_requires_of(node.key) or ()
        variables = self.reader.collection.variables
        held, known = (set(needs_of((), texts, variables)) for texts in (answer, expected))
        return held == known
