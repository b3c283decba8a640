"""Evaluate environment markers for the Python of a collection."""

from collections.abc import Iterable, Mapping
from functools import cache

from packaging.markers import Environment, default_environment
from packaging.requirements import Requirement

from fromager_gen import standards
from fromager_gen.interpreter import marker_variables


def environment(python: str) -> dict[str, str]:
    """Return the variables of markers for a Python version on this machine's platform.

    https://packaging.python.org/en/latest/specifications/dependency-specifiers/#environment-markers

    Args:
        python: version with its patch level, such as ``3.12.1``.
    """
    return {**_as_mapping(default_environment()), **marker_variables(python)}


def _as_mapping(given: Environment) -> Mapping[str, str]:
    return {name: str(value) for name, value in given.items()}


@cache
def parsed(text: str) -> Requirement:
    """Parse a requirement that is known to be valid; results are cached and must not be changed."""
    return standards.requirement(text)


def applies(requirement: Requirement, extras: Iterable[str], variables: Mapping[str, str]) -> bool:
    """Return whether a requirement's marker holds for a parent with these extras.

    As in Fromager, the marker is evaluated once for each extra, or once without an extra.
    """
    if requirement.marker is None:
        return True
    chosen = tuple(extras) or ("",)
    return any(requirement.marker.evaluate({**variables, "extra": extra}) for extra in chosen)
