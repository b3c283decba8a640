"""A graph is written as Fromager writes it, without loss."""

import json
from pathlib import Path

import pytest
from support.samples import document, make_graph

from fromager_gen.graph import graph_json, parse_graph

ROOT = Path(__file__).parents[2]


def test_the_text_is_that_of_fromager() -> None:
    graph = make_graph({"": ["toplevel a==1 a<2"], "a==1": []}, a={"constraint": "a<3", "pre_built": True})

    assert graph_json(graph) == (
        '{\n  "": {\n    "download_url": "",\n    "pre_built": false,\n    "version": "0",\n'
        '    "canonicalized_name": "",\n    "constraint": null,\n    "edges": [\n      {\n        "key": "a==1",\n'
        '        "req_type": "toplevel",\n        "req": "a<2"\n      }\n    ]\n  },\n  "a==1": {\n'
        '    "download_url": "http://index.test/files/a-1.tar.gz",\n    "pre_built": true,\n    "version": "1",\n'
        '    "canonicalized_name": "a",\n    "constraint": "a<3",\n    "edges": []\n  }\n}'
    )


def test_nodes_are_in_the_order_of_the_walk() -> None:
    nodes = {"": ["toplevel a==1", "toplevel b==1"], "a==1": ["install c==1"], "b==1": ["install d==1"]}

    assert list(json.loads(graph_json(make_graph({**nodes, "c==1": [], "d==1": []})))) == [
        "", "b==1", "d==1", "a==1", "c==1",
    ]  # fmt: skip


def test_a_graph_that_is_read_and_written_is_unchanged() -> None:
    nodes = {"": ["toplevel a==1"], "a==1": ["install b==1 b; x == 'y'", "build-sdist a==1"], "b==1": ["install a==1"]}
    raw = document(nodes, b={"constraint": 'b<2; python_version > "3"'})

    assert json.loads(graph_json(parse_graph(json.dumps(raw), "g"))) == raw


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/graph.json")), ids=lambda path: path.parent.name)
def test_graphs_written_by_fromager_are_unchanged(path: Path) -> None:
    text = path.read_text()

    assert graph_json(parse_graph(text, "g")) == text.rstrip("\n")
