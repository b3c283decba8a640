"""Solve one set of requirements: find versions that fit all of them, or explain why none do."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.version import Version
from resolvelib import BaseReporter, ResolutionImpossible, ResolutionTooDeep
from resolvelib.resolvers import Criterion
from resolvelib.resolvers import Resolution as LibraryResolution

from fromager_gen.errors import ResolutionError
from fromager_gen.resolve.candidates import Candidate
from fromager_gen.resolve.provider import Choice, Identifier, Need, Provider

_log = logging.getLogger(__name__)
# Name of the top level's requirements in messages.
TOPLEVEL = "the requirements"
_ROUNDS = 20_000
_NONE: Mapping[Identifier, Iterator[Choice]] = defaultdict(lambda: iter(()))
_SHOWN = 5


@dataclass(frozen=True)
class Solution:
    """One version of each package, and its requested extras."""

    chosen: dict[str, Candidate]
    extras: dict[str, tuple[str, ...]]
    left: dict[str, tuple[Candidate, str]] = field(default_factory=dict)
    """First candidate of each package that did not fit the choices so far, with the reason, by name."""


class _Reporter(BaseReporter[Need, Choice, Identifier]):
    """Keeps the reason why a package's first candidate did not fit; the reason is often the same for older ones."""

    def __init__(self) -> None:
        self.left: dict[str, tuple[Candidate, str]] = {}

    def rejecting_candidate(self, criterion: Criterion[Need, Choice], candidate: Choice) -> None:
        tried = candidate.candidate
        if tried.name not in self.left:
            needs = dict.fromkeys(f"{need.requirement} ({_chain(need)})" for need in criterion.iter_requirement())
            self.left[tried.name] = tried, f"{tried} is not chosen: no version fits {' and '.join(needs)}"


def solve(needs: Sequence[Need], provider: Provider, what: str) -> Solution:
    """Choose versions, with backtracking.

    Args:
        needs: the requirements.
        provider: candidates and their requirements.
        what: description of the requirements, for errors.

    Raises:
        ResolutionError: no versions fit; the message lists the conflicting requirements and their packages.
    """
    if not needs:
        return Solution({}, {})
    reporter = _Reporter()
    try:
        state = _Resolution(provider, reporter).resolve(needs, max_rounds=_ROUNDS)
    except ResolutionImpossible as err:
        unfit = [cause.requirement for cause in err.causes]
        error = ResolutionError(_explained(what, unfit, provider), list(map(provider.unresolved, unfit)))
        error.is_conflict = _is_conflict(what, unfit)
        error.unfit = _unfit(unfit, provider)
        raise error from None
    except ResolutionTooDeep:
        raise ResolutionError(
            f"{what}: no versions were found in {_ROUNDS:,} steps. Constrain the packages that have many versions."
        ) from None
    chosen: dict[str, Candidate] = {}
    extras: dict[str, set[str]] = {}
    for (name, wanted), choice in _needed(needs, state.mapping, provider, what).items():
        chosen[name] = choice.candidate
        extras.setdefault(name, set()).update(wanted)
    taken = dict(sorted(chosen.items()))
    _log.debug("%s: %s", what, ", ".join(candidate.key for candidate in taken.values()))
    return Solution(taken, {name: tuple(sorted(found)) for name, found in extras.items()}, reporter.left)


class _Resolution(LibraryResolution[Need, Choice, Identifier]):
    """resolvelib's resolution with a workaround for a bug.

    If a new choice excludes an earlier one, resolvelib forgets the earlier choice's requirements but keeps the choice.
    If the new choice is excluded in turn, the earlier one fits again, but its requirements are missing.
    """

    def _remove_information_from_criteria(
        self, criteria: dict[Identifier, Criterion[Need, Choice]], parents: Collection[Identifier]
    ) -> None:
        super()._remove_information_from_criteria(criteria, parents)
        for key in parents:
            self.state.mapping.pop(key, None)  # to be chosen again, with its requirements


def _needed(
    needs: Sequence[Need], mapping: Mapping[Identifier, Choice], provider: Provider, what: str
) -> dict[Identifier, Choice]:
    """Return the choices that are reachable from the requirements; backtracking leaves other choices behind.

    resolvelib's own `Resolver` searches a path to the root for each choice, and does not terminate if the choices left
    behind are a cycle.
    """
    found: dict[Identifier, Choice] = {}
    todo = list(needs)
    while todo:
        need = todo.pop()
        choice = mapping.get(need.identifier)
        if choice is None or not provider.is_satisfied_by(need, choice):
            raise ResolutionError(
                f"{what}: the versions that were found don't include {need.requirement}, required by {_chain(need)}. "
                f"Constrain {need.identifier[0]}."
            )
        if need.identifier not in found:
            found[need.identifier] = choice
            todo += provider.get_dependencies(choice)
    return found


def _explained(what: str, needs: Sequence[Need], provider: Provider) -> str:
    """Explain a conflict: each requirement with the chain of packages that require it."""
    rows: list[str] = []
    names = dict.fromkeys(need.identifier[0] for need in needs)
    for name in names:
        asked = [need for need in needs if need.identifier[0] == name]
        rows += list(dict.fromkeys(f"  {need.requirement} is required by {_chain(need)}" for need in asked))
        constraint = provider.constraints.by_name.get(name)
        if constraint is not None:
            rows.append(f"  {constraint.text} is the constraint of {constraint.where}")
        rows.append(f"  {_available(name, asked, provider)}")
    advice = "Change a requirement or constraint, or patch a package's requirements."
    own = {need.identifier[0] for need in needs if len(need.chain) == 1 and need.requirement.url is None}
    unknown = next((name for name in names if name in own & provider.finder.unknown), None)
    if unknown is not None:
        advice = f"Is {unknown} spelled correctly? Name another index in pip's settings or with --index-url."
    elif _is_conflict(what, needs):
        advice += " If the top level need not be installed together: --skip-constraints."
    return "\n".join([f"{what}: no versions fit all requirements.", *rows, advice])


def _is_conflict(what: str, needs: Sequence[Need]) -> bool:
    """Return whether requirements of the top level contradict each other, each of which may have a solution."""
    direct = {str(need.requirement) for need in needs if len(need.chain) == 1}
    return what == TOPLEVEL and (len(direct) > 1 or len(set(map(_root, needs))) > 1)


def _unfit(needs: Sequence[Need], provider: Provider) -> tuple[str, ...]:
    """Return the requirements of a conflict that no version fits, even without the others."""
    alone = (
        need for need in needs if not provider.find_matches(need.identifier, {need.identifier: iter([need])}, _NONE)
    )
    return tuple(dict.fromkeys(str(need.requirement) for need in alone))


def _chain(need: Need) -> str:
    who = [*reversed(need.chain[1:]), need.chain[0]]
    return ", required by ".join(who)


def _root(need: Need) -> tuple[str, str]:
    """Return the requirement of the top level that a need comes from: its place and its package."""
    return need.chain[0], need.chain[1].partition(" ")[0] if len(need.chain) > 1 else need.identifier[0]


def _available(name: str, needs: Sequence[Need], provider: Provider) -> str:
    if name not in provider.finder.fixed and any(need.requirement.url for need in needs):
        return f"addresses are used only from the top level: add {name} with its address to the requirements"
    candidates = provider.candidates(name)
    left_out = _left_out(name, needs, provider)
    if left_out:
        return left_out
    if not candidates:
        return provider.finder.missing.get(name) or (
            f"{name} has no version within the age limits (--min-release-age, --max-release-age)"
        )
    plain = [Need(Requirement(name + str(need.requirement.specifier)), need.chain) for need in needs]
    named = provider.lets_prereleases_in(name, plain)
    taken = [candidate for candidate in candidates if named or not candidate.version.is_prerelease]
    each = [candidate for candidate in taken if all(provider.fits(need, candidate) for need in plain)]
    if each:
        return f"{name} would fit as {_versions([one.version for one in each])}, but the requirements of these do not"
    fitting = [candidate.version for candidate in candidates if all(provider.fits(need, candidate) for need in plain)]
    if fitting:
        return (
            f"{name} would fit as {_versions(fitting)}, but only as a pre-release: a requirement or constraint that "
            f"names one, such as {name}=={fitting[0]}, allows it"
        )
    return f"{name} is available as {_versions([candidate.version for candidate in candidates])}"


def _left_out(name: str, needs: Sequence[Need], provider: Provider) -> str:
    """Explain why versions that would fit are excluded; empty if there are none or if other versions fit."""
    taken = {candidate.version for candidate in provider.candidates(name)}
    specifiers = [need.requirement.specifier for need in needs]
    fitting = {
        version: reason
        for version, reason in sorted(provider.finder.left_out.get(name, {}).items(), reverse=True)
        if version not in taken
        and provider.constraints.allows(name, version)
        and all(specifier.contains(version, prereleases=True) for specifier in specifiers)
    }
    others = any(all(one.contains(version, prereleases=True) for one in specifiers) for version in taken)
    if not fitting or others:
        return ""
    shown = [f"{version} ({reason})" for version, reason in list(fitting.items())[:_SHOWN]]
    more = f" and {len(fitting) - _SHOWN} more" if len(fitting) > _SHOWN else ""
    return f"{name} would fit as {', '.join(shown)}{more}, which can't be used"


def _versions(versions: Sequence[Version]) -> str:
    more = f" and {len(versions) - _SHOWN} older" if len(versions) > _SHOWN else ""
    return ", ".join(map(str, versions[:_SHOWN])) + more
