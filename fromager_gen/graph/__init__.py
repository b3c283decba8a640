"""First stage: graph.json, Fromager's or ours, as nodes and edges, and what can be told from these alone."""

from fromager_gen.graph.model import BUILD_KINDS, Edge, Graph, Node
from fromager_gen.graph.read import parse_graph, read_graph
from fromager_gen.graph.write import graph_json

__all__ = ["BUILD_KINDS", "Edge", "Graph", "Node", "graph_json", "parse_graph", "read_graph"]
