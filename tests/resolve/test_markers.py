"""Markers are evaluated for the Python of a collection."""

import sys

import pytest
from packaging.requirements import Requirement

from fromager_gen.resolve.markers import applies, environment


def test_variables_have_the_named_patch_level() -> None:
    found = environment("3.12.1")

    assert {found[name] for name in ("python_full_version", "implementation_version")} == {"3.12.1"}
    assert (found["python_version"], found["sys_platform"]) == ("3.12", sys.platform)


@pytest.mark.parametrize(
    ("text", "python", "holds"),
    [
        ("a", "3.12.1", True),
        ("a; python_version >= '3.12'", "3.12.1", True),
        ("a; python_version < '3.10'", "3.12.1", False),
        ("a; python_version < '3.10'", "3.9.0", True),
        ("a; python_full_version < '3.12.4'", "3.12.1", True),
        ("a; python_full_version < '3.12.4'", "3.12.4", False),
        ("a; platform_python_implementation == 'Nobody'", "3.12.1", False),
    ],
)
def test_a_marker_is_evaluated_for_that_python(text: str, python: str, holds: bool) -> None:
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
def test_a_marker_is_evaluated_for_each_extra(text: str, extras: tuple[str, ...], holds: bool) -> None:
    """As in Fromager."""
    assert applies(Requirement(text), extras, environment("3.12.1")) is holds
