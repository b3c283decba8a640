"""Solve one set of requirements: versions that fit all of them, or why there are none."""

import logging
from collections.abc import Collection, Mapping, Sequence
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
# What the requirements of the top level are called.
TOPLEVEL = "the requirements"
_ROUNDS = 20_000
_SHOWN = 5


@dataclass(frozen=True)
class Solution:
    """One version of each package, and the extras it is asked for with."""

    chosen: dict[str, Candidate]
    extras: dict[str, tuple[str, ...]]
    left: dict[str, tuple[Candidate, str]] = field(default_factory=dict)
    """Of each package the first candidate that did not fit what was chosen by then, and why, by name."""


class _Reporter(BaseReporter[Need, Choice, Identifier]):
    """Keeps why a package's first candidate did not fit; that of the older ones is most often the same."""

    def __init__(self) -> None:
        self.left: dict[str, tuple[Candidate, str]] = {}

    def rejecting_candidate(self, criterion: Criterion[Need, Choice], candidate: Choice) -> None:
        tried = candidate.candidate
        if tried.name not in self.left:
            needs = dict.fromkeys(f"{need.requirement} ({_chain(need)})" for need in criterion.iter_requirement())
            self.left[tried.name] = tried, f"{tried} is not taken: nothing fits {' and '.join(needs)}"


def solve(needs: Sequence[Need], provider: Provider, what: str) -> Solution:
    """Choose versions, going back on a choice where it leads nowhere.

    Args:
        needs: the requirements.
        provider: candidates and their needs.
        what: whose requirements these are, for the error.

    Raises:
        ResolutionError: there are none; it says which requirements of which packages collide.
    """
    if not needs:
        return Solution({}, {})
    reporter = _Reporter()
    try:
        state = _Resolution(provider, reporter).resolve(needs, max_rounds=_ROUNDS)
    except ResolutionImpossible as err:
        raise ResolutionError(_explained(what, [cause.requirement for cause in err.causes], provider)) from None
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
    """resolvelib's, without a flaw of it.

    Where a new choice rules out an earlier one, what that one needs is forgotten, but the earlier choice stays; if the
    new one is ruled out in turn, the earlier fits again, and what it needs is not asked for any more.
    """

    def _remove_information_from_criteria(
        self, criteria: dict[Identifier, Criterion[Need, Choice]], parents: Collection[Identifier]
    ) -> None:
        super()._remove_information_from_criteria(criteria, parents)
        for key in parents:
            self.state.mapping.pop(key, None)  # to be chosen again, with what it needs


def _needed(
    needs: Sequence[Need], mapping: Mapping[Identifier, Choice], provider: Provider, what: str
) -> dict[Identifier, Choice]:
    """Return the choices that the requirements lead to; going back leaves others behind.

    resolvelib's own `Resolver` asks of each choice for a way to the root, and never ends where what was left behind is
    a cycle.
    """
    found: dict[Identifier, Choice] = {}
    todo = list(needs)
    while todo:
        need = todo.pop()
        choice = mapping.get(need.identifier)
        if choice is None or not provider.is_satisfied_by(need, choice):
            raise ResolutionError(
                f"{what}: the versions that were found leave out {need.requirement}, which {_chain(need)} asks for. "
                f"Constrain {need.identifier[0]}."
            )
        if need.identifier not in found:
            found[need.identifier] = choice
            todo += provider.get_dependencies(choice)
    return found


def _explained(what: str, needs: Sequence[Need], provider: Provider) -> str:
    """Say in words what can't hold together: each requirement, who asks for it, and by which chain."""
    rows: list[str] = []
    names = dict.fromkeys(need.identifier[0] for need in needs)
    for name in names:
        asked = [need for need in needs if need.identifier[0] == name]
        rows += list(dict.fromkeys(f"  {need.requirement} is asked for by {_chain(need)}" for need in asked))
        constraint = provider.constraints.by_name.get(name)
        if constraint is not None:
            rows.append(f"  {constraint.text} is the constraint of {constraint.where}")
        rows.append(f"  {_available(name, asked, provider)}")
    advice = "Change a requirement or constraint, or patch a package's requirements."
    own = {need.identifier[0] for need in needs if len(need.chain) == 1 and need.requirement.url is None}
    unknown = next((name for name in names if name in own & provider.finder.unknown), None)
    if unknown is not None:
        advice = f"Is {unknown} spelt as the index has it? Another index is named by pip's settings or --index-url."
    elif what == TOPLEVEL and len(set(map(_root, needs))) > 1:
        advice += " Where the top level need not be installed together: --skip-constraints."
    return "\n".join([f"{what}: no versions fit all requirements.", *rows, advice])


def _chain(need: Need) -> str:
    who = [*reversed(need.chain[1:]), need.chain[0]]
    return ", needed by ".join(who)


def _root(need: Need) -> tuple[str, str]:
    """Return of which requirement of the top level a need comes: where it stands, and its package."""
    return need.chain[0], need.chain[1].partition(" ")[0] if len(need.chain) > 1 else need.identifier[0]


def _available(name: str, needs: Sequence[Need], provider: Provider) -> str:
    if name not in provider.finder.fixed and any(need.requirement.url for need in needs):
        return f"an address is taken from the top level alone: add {name} with its address to the requirements"
    candidates = provider.candidates(name)
    left_out = _left_out(name, needs, provider)
    if left_out:
        return left_out
    if not candidates:
        return provider.finder.missing.get(name) or (
            f"{name} has no version of the age that is asked for (--min-release-age, --max-release-age)"
        )
    plain = [Need(Requirement(name + str(need.requirement.specifier)), need.chain) for need in needs]
    named = provider.lets_prereleases_in(name, plain)
    taken = [candidate for candidate in candidates if named or not candidate.version.is_prerelease]
    each = [candidate for candidate in taken if all(provider.fits(need, candidate) for need in plain)]
    if each:
        return f"{name} would fit as {_versions([one.version for one in each])}, but what these need does not"
    fitting = [candidate.version for candidate in candidates if all(provider.fits(need, candidate) for need in plain)]
    if fitting:
        return (
            f"{name} would fit as {_versions(fitting)}, but only as a pre-release: a requirement or constraint that "
            f"names one, such as {name}=={fitting[0]}, lets it in"
        )
    return f"{name} is there as {_versions([candidate.version for candidate in candidates])}"


def _left_out(name: str, needs: Sequence[Need], provider: Provider) -> str:
    """Say why versions that the requirements fit may not be taken, nothing where there are none or others fit."""
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
    return f"{name} would fit as {', '.join(shown)}{more}, which may not be taken"


def _versions(versions: Sequence[Version]) -> str:
    more = f" and {len(versions) - _SHOWN} older" if len(versions) > _SHOWN else ""
    return ", ".join(map(str, versions[:_SHOWN])) + more
