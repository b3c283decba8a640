"""Environment markers, for the Python that a collection is made for."""

from collections.abc import Iterable, Mapping
from functools import cache

from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement

from fromager_gen import standards
from fromager_gen.interpreter import marker_variables


def environment(python: str) -> dict[str, str]:
    """Return the variables of markers for a Python version on this machine's platform.

    Args:
        python: with its patch level, such as ``3.12.1``.
    """
    return {**_as_mapping(default_environment()), **marker_variables(python)}


def _as_mapping(given: Environment) -> Mapping[str, str]:
    return {name: str(value) for name, value in given.items()}


@cache
def parsed(text: str) -> Requirement:
    """Return a requirement that was checked before; each text is read once in a run, and must not be changed."""
    return standards.requirement(text)


def applies(requirement: Requirement, extras: Iterable[str], variables: Mapping[str, str]) -> bool:
    """Tell whether a requirement holds for a parent that is asked for with these extras.

    As Fromager does it: one evaluation for each extra, or one without where there are none.
    """
    if requirement.marker is None:
        return True
    chosen = tuple(extras) or ("",)
    return any(requirement.marker.evaluate({**variables, "extra": extra}) for extra in chosen)
