"""Write a graph as Fromager writes it: six keys per node, nodes in the order of a walk from the root."""

import json
from typing import Any

from fromager_gen.graph.model import ROOT, Graph, Node
from fromager_gen.graph.walk import edges_of

_ROOT_NODE = Node(ROOT, "", "0", "", False, ())


def graph_json(graph: Graph) -> str:
    """Return the text of graph.json, byte for byte as Fromager writes it, without a line end after the last bracket."""
    document: dict[str, Any] = {}
    todo = [ROOT]
    while todo:
        key = todo.pop()
        if key not in document:
            document[key] = _node(graph, key)
            todo += [edge.key for edge in edges_of(graph, key)]
    return json.dumps(document, indent=2)


def _node(graph: Graph, key: str) -> dict[str, Any]:
    node = graph.nodes.get(key, _ROOT_NODE)
    return {
        "download_url": node.url,
        "pre_built": node.pre_built,
        "version": node.version,
        "canonicalized_name": node.name,
        "constraint": node.constraint,
        "edges": [{"key": edge.key, "req_type": edge.kind, "req": edge.req} for edge in edges_of(graph, key)],
    }
