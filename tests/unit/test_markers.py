"""Markers are those of the Python that a collection is made for."""

import sys

import pytest
from packaging.requirements import Requirement

from fromager_gen.resolve.markers import applies, environment

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHER = "3.13" if OWN != "3.13" else "3.12"


def test_the_python_that_runs_this_is_known_to_its_patch_level() -> None:
    found = environment(OWN)

    assert (found["python_version"], found["python_full_version"]) == (OWN, sys.version.split()[0])
    assert found["sys_platform"] == sys.platform


def test_another_python_is_taken_to_be_its_newest() -> None:
    found = environment(OTHER)

    assert {found[name] for name in ("python_full_version", "implementation_version")} == {f"{OTHER}.99"}
    assert found["python_version"] == OTHER
    assert found["sys_platform"] == sys.platform


@pytest.mark.parametrize(
    ("text", "python", "holds"),
    [
        ("a", "3.12", True),
        ("a; python_version >= '3.12'", "3.12", True),
        ("a; python_version < '3.10'", "3.12", False),
        ("a; python_version < '3.10'", "3.9", True),
        ("a; python_full_version >= '3.9.5'", "3.9", True),
        ("a; platform_python_implementation == 'Nobody'", "3.12", False),
    ],
)
def test_a_marker_is_held_against_that_python(text: str, python: str, holds: bool) -> None:
    assert applies(Requirement(text), (), environment(python)) is holds


@pytest.mark.parametrize(
    ("text", "extras", "holds"),
    [
        ("a; extra == 'x'", (), False),
        ("a; extra == 'x'", ("x",), True),
        ("a; extra == 'x'", ("y",), False),
        ("a; extra == 'x'", ("y", "x"), True),
        ("a; extra == 'My_Extra'", ("my-extra",), True),
        ("a; extra == 'x' and extra == 'y'", ("x", "y"), False),
        ("a; extra == 'x' and python_version < '3'", ("x",), False),
        ("a; python_version > '3'", ("x",), True),
    ],
)
def test_each_extra_is_looked_at_for_itself(text: str, extras: tuple[str, ...], holds: bool) -> None:
    """As Fromager has it."""
    assert applies(Requirement(text), extras, environment("3.12")) is holds
