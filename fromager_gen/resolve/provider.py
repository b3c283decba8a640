"""The provider for resolvelib: preferences, matches and dependencies of requirements and candidates."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider

from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.markers import applies, parsed
from fromager_gen.resolve.requirements import Constraints

Identifier = tuple[str, frozenset[str]]
InstallOf = Callable[[Candidate], Sequence[str]]
"""Returns the known install requirements of a candidate; empty as long as they are unknown."""


@dataclass(frozen=True)
class Need:
    """A requirement and the chain of its dependents, such as ``("requirements.txt:3", "sphinx 9.1.1")``."""

    requirement: Requirement
    chain: tuple[str, ...]

    @property
    def identifier(self) -> Identifier:
        """Package and extras."""
        return str(canonicalize_name(self.requirement.name)), frozenset(map(canonicalize_name, self.requirement.extras))


@dataclass(frozen=True)
class Choice:
    """A candidate with its requested extras."""

    candidate: Candidate
    extras: frozenset[str]
    chain: tuple[str, ...]


def needs_of(extras: Iterable[str], texts: Iterable[str], variables: Mapping[str, str]) -> Iterator[Requirement]:
    """Yield the requirements whose markers hold for a package with these extras."""
    for text in texts:
        requirement = parsed(text)
        if applies(requirement, extras, variables):
            yield requirement


@dataclass
class Provider(AbstractProvider[Need, Choice, Identifier]):
    """The callbacks of resolvelib: https://github.com/sarugaku/resolvelib."""

    finder: Finder
    constraints: Constraints
    install_of: InstallOf
    variables: Mapping[str, str]
    preferred: Mapping[str, Sequence[Version]]
    """Versions to prefer, in this order, by package."""
    pinned: frozenset[str] = frozenset()
    """Packages that the top level pins to one exact version."""

    def identify(self, requirement_or_candidate: Need | Choice) -> Identifier:
        """Return package and extras."""
        if isinstance(requirement_or_candidate, Need):
            return requirement_or_candidate.identifier
        return requirement_or_candidate.candidate.name, requirement_or_candidate.extras

    def get_preference(
        self,
        identifier: Identifier,
        resolutions: Mapping[Identifier, Choice],
        candidates: Mapping[Identifier, Iterator[Choice]],
        information: Mapping[Identifier, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> tuple[bool, bool, bool, str, int]:
        """Choose packages of a conflict first, then pinned packages, then those with a specifier; names break ties."""
        specifiers = [info.requirement.requirement.specifier for info in information[identifier]]
        operators = {part.operator for specifier in specifiers for part in specifier}
        in_conflict = any(cause.requirement.identifier[0] == identifier[0] for cause in backtrack_causes)
        pinned = bool(operators & {"==", "==="})
        return not in_conflict, not pinned, not operators, identifier[0], len(identifier[1])

    def find_matches(
        self,
        identifier: Identifier,
        requirements: Mapping[Identifier, Iterator[Need]],
        incompatibilities: Mapping[Identifier, Iterator[Choice]],
    ) -> list[Choice]:
        """Return the candidates that fit all requirements and the constraint, preferred first, then the highest."""
        name, extras = identifier
        needs = list(requirements[identifier])
        prereleases = self.lets_prereleases_in(name, needs)
        refused = {choice.candidate.version for choice in incompatibilities[identifier]}
        fitting = [
            candidate
            for candidate in self.candidates(name)
            if candidate.version not in refused
            and (prereleases or not candidate.version.is_prerelease)
            and all(self.fits(need, candidate) for need in needs)
        ]
        order = {version: at for at, version in enumerate(self.preferred.get(name, ()))}
        fitting.sort(
            key=lambda candidate: order.get(candidate.version, len(order))
        )  # stable, so the others stay highest first
        # After backtracking there may be no requirement left.
        chain = needs[0].chain if needs else ()
        return [Choice(candidate, extras, chain) for candidate in fitting]

    def candidates(self, name: str) -> tuple[Candidate, ...]:
        """Return a package's versions within the age limits, highest first."""
        return self.finder.candidates(name, name in self.pinned, self.constraints.pins(name))

    def lets_prereleases_in(self, name: str, needs: Iterable[Need]) -> bool:
        """Return whether a requirement or the constraint names a pre-release; then all requirements accept one."""
        named = any(need.requirement.specifier.prereleases for need in needs)
        return named or name in self.finder.fixed or self.constraints.names_prerelease(name)

    def fits(self, need: Need, candidate: Candidate) -> bool:
        """Return whether a candidate fits a requirement and the package's constraint, even if it is a pre-release."""
        allowed = self.constraints.allows(candidate.name, candidate.version)
        if need.requirement.url is not None:
            address = candidate.direct or candidate.url
            return allowed and address.partition("#")[0] == need.requirement.url.partition("#")[0]
        return allowed and need.requirement.specifier.contains(candidate.version, prereleases=True)

    def unresolved(self, need: Need) -> str:
        """Return that no version fits a requirement, in the words of Fromager, for which scripts look in the log."""
        return (
            f"{need.requirement.name}: Unable to resolve requirement specifier {need.requirement} with constraint "
            f"{self.constraints.text(need.identifier[0])}"
        )

    def is_satisfied_by(self, requirement: Need, candidate: Choice) -> bool:
        """Return whether a chosen candidate fits another requirement; a chosen pre-release stays."""
        if requirement.requirement.url is not None:
            return self.fits(requirement, candidate.candidate)
        return requirement.requirement.specifier.contains(candidate.candidate.version, prereleases=True)

    def get_dependencies(self, candidate: Choice) -> list[Need]:
        """Return a candidate's requirements; with extras also the same version of itself without extras."""
        chosen = candidate.candidate
        chain = (*candidate.chain, str(chosen))
        texts = self.install_of(chosen)
        needs = [Need(one, chain) for one in needs_of(candidate.extras, texts, self.variables)]
        if candidate.extras:
            needs.append(Need(Requirement(f"{chosen.name}=={chosen.version}"), candidate.chain or chain))
        return [need for need in needs if need.identifier[0] != chosen.name or need.identifier[1] != candidate.extras]
