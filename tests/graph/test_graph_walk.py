"""The order of walks, which is Fromager's, and the lookup of nodes by a name from the command line."""

import pytest
from packaging.version import Version
from support.samples import make_graph

from fromager_gen.errors import GraphError, InputError
from fromager_gen.graph.walk import (
    Use,
    find_nodes,
    install_keys,
    install_uses,
    install_versions,
    specifier,
    uses,
    walk,
)

GRAPH = make_graph(
    {
        "": ["toplevel a==1", "toplevel b==1"],
        "a==1": ["install c==1 c<2", "build-system d==1"],
        "b==1": ["install c==2", "install a==1"],
        "c==1": [],
        "c==2": ["install b==1"],
        "d==1": ["install e==1"],
        "e==1": [],
    }
)


def test_the_last_edge_is_followed_first() -> None:
    assert [(key, edge.key) for key, edge in walk(GRAPH)] == [
        ("", "a==1"), ("", "b==1"), ("b==1", "c==2"), ("b==1", "a==1"), ("a==1", "c==1"), ("a==1", "d==1"),
        ("d==1", "e==1"), ("c==2", "b==1"),
    ]  # fmt: skip


def test_uses_have_their_parent_and_the_order_of_the_walk() -> None:
    found = uses(GRAPH)

    assert list(found) == ["a==1", "b==1", "c==2", "c==1", "d==1", "e==1"]
    assert [use.parent for use in found["a==1"]] == [None, GRAPH.nodes["b==1"]]
    assert found["c==1"] == [Use(GRAPH.nodes["a==1"], GRAPH.nodes["a==1"].edges[0])]


def test_packages_that_only_builds_need_are_not_installed() -> None:
    assert install_keys(GRAPH) == ["a==1", "c==1", "b==1", "c==2"]
    assert {name: [str(node) for node in nodes] for name, nodes in install_versions(GRAPH).items()} == {
        "a": ["a 1"], "b": ["b 1"], "c": ["c 1", "c 2"],
    }  # fmt: skip


def test_build_edges_are_not_install_uses() -> None:
    assert install_uses(uses(GRAPH), GRAPH.nodes["d==1"]) == []
    assert len(install_uses(uses(GRAPH), GRAPH.nodes["a==1"])) == 2


def test_a_chain_longer_than_the_recursion_limit_is_walked() -> None:
    chain = {f"p{number}==1": [f"install p{number + 1}==1"] for number in range(2000)}

    assert len(install_keys(make_graph({"": ["toplevel p0==1"], **chain, "p2000==1": []}))) == 2001


def test_the_error_for_an_invalid_requirement_names_both_ends() -> None:
    known = uses(make_graph({"": ["toplevel a==1"], "a==1": ["install b==1 b>>1"], "b==1": []}))

    with pytest.raises(GraphError, match=r"a==1 requires b==1 by 'b>>1', which is not a valid requirement: .*"):
        specifier(known["b==1"][0])


def test_the_error_for_an_invalid_requirement_names_the_root() -> None:
    with pytest.raises(GraphError, match="the root requires a==1 by '!'"):
        specifier(uses(make_graph({"": ["toplevel a==1 !"], "a==1": []}))["a==1"][0])


@pytest.mark.parametrize("name", ["c", "C"])
def test_nodes_are_found_by_any_spelling_in_the_order_of_the_walk(name: str) -> None:
    assert [node.version for node in find_nodes(GRAPH, name)] == ["2", "1"]
    assert [node.version for node in find_nodes(GRAPH, name, [Version("1.0")])] == ["1"]


def test_the_error_for_a_missing_package_suggests_similar_names() -> None:
    graph = make_graph({"": ["toplevel some-name==1"], "some-name==1": []})

    with pytest.raises(InputError, match=r"^the package 'some_nam' was not found in graph; did you mean some-name\?$"):
        find_nodes(graph, "some_nam")
    with pytest.raises(InputError, match=r"^the package 'x\\ny' was not found in graph$"):
        find_nodes(graph, "x\ny")


def test_the_error_for_a_missing_version_lists_the_versions_in_the_graph() -> None:
    with pytest.raises(InputError, match=r"^c 3, 4 was not found in graph, which has 2, 1$"):
        find_nodes(GRAPH, "c", [Version("3"), Version("4")])
