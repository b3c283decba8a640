"""Graphs of Fromager before 0.30: what is read from them, and damage in them."""

import json
from typing import Any

import pytest

from fromager_gen.errors import GraphError
from fromager_gen.graph import Edge, Graph, graph_json, parse_graph

OLD: dict[str, Any] = {
    "": [["install", "A.b", "1.0.0", "A.b[x] == 1.0.0"], ["toplevel", "c", "2", "c"]],
    "A.b==1.0.0": [["build-system", "d", "3", "d"], ["install", "c", "2.0", "c>=1"]],
    "c==2.0": [["install", "A.b", "1.0.0", "a.b"]],
    "c==2": [],
}


def read(raw: Any) -> Graph:
    return parse_graph(json.dumps(raw), "old.json")


def test_nodes_edges_and_the_top_level_are_read() -> None:
    graph = read({**OLD, "c==2.0": []} | {"": OLD[""][:1]} | {"A.b==1.0.0": [["build-system", "d", "3", "d>=1"]]})

    assert list(graph.nodes) == ["a-b==1.0.0", "d==3"]
    assert graph.toplevel == (Edge("a-b==1.0.0", "toplevel", "A.b[x]==1.0.0"),)
    assert graph.nodes["a-b==1.0.0"].edges == (Edge("d==3", "build-system", "d>=1"),)
    node = graph.nodes["d==3"]  # it has no key of its own in the file
    assert (node.url, node.pre_built, node.constraint, node.edges) == ("", False, None, ())


def test_one_version_in_two_forms_is_an_error_as_in_current_graphs() -> None:
    with pytest.raises(GraphError, match=r"'c==2\.0' and 'c==2' are the same version|'c==2' and 'c==2\.0' are"):
        read(OLD)


def test_two_spellings_of_a_name_are_one_package() -> None:
    graph = read({"": [["install", "A_b", "1", "A_b"]], "A_b==1": [], "a-b==1": [["install", "c", "1", "c"]]})

    assert [edge.key for edge in graph.nodes["a-b==1"].edges] == ["c==1"]


def test_the_written_graph_is_read_as_the_same_graph() -> None:
    graph = read({"": [["install", "a", "1", "a"]], "a==1": [["install", "a", "1", "a"]]})
    again = parse_graph(graph_json(graph), "new.json")

    assert (again.nodes, again.toplevel) == (graph.nodes, graph.toplevel)


def test_what_the_root_does_not_need_is_left_out_with_a_warning() -> None:
    graph = read({"": [["install", "a", "1", "a"]], "b==1": [["install", "c", "1", "c"]]})

    assert list(graph.nodes) == ["a==1"]
    assert "2 nodes are not reachable from the root" in graph.warnings[0]


def test_current_graph_whose_root_has_install_edges_is_read() -> None:
    """`graph migrate-graph` of Fromager writes it."""
    raw = json.loads(graph_json(read({"": [["install", "a", "1", "a"]]})))
    raw[""]["edges"][0]["req_type"] = "install"

    assert read(raw).toplevel == (Edge("a==1", "toplevel", "a"),)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("a", "'a' is not a list of kind, name, version and requirement"),
        (["install", "b", "1"], "is not a list of kind, name, version and requirement"),
        (["install", "b", 1, "b"], "is not a list of kind, name, version and requirement"),
        (None, "'None' is not a list of kind"),
        (["test", "b", "1", "b"], "an edge to 'b' of the unknown or misplaced kind 'test'"),
        (["toplevel", "b", "1", "b"], "an edge to 'b' of the unknown or misplaced kind 'toplevel'"),
        (["install", "../b", "1", "b"], "its requirement 'b': '../b' is not a valid package name"),
        (["install", "b", "one", "b"], "its requirement 'b': 'one' is not a valid PEP 440 version"),
        (["install", "b" * 200, "1", "b"], "has 200 characters; at most 120 fit"),
        (["install", "b", "1", "b\n\0"], "whose requirement is"),
    ],
)
def test_damaged_entry_is_an_error(entry: Any, says: str) -> None:
    with pytest.raises(GraphError) as raised:
        read({"": [["install", "a", "1", "a"]], "a==1": [entry]})

    assert says in str(raised.value)
    assert str(raised.value).startswith("old.json is not a valid graph")
    assert "'a==1'" in str(raised.value) or "bbb==1'" in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("$(x)==1", [], "node '$(x)==1': '$(x)' is not a valid package name"),
        ("a==", [], "node 'a==': '' is not a valid PEP 440 version"),
        ("a==1", {}, "node 'a==1' is a dict, not a list of requirements"),
        ("a==1", None, "node 'a==1' is a NoneType, not a list of requirements"),
    ],
)
def test_damaged_node_is_an_error(key: str, value: Any, says: str) -> None:
    with pytest.raises(GraphError) as raised:
        read({"": [["install", "a", "1", "a"]], key: value})

    assert says in str(raised.value)


def test_the_root_requires_no_builds() -> None:
    with pytest.raises(GraphError, match="node '' has an edge to 'a' of the unknown or misplaced kind 'build-system'"):
        read({"": [["build-system", "a", "1", "a"]]})


def test_all_problems_are_in_one_error() -> None:
    with pytest.raises(
        GraphError, match=r"(?s)old\.json is not a valid graph of Fromager before 0\.30: 3 problems.*x.*y"
    ):
        read({"": [["x"], ["y"]], "z": []})
