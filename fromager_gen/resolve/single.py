"""Choose the version of one requirement, without its own requirements."""

from collections.abc import Mapping

from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.provider import Need, Provider
from fromager_gen.resolve.requirements import Asked, Constraints, is_pin
from fromager_gen.resolve.solve import solve


def best_version(asked: Asked, finder: Finder, constraints: Constraints, variables: Mapping[str, str]) -> Candidate:
    """Return the version that a bootstrap chooses for a requirement of the top level, regardless of other packages.

    Args:
        asked: the requirement, by name.
        finder: the versions on the index.
        constraints: constraints of all packages.
        variables: variables of markers.

    Raises:
        ResolutionError: no version fits; the message names the versions that there are.
        FetchError: the index can't be reached.
        SettingsError: the package has settings that a bootstrap does not support.
    """
    pinned = frozenset({asked.name}) if is_pin(asked.requirement.specifier) else frozenset[str]()
    provider = Provider(finder, constraints, lambda candidate: (), variables, {}, pinned)
    found = solve([Need(asked.requirement, (asked.where,))], provider, str(asked.requirement))
    return found.chosen[asked.name]
