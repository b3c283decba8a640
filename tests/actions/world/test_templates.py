"""Fromager's templates for a package's variables."""

import pytest

from actions.errors import ActionError
from actions.world.templates import expand


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("plain", "plain"),
        ("$A", "1"),
        ("${A}", "1"),
        ("${A}$A", "11"),
        ("x${A}y", "x1y"),
        ("$A.b", "1.b"),
        ("${NONE:-default}", "default"),
        ("${NONE:-}", ""),
        ("${NONE:-a b/c}", "a b/c"),
        ("${A:-default}", "1"),
        ("${EMPTY:-default}", ""),
        ("$$A", "$A"),
        ("$${A}", "${A}"),
        ("100$$", "100$"),
        ("${EMPTY}|", "|"),
        ("é", "é"),
    ],
)
def test_templates_of_fromager(template: str, wanted: str) -> None:
    assert expand({"A": "1", "EMPTY": ""}, [("X", template)])["X"] == wanted


@pytest.mark.parametrize("template", ["${A:+x}", "100$", "${1}", "${A", "${NONE:-http://x}", "${é}"])
def test_an_invalid_template_is_refused(template: str) -> None:
    with pytest.raises(ActionError, match=r"setting env\.X = '"):
        expand({"A": "1"}, [("X", template)])


@pytest.mark.parametrize("template", ["$NONE", "${NONE}"])
def test_an_error_names_the_unset_variable_and_the_remedy(template: str) -> None:
    with pytest.raises(
        ActionError, match=r"setting env\.X = '.*' needs \$\{NONE\}, which is not set in builds.*\$\{NONE:-\.\.\.\}"
    ):
        expand({}, [("X", template)])


def test_each_template_sees_the_variables_before_it() -> None:
    settings = [("A", "${A} more"), ("B", "$A!"), ("A", "$B?"), ("C", "$A")]

    assert expand({"A": "1"}, settings) == {"A": "1 more!?", "B": "1 more!", "C": "1 more!?"}


def test_a_template_does_not_see_later_variables() -> None:
    with pytest.raises(ActionError, match=r"needs \$\{B\}"):
        expand({}, [("A", "$B"), ("B", "1")])


def test_the_given_variables_are_not_changed() -> None:
    given = {"A": "1"}
    expand(given, [("A", "2"), ("B", "3")])

    assert given == {"A": "1"}


def test_the_first_default_applies_to_the_whole_value() -> None:
    """As in Fromager."""
    assert expand({}, [("X", "${N:-1} ${N:-2}")])["X"] == "1 1"
