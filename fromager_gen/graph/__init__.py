"""graph.json as nodes and edges, written by Fromager or by fromager-gen, and computations on the graph alone."""

from fromager_gen.graph.best_fit import Fit, Fits, best_fits
from fromager_gen.graph.check import Checked, Duplicate, Fault, check_graph
from fromager_gen.graph.closure import build_closure, build_order, build_requirements, by_longest_chain, install_closure
from fromager_gen.graph.constraints import make_constraints
from fromager_gen.graph.dot import to_dot
from fromager_gen.graph.duplicates import explain_duplicates
from fromager_gen.graph.minimal import minimal_requirements
from fromager_gen.graph.model import BUILD_KINDS, KINDS, Edge, Graph, Node
from fromager_gen.graph.order import Step, read_build_order
from fromager_gen.graph.read import InvalidGraphError, parse_graph, read_graph
from fromager_gen.graph.rounds import BuildRounds, build_rounds
from fromager_gen.graph.subset import subset
from fromager_gen.graph.walk import find_nodes, similar
from fromager_gen.graph.why import TO_THE_ROOT, why
from fromager_gen.graph.write import graph_json

__all__ = [
    "BUILD_KINDS",
    "KINDS",
    "TO_THE_ROOT",
    "BuildRounds",
    "Checked",
    "Duplicate",
    "Edge",
    "Fault",
    "Fit",
    "Fits",
    "Graph",
    "InvalidGraphError",
    "Node",
    "Step",
    "best_fits",
    "build_closure",
    "build_order",
    "build_requirements",
    "build_rounds",
    "by_longest_chain",
    "check_graph",
    "explain_duplicates",
    "find_nodes",
    "graph_json",
    "install_closure",
    "make_constraints",
    "minimal_requirements",
    "parse_graph",
    "read_build_order",
    "read_graph",
    "similar",
    "subset",
    "to_dot",
    "why",
]
