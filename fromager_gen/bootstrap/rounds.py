"""One round of questions: which are asked together, and what is built beside them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from fromager_gen.resolve import METADATA, Question, Resolution
from fromager_gen.source import Facts

_SHOWN = 4


@dataclass(frozen=True)
class Round:
    """What one build asks."""

    resolution: Resolution
    """What the questions are asked of: what is known, or what is likely."""
    asked: tuple[Question, ...]
    sure: frozenset[Question]
    """Those of them that rest on no guess: without an answer it can't go on."""
    waiting: tuple[Question, ...]
    long: frozenset[str]
    """Wheels that are not there yet and take long, or wait for one that does."""

    @property
    def is_quick(self) -> bool:
        """Whether nothing of it takes long."""
        return not any(self.long & _needed(question) for question in self.asked)

    def why(self) -> str:
        """Say how many questions wait, and for which builds, those first that most wait for."""
        counts: dict[str, int] = {}
        for question in self.waiting:
            for key in _needed(question):
                if key in self.long or (key != question.key and key not in self.resolution.buildable):
                    counts[key] = counts.get(key, 0) + 1
        often = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        rows = [f"{self.resolution.graph.nodes[key]} ({count})" for key, count in often[:_SHOWN]]
        more = f" and {len(often) - _SHOWN} more" if len(often) > _SHOWN else ""
        questions = "1 question waits" if len(self.waiting) == 1 else f"{len(self.waiting)} questions wait"
        return f"{questions} for {', '.join(rows) or 'the answers to others'}{more}"

    def wheels(self, failed: Set[str]) -> list[str]:
        """Return the packages to build with the questions: of which all is known, or guessed, or asked now.

        Few backends ask for more than their source says. One that is asked now need not wait for the answer: it is most
        likely that nothing is missing, and with Rust its build is the longest there is.

        Args:
            failed: recipes by which a wheel could not be built.
        """
        recipes = self.resolution.recipes
        wanted = self.resolution.settled | {question.key for question in self.asked}
        return sorted(key for key in wanted if recipes.of(key) not in failed)


def next_round(sure: Resolution, likely: Resolution, facts: Mapping[str, Facts], built: Set[str]) -> Round:
    """Choose what to ask: first, and at once, all that needs no long build, then the rest.

    A round ends with its last build. So what is quickly answered does not wait for a compiler, and the long builds have
    for company all that is known by then.

    Args:
        sure: what is known.
        likely: the same where each backend that was not asked says what its source lets expect. What is asked of it
            costs one round in place of one for each link of a chain of builds.
        facts: what the sources say.
        built: recipes by which a wheel was built.
    """
    known = frozenset(sure.ready)
    resolution = likely if _holds_all(likely, sure) else sure
    long = _behind_long_builds(resolution, facts, built)
    quick = [question for question in resolution.ready if long.isdisjoint(_needed(question))]
    asked = quick if known.intersection(quick) else list(resolution.ready)
    waiting = (*resolution.waiting, *(question for question in resolution.ready if question not in asked))
    return Round(resolution, tuple(asked), known.intersection(asked), waiting, frozenset(long))


def _holds_all(likely: Resolution, sure: Resolution) -> bool:
    """Whether what is sure can be asked of what is likely: in the same environments, built in the same way.

    A guess may lead to a cycle that is none in truth; then not all packages are settled.
    """
    asked = set(likely.ready)
    return likely.settled >= likely.graph.nodes.keys() and all(
        question in asked and likely.recipe_of(question) == sure.recipe_of(question) for question in sure.ready
    )


def _needed(question: Question) -> set[str]:
    """Return the wheels that an answer takes; a backend may have to build its own to tell the metadata."""
    return {*question.environment, *([question.key] if question.target == METADATA else [])}


def _behind_long_builds(resolution: Resolution, facts: Mapping[str, Facts], built: Set[str]) -> set[str]:
    environments = resolution.environments
    found = {key: False for key in environments if resolution.recipes.of(key) in built}

    def waits(key: str) -> bool:
        if key not in found:
            found[key] = False  # in a cycle nothing is built
            found[key] = facts[key].is_long or any(map(waits, environments.get(key, ())))
        return found[key]

    return {key for key in environments if waits(key)}
