"""One round: the questions that are asked together, and the wheels that are built alongside them."""

from collections.abc import Mapping, Set
from dataclasses import dataclass

from fromager_gen.resolve import METADATA, Question, Resolution
from fromager_gen.source import Facts

_SHOWN = 4


@dataclass(frozen=True)
class Round:
    """The questions of one build."""

    resolution: Resolution
    """The resolution that the questions are about, certain or likely."""
    asked: tuple[Question, ...]
    sure: frozenset[Question]
    """Questions that don't depend on a guess; they must be answered."""
    waiting: tuple[Question, ...]
    long: frozenset[str]
    """Wheels that are not built yet and take long, or wait for such a wheel."""

    @property
    def is_quick(self) -> bool:
        """Whether no question needs a long build."""
        return not any(self.long & _needed(question) for question in self.asked)

    def why(self) -> str:
        """Describe how many questions wait for which builds, the most frequent builds first."""
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
        """Return the packages to build alongside the questions: their answers are known, guessed or asked now.

        Few backends require more than their source states. The build of a package need not wait for an answer of this
        round: the answer is most likely empty, and builds with Rust take longest.

        Args:
            failed: recipes of wheels that could not be built.
        """
        recipes = self.resolution.recipes
        wanted = self.resolution.settled | {question.key for question in self.asked}
        return sorted(key for key in wanted if recipes.of(key) not in failed)


def next_round(sure: Resolution, likely: Resolution, facts: Mapping[str, Facts], built: Set[str]) -> Round:
    """Choose the questions of the next round: first all that need no long build, then the rest.

    A round ends with its last build. With this order quick answers do not wait for a compiler, and all wheels that are
    known by then are built in parallel with the long builds.

    Args:
        sure: the certain resolution.
        likely: the resolution with guesses for backends that were not asked. With it, a chain of builds takes one round
            in place of one round per link.
        facts: facts of the sources.
        built: recipes of wheels that were built.
    """
    known = frozenset(sure.ready)
    resolution = likely if _holds_all(likely, sure) else sure
    long = _behind_long_builds(resolution, facts, built)
    quick = [question for question in resolution.ready if long.isdisjoint(_needed(question))]
    asked = quick if known.intersection(quick) else list(resolution.ready)
    waiting = (*resolution.waiting, *(question for question in resolution.ready if question not in asked))
    return Round(resolution, tuple(asked), known.intersection(asked), waiting, frozenset(long))


def _holds_all(likely: Resolution, sure: Resolution) -> bool:
    """Return whether the likely resolution has all certain questions, in environments with the same recipes.

    A wrong guess may lead to a cycle, in which not all packages are settled.
    """
    asked = set(likely.ready)
    return likely.settled >= likely.graph.nodes.keys() and all(
        question in asked and likely.recipe_of(question) == sure.recipe_of(question) for question in sure.ready
    )


def _needed(question: Question) -> set[str]:
    """Return the wheels that an answer needs; a backend may have to build its own wheel to get the metadata."""
    return {*question.environment, *([question.key] if question.target == METADATA else [])}


def _behind_long_builds(resolution: Resolution, facts: Mapping[str, Facts], built: Set[str]) -> set[str]:
    environments = resolution.environments
    found = {key: False for key in environments if resolution.recipes.of(key) in built}

    def waits(key: str) -> bool:
        if key not in found:
            found[key] = False  # packages of a cycle are not built
            found[key] = facts[key].is_long or any(map(waits, environments.get(key, ())))
        return found[key]

    return {key for key in environments if waits(key)}
