"""Faults of a graph, requirements that don't match, and packages in several versions."""

from support.samples import make_graph

from fromager_gen.graph import Duplicate, check_graph


def test_a_graph_without_faults() -> None:
    """Install edges may form cycles."""
    nodes = {"": ["toplevel a==1"], "a==1": ["install b==1", "build-system c==1"], "b==1": ["install a==1"], "c==1": []}
    found = check_graph(make_graph(nodes))

    assert (found.faults, found.warnings, found.duplicates) == ((), (), ())


def test_each_group_of_packages_that_need_each_other_is_a_fault_with_its_cycle() -> None:
    nodes = {
        "": ["toplevel a==1", "toplevel x==1"],
        "a==1": ["build-system b==1"],
        "b==1": ["install c==1"],
        "c==1": ["build-backend a==1"],
        "x==1": ["build-system x==1"],
    }
    first, second = check_graph(make_graph(nodes)).faults

    assert (first.kind, sorted(first.packages)) == ("build-cycle", ["a==1", "c==1"])
    assert "a 1 needs b 1 to be built, that needs c 1 to run; c 1 needs a 1 to be built" in first.message
    assert (second.kind, second.packages) == ("build-cycle", ("x==1",))
    assert second.message.startswith("x 1 needs itself to be built")


def test_a_build_environment_without_a_version_for_all_is_a_fault() -> None:
    nodes = {
        "": ["toplevel a==1"],
        "a==1": ["build-system b==1", "build-system c==1"],
        "b==1": ["install t==1 t<2"],
        "c==1": ["install t==2 t>=2"],
        "t==1": [],
        "t==2": [],
    }
    (fault,) = check_graph(make_graph(nodes)).faults

    assert (fault.kind, fault.packages) == ("build-conflict", ("a==1",))
    assert "its build environment would need several versions of t" in fault.message


def test_requirements_that_do_not_match_are_warnings() -> None:
    nodes = {
        "": ["toplevel a==1 a>=2"],
        "a==1": ["install b==1 c", "install b==1 b<<2", "install B==2rc1 b"],
        "b==1": [],
        "b==2rc1": [],
    }
    nodes["a==1"][2] = "install b==2rc1 B<3"
    found = check_graph(make_graph(nodes))

    assert found.warnings == (
        "the top level requires a==1 by 'a>=2', which does not accept this version",
        "a==1 requires b==1 by 'c', which names another package",
        "a==1 requires b==1 by 'b<<2', which is not a valid requirement",
    )


def test_duplicates_name_the_version_that_all_accept() -> None:
    nodes = {
        "": ["toplevel a==1", "toplevel t==2"],
        "a==1": ["install t==1 t<2", "build-system t==1.5 t>=1,<2", "install u==1 u<2", "install u==2 u>=2"],
        "t==1": [],
        "t==1.5": [],
        "t==2": [],
        "u==1": [],
        "u==2": [],
    }
    found = check_graph(make_graph(nodes))

    assert found.faults == ()
    assert found.duplicates == (
        Duplicate("t", ("1", "1.5", "2"), "1.5", (("1", "t<2", "a==1"), ("1.5", "t>=1,<2", "a==1"), ("2", "t", ""))),
        Duplicate("u", ("1", "2"), None, (("1", "u<2", "a==1"), ("2", "u>=2", "a==1"))),
    )


def test_a_prerelease_serves_all_only_if_no_release_does() -> None:
    nodes = {"": ["toplevel t==1", "toplevel t==2rc1"], "t==1": [], "t==2rc1": []}
    assert check_graph(make_graph(nodes)).duplicates[0].usable == "1"

    nodes[""][1] = "toplevel t==2rc1 t>=2rc1"
    assert check_graph(make_graph(nodes)).duplicates[0].usable == "2rc1"
