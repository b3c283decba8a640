"""Rounds of builds: what waits for what, exclusive builds, and cycles."""

import pytest
from support.samples import make_graph

from fromager_gen.errors import BuildCycleError
from fromager_gen.graph import BuildRounds, build_rounds

NODES = {
    "": ["toplevel top==1"],
    "top==1": ["install run==1", "build-system tool==1", "build-backend tool==2"],
    "run==1": ["install top==1"],
    "tool==1": ["install helper==1", "build-sdist tool==2"],
    "tool==2": [],
    "helper==1": ["install tool==1"],
}


def test_a_build_waits_for_build_edges_and_their_install_edges() -> None:
    """Install edges of the package itself are not waited for, and they may form cycles."""
    assert build_rounds(make_graph(NODES)) == BuildRounds(
        needed=("helper==1", "tool==1", "tool==2"),
        exclusive=(),
        rounds=(("helper==1", "run==1", "tool==2"), ("tool==1",), ("top==1",)),
    )


def test_exclusive_builds_come_after_the_others_and_needed_ones_first() -> None:
    found = build_rounds(make_graph(NODES), {"run", "tool", "absent"})

    assert found.exclusive == ("run==1", "tool==1", "tool==2")
    assert found.rounds == (("helper==1",), ("tool==2",), ("tool==1",), ("top==1",), ("run==1",))


def test_exclusive_builds_are_ordered_by_version() -> None:
    nodes = {"": ["toplevel a==10", "toplevel a==9"], "a==10": [], "a==9": []}

    assert build_rounds(make_graph(nodes), {"a"}).rounds == (("a==9",), ("a==10",))


def test_a_cycle_of_builds_is_an_error() -> None:
    nodes = {
        "": ["toplevel a==1"],
        "a==1": ["build-system b==1"],
        "b==1": ["install c==1"],
        "c==1": ["build-sdist a==1"],
    }

    with pytest.raises(BuildCycleError, match="needs itself to be built"):
        build_rounds(make_graph(nodes))
