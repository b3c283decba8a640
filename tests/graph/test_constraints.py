"""One version for each package that a collection installs, and the names of packages in conflict."""

import pytest
from support.samples import make_graph

from fromager_gen.errors import GraphError
from fromager_gen.graph.constraints import make_constraints

USERS = {"a==1": ["install c==2.0 c>=1"], "c==2.0": [], "c==1.5": []}


def text(nodes: dict[str, list[str]]) -> str:
    made = make_constraints(make_graph(nodes))
    assert made.conflicts == ()
    return made.to_text()


def test_packages_that_only_builds_need_are_left_out() -> None:
    nodes = {"": ["toplevel b==1"], "b==1": ["install a==2", "build-system x==1"], "a==2": [], "x==1": []}

    assert text(nodes) == "a==2\nb==1\n"


def test_the_highest_version_that_all_accept_with_a_note() -> None:
    nodes = {"": ["toplevel a==1", "toplevel b==1"], "b==1": ["install c==1.5 c<2"], **USERS}

    assert text(nodes) == "a==1\nb==1\n# NOTE: fromager selected c==1.5 from: ['1.5', '2.0']\nc==1.5\n"


def test_versions_are_ordered_as_versions() -> None:
    nodes = {
        "": ["toplevel a==1", "toplevel b==1"],
        "a==1": ["install c==9 c"], "b==1": ["install c==10 c>1"], "c==9": [], "c==10": [],
    }  # fmt: skip

    assert "# NOTE: fromager selected c==10 from: ['9', '10']\nc==10\n" in text(nodes)


def test_a_conflict_is_reported_and_the_other_packages_are_decided() -> None:
    nodes = {
        "": ["toplevel a==1", "toplevel b==1"],
        "a==1": ["install c==2.0 c>=1.8"],
        "b==1": ["install c==1.5 c<1.6"],
    }
    made = make_constraints(make_graph({**nodes, "c==2.0": [], "c==1.5": []}))

    assert made.conflicts == ("c",)
    assert made.to_text() == "a==1\nb==1\n"


def test_requirements_of_the_top_level_count_like_all_others() -> None:
    nodes = {"": ["toplevel c==1.5 c==1.5", "toplevel a==1"], **USERS}

    assert "\nc==1.5\n" in text(nodes)


def test_two_top_level_versions_that_exclude_each_other_are_a_conflict() -> None:
    graph = make_graph({"": ["toplevel a==1 a==1", "toplevel a==2 a==2"], "a==1": [], "a==2": []})

    assert make_constraints(graph).conflicts == ("a",)


def test_requirements_of_a_version_that_was_not_chosen_do_not_count_for_any_order_of_names() -> None:
    nodes = {
        "": ["toplevel z==1", "toplevel y==1"], "y==1": ["install z==2 z>1"],
        "z==1": ["install a==1 a==1"], "z==2": ["install a==2 a==2"], "a==1": [], "a==2": [],
    }  # fmt: skip

    assert "\na==2\n" in text(nodes)


def test_a_package_without_remaining_dependents_gets_its_highest_version() -> None:
    nodes = {
        "": ["toplevel a==1", "toplevel a==2 a>1"],
        "a==1": ["install c==1 c<2", "install c==2 c>1"], "a==2": [], "c==1": [], "c==2": [],
    }  # fmt: skip

    assert "\nc==2\n" in text(nodes)


def test_packages_whose_choices_depend_on_each_other_stay_in_conflict() -> None:
    nodes = {
        "": ["toplevel a==1 a<2", "toplevel a==2 a>1", "toplevel b==1"],
        "a==1": ["install b==1 b<2"], "a==2": ["install b==2 b>1"], "b==1": [], "b==2": [],
    }  # fmt: skip

    assert make_constraints(make_graph(nodes)).conflicts == ("a", "b")


def test_an_invalid_requirement_is_an_error_only_if_a_choice_depends_on_it() -> None:
    assert text({"": ["toplevel a==1 ?"], "a==1": []}) == "a==1\n"
    with pytest.raises(GraphError, match="'c=1', which is not a valid requirement"):
        text({"": ["toplevel a==1", "toplevel c==1.5"], **USERS, "a==1": ["install c==2.0 c=1"]})
