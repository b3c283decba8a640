"""What backends said, and how long it holds."""

import json
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement

from fromager_gen.errors import ResolutionError
from fromager_gen.graph import Node
from fromager_gen.resolve import BUILD_REQUIRES, METADATA, Answer, Known, Question, Resolution
from fromager_gen.source import Facts, install_of_metadata
from fromager_gen.standards import requirement

_LARGEST = 8 << 20


class Answers:
    """Answers by target and the graph's key; those that rest on a guess hold as long as it does."""

    def __init__(self) -> None:
        """Begin with none."""
        self._answers: dict[str, dict[str, Answer]] = {BUILD_REQUIRES: {}, METADATA: {}}
        self._guessed: set[tuple[str, str]] = set()
        self._open: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(map(len, self._answers.values()))

    def known(self, facts: Mapping[str, Facts], guessing: bool = False) -> Known:
        """Return them with what the sources say, and with guesses at the rest where asked for."""
        return Known(facts, self._answers[BUILD_REQUIRES], self._answers[METADATA], guessing)

    def take(self, question: Question, requirements: tuple[str, ...], recipe: str, sure: bool) -> None:
        """Keep an answer; one that rests on a guess does not take the place of one that holds.

        Args:
            question: what was asked.
            requirements: what the backend said.
            recipe: the environment's, in which it was asked.
            sure: whether that is known to be the right one.
        """
        answers, place = self._answers[question.target], (question.target, question.key)
        if not sure and question.key in answers and place not in self._open:
            return
        answers[question.key] = Answer(question.environment, requirements, recipe)
        (self._guessed.discard if sure else self._guessed.add)(place)

    def drop_outdated(self, sure: Resolution) -> bool:
        """Forget what was answered on a guess that proved wrong; return whether there was something."""
        self._open = {(question.target, question.key) for question in (*sure.ready, *sure.waiting)}
        outdated = {
            (target, key)
            for target, key in self._guessed
            # The metadata of a package were told in an environment that follows from its build requirements.
            if (target, key) in self._open or (BUILD_REQUIRES, key) in self._open
        }
        for target, key in outdated:
            del self._answers[target][key]
        self._guessed -= outdated
        return bool(outdated)

    def questions(self, resolution: Resolution, facts: Mapping[str, Facts]) -> list[Question]:
        """Return what was asked of a whole resolution's packages, and would be asked again, for a later run."""
        found = [
            Question(key, target, answer.environment)
            for target, answers in self._answers.items()
            for key, answer in answers.items()
            if key in resolution.graph.nodes and not _is_settled(facts[key], target)
        ]
        return sorted(found, key=lambda one: (one.key, one.target))


def _is_settled(facts: Facts, target: str) -> bool:
    return (facts.build_requires if target == BUILD_REQUIRES else facts.install) is not None


def read_answer(path: Path, node: Node, target: str) -> tuple[str, ...]:
    """Read what a backend answered.

    Raises:
        ResolutionError: it is no list of requirements, or the metadata of something else.
    """
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise ResolutionError(f"{node}: its backend's answer has {len(data):,} bytes")
    if target == METADATA:
        return install_of_metadata(data, node.name, node.version)
    try:
        return tuple(str(requirement(text)) for text in json.loads(data))
    except (InvalidRequirement, ValueError, TypeError, RecursionError) as err:
        raise ResolutionError(
            f"{node}: its backend asks for what is no requirement: {str(err).splitlines()[0]}. Patch the source."
        ) from None
