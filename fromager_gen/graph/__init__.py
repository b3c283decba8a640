"""First stage: graph.json, Fromager's or ours, as nodes and edges."""

from fromager_gen.graph.model import BUILD_KINDS, Edge, Graph, Node
from fromager_gen.graph.read import parse_graph, read_graph

__all__ = ["BUILD_KINDS", "Edge", "Graph", "Node", "parse_graph", "read_graph"]
