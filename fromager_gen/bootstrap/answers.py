"""Answers of backends, and how long they are valid."""

import json
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import InvalidRequirement

from fromager_gen.errors import ResolutionError
from fromager_gen.graph import Node
from fromager_gen.resolve import BUILD_REQUIRES, METADATA, SDIST_REQUIRES, Answer, Known, Question, Resolution
from fromager_gen.source import Facts, install_of_metadata
from fromager_gen.standards import requirement

_LARGEST = 8 << 20


class Answers:
    """Answers by target and the graph's key; answers that depend on a guess are valid as long as the guess is."""

    def __init__(self) -> None:
        """Start without answers."""
        self._answers: dict[str, dict[str, Answer]] = {
            BUILD_REQUIRES: {},
            SDIST_REQUIRES: {},
            METADATA: {},
        }
        self._guessed: set[tuple[str, str]] = set()
        self._open: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        """Return the number of answers."""
        return sum(map(len, self._answers.values()))

    def known(self, facts: Mapping[str, Facts], guessing: bool = False) -> Known:
        """Return the answers with the facts of sources, optionally with guesses for unknown answers."""
        answers = self._answers
        return Known(facts, answers[BUILD_REQUIRES], answers[METADATA], answers[SDIST_REQUIRES], guessing)

    def take(self, question: Question, requirements: tuple[str, ...], recipe: str, sure: bool) -> None:
        """Store an answer; an answer that depends on a guess does not replace a certain one.

        Args:
            question: the question.
            requirements: the backend's answer.
            recipe: recipe of the environment in which the backend was asked.
            sure: whether the environment is certain to be the right one.
        """
        answers, place = self._answers[question.target], (question.target, question.key)
        if not sure and question.key in answers and place not in self._open:
            return
        answers[question.key] = Answer(question.environment, requirements, recipe)
        (self._guessed.discard if sure else self._guessed.add)(place)

    def forget(self, key: str) -> None:
        """Forget the answers about a package."""
        for target, answers in self._answers.items():
            answers.pop(key, None)
            self._guessed.discard((target, key))

    def drop_outdated(self, sure: Resolution) -> bool:
        """Forget answers that depend on a wrong guess, and return whether there were any."""
        self._open = {(question.target, question.key) for question in (*sure.ready, *sure.waiting)}
        outdated = {
            (target, key)
            for target, key in self._guessed
            # The environment for a package's metadata follows from its build requirements.
            if not self._open.isdisjoint(((target, key), (BUILD_REQUIRES, key), (SDIST_REQUIRES, key)))
        }
        for target, key in outdated:
            del self._answers[target][key]
        self._guessed -= outdated
        return bool(outdated)

    def questions(self, resolution: Resolution, facts: Mapping[str, Facts]) -> list[Question]:
        """Return the questions about packages of a complete resolution that a later run would ask again."""
        found = [
            Question(key, target, answer.environment)
            for target, answers in self._answers.items()
            for key, answer in answers.items()
            if key in resolution.graph.nodes and not _is_settled(facts[key], target)
        ]
        return sorted(found, key=lambda one: (one.key, one.target))


def _is_settled(facts: Facts, target: str) -> bool:
    if target == SDIST_REQUIRES:
        return not facts.states_sdist_requires
    return (facts.build_requires if target == BUILD_REQUIRES else facts.install) is not None


def read_answer(path: Path, node: Node, target: str) -> tuple[str, ...]:
    """Read the answer of a backend.

    Raises:
        ResolutionError: it is not a list of requirements, or the metadata of another package or version.
    """
    data = path.read_bytes()
    if len(data) > _LARGEST:
        raise ResolutionError(f"{node}: its backend's answer has {len(data):,} bytes; the limit is {_LARGEST:,}")
    if target == METADATA:
        return install_of_metadata(data, node.name, node.version)
    try:
        return tuple(str(requirement(text)) for text in json.loads(data))
    except (InvalidRequirement, ValueError, TypeError, RecursionError) as err:
        raise ResolutionError(
            f"{node}: its backend's answer has an invalid requirement: {str(err).splitlines()[0]}. Patch the source."
        ) from None
