"""The facts of sources and the answers of backends that a resolution starts from, and the questions that are open."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fromager_gen.source import Facts

BUILD_REQUIRES = "build_requires"
METADATA = "metadata"
SDIST_REQUIRES = "sdist_requires"
# Facts of a source that was not read yet.
_NO_FACTS = Facts((), None)


@dataclass(frozen=True)
class Answer:
    """The answer of a backend, and the environment in which it was asked."""

    environment: tuple[str, ...]
    requirements: tuple[str, ...]
    recipe: str
    """Recipe of the environment; with other wheels in it the backend may answer differently."""


@dataclass(frozen=True)
class Question:
    """A question about a source, whose target is one of the names above, in an environment."""

    key: str
    target: str
    environment: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """The facts and answers that are known so far, by the graph's key."""

    facts: Mapping[str, Facts] = field(default_factory=dict)
    build_requires: Mapping[str, Answer] = field(default_factory=dict)
    install: Mapping[str, Answer] = field(default_factory=dict)
    sdist_requires: Mapping[str, Answer] = field(default_factory=dict)
    guessing: bool = False
    """Whether the likely answer is used for a backend that was not asked."""

    def install_of(self, key: str) -> tuple[str, ...] | None:
        """Return install requirements, or None if they are unknown."""
        facts = self.facts.get(key, _NO_FACTS)
        return self._best(facts.install, self.install.get(key), facts.likely_install)

    def build_requires_of(self, key: str) -> tuple[str, ...] | None:
        """Return a backend's requirements in addition to those of its source, or None if they are unknown."""
        facts = self.facts.get(key, _NO_FACTS)
        return self._best(facts.build_requires, self.build_requires.get(key), facts.likely_build_requires)

    def sdist_requires_of(self, key: str) -> tuple[str, ...] | None:
        """Return the requirements to build the sdist beyond those of the source, or None if they are unknown."""
        if not self.facts.get(key, _NO_FACTS).states_sdist_requires:
            return self.build_requires_of(key)
        return self._best(None, self.sdist_requires.get(key), ())

    def _best(
        self, stated: tuple[str, ...] | None, answer: Answer | None, likely: tuple[str, ...]
    ) -> tuple[str, ...] | None:
        """Return the requirements from the source, else those from the backend, else the likely ones."""
        if stated is not None:
            return stated
        if answer is not None:
            return answer.requirements
        return likely if self.guessing else None
