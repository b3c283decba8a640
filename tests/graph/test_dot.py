"""Drawings of graphs: Fromager's shapes, and texts that are quoted for DOT."""

import re

import pytest
from support.samples import make_graph

from fromager_gen.graph import Edge, Graph, Node
from fromager_gen.graph.dot import quoted, to_dot

GRAPH = make_graph(
    {
        "": ["toplevel top==1 top>0"],
        "top==1": ['install mid==1 mid; python_version > "3"', "build-system tool==1", "install tool==1"],
        "mid==1": ["install leaf==1 leaf<2", "build-backend tool==1"],
        "leaf==1": ["install top==1"],
        "tool==1": ["build-system bin==1"],
        "bin==1": [],
    },
    bin={"pre_built": True},
)
STYLE = "color=black fillcolor=white fontcolor=black"


def rows(text: str) -> list[str]:
    assert text.startswith("digraph {\n\n")
    assert text.endswith("}\n")
    return [row.strip() for row in text.splitlines()[2:-1] if row]


def test_nodes_by_key_with_shapes_and_styles() -> None:
    shapes = {"top": "box", "leaf": "note", "mid": "trapezium", "bin": "box", "absent": "note"}

    assert rows(to_dot(GRAPH, shapes))[:6] == [
        f'node1 [label="*" style="filled,bold" {STYLE} shape=circle]',
        f'node2 [label="bin==1" style="filled,dashed" {STYLE} shape=parallelogram]',
        f'node3 [label="leaf==1" style="filled,bold" {STYLE} shape=note]',
        f'node4 [label="mid==1" style="filled,bold" {STYLE} shape=trapezium]',
        f'node5 [label="tool==1" style="filled,bold" {STYLE} shape=oval]',
        f'node6 [label="top==1" style="filled,bold" {STYLE} shape=box]',
    ]


def test_one_arrow_between_two_nodes_dotted_for_builds() -> None:
    assert rows(to_dot(GRAPH, {}))[6:] == [
        'node1 -> node6 [labeltooltip="top>0"]',
        "node6 -> node4 [labeltooltip=\"mid; python_version > '3'\"]",
        'node6 -> node5 [labeltooltip="tool" style=dotted]',
        'node4 -> node3 [labeltooltip="leaf<2"]',
        'node4 -> node5 [labeltooltip="tool" style=dotted]',
        'node5 -> node2 [labeltooltip="bin" style=dotted]',
        'node3 -> node6 [labeltooltip="top"]',
    ]


def test_install_only_leaves_out_build_edges_and_their_styles() -> None:
    found = rows(to_dot(GRAPH, {}, install_only=True))

    assert "bin==1" not in "".join(found)
    assert "dotted" not in "".join(found)
    assert found[0] == f'node1 [label="*" style="filled" {STYLE} shape=circle]'
    assert 'node5 -> node4 [labeltooltip="tool"]' in found


def test_overrides_only_joins_nodes_through_those_left_out() -> None:
    found = rows(to_dot(GRAPH, {"top": "box", "leaf": "note"}, overrides_only=True))

    assert found == [
        f'node1 [label="leaf==1" style="filled,bold" {STYLE} shape=note]',
        f'node2 [label="top==1" style="filled,bold" {STYLE} shape=box]',
        "node2 -> node1 [labeltooltip=\"mid; python_version > '3'\"]",
        'node1 -> node2 [labeltooltip="top"]',
    ]


def test_overrides_only_with_install_only() -> None:
    shapes = {"top": "box", "bin": "box"}

    assert rows(to_dot(GRAPH, shapes, overrides_only=True))[-2:] == [
        'node2 -> node1 [labeltooltip="tool"]',
        "node2 -> node2 [labeltooltip=\"mid; python_version > '3'\"]",
    ]
    assert "bin==1" not in to_dot(GRAPH, shapes, install_only=True, overrides_only=True)


def test_overrides_only_without_overrides_is_an_empty_drawing() -> None:
    assert to_dot(GRAPH, {}, overrides_only=True) == "digraph {\n\n\n}\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a", '"a"'), ('a"b', r'"a\"b"'), ("a\\", r'"a\\"'), ("a\nb\r", r'"a\nb\r"'), ("\\N", r'"\\N"')],
)
def test_special_characters_are_escaped(text: str, wanted: str) -> None:
    assert quoted(text) == wanted


def test_a_hostile_requirement_stays_in_its_quotes() -> None:
    evil = 'a"] evil [x="\\'
    node = Node('a"==1', 'a"', "1", "", False, ())
    text = to_dot(Graph({node.key: node}, (Edge(node.key, "toplevel", evil),)), {})
    without = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)

    assert "evil" not in without
    assert '"' not in without
