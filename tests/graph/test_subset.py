"""Parts of a graph are valid graphs."""

from support.samples import make_graph

from fromager_gen.graph import Edge, Graph, graph_json, parse_graph
from fromager_gen.graph.subset import subset

GRAPH = make_graph(
    {
        "": ["toplevel top==1 top>0", "toplevel other==1"],
        "top==1": ["install mid==1", "install side==1"],
        "mid==1": ["install leaf==1", "build-system tool==1", "build-system tool==2"],
        "side==1": [],
        "other==1": ["install leaf==1", "install tool==2 tool"],
        "leaf==1": [],
        "tool==1": [],
        "tool==2": ["install leaf==1"],
    },
    mid={"constraint": "mid<2", "pre_built": True},
)


def part(*keys: str, dependencies: bool = True, dependents: bool = True) -> Graph:
    return subset(GRAPH, [GRAPH.nodes[key] for key in keys], dependencies, dependents)


def test_a_part_has_the_dependencies_and_dependents_of_a_package() -> None:
    found = part("mid==1")

    assert list(found.nodes) == ["leaf==1", "mid==1", "tool==1", "tool==2", "top==1"]
    assert found.toplevel == (Edge("top==1", "toplevel", "top>0"),)
    assert found.nodes["top==1"].children("install") == ["mid==1"]
    assert found.nodes["mid==1"] == GRAPH.nodes["mid==1"]


def test_dependencies_only_makes_the_package_the_top_level() -> None:
    found = part("mid==1", dependents=False)

    assert list(found.nodes) == ["leaf==1", "mid==1", "tool==1", "tool==2"]
    assert found.toplevel == (Edge("mid==1", "toplevel", "mid"),)


def test_dependents_only() -> None:
    found = part("mid==1", dependencies=False)

    assert list(found.nodes) == ["mid==1", "top==1"]
    assert found.nodes["mid==1"].edges == ()


def test_all_versions_or_one() -> None:
    assert "tool==1" not in part("tool==2").nodes
    assert list(part("tool==2").nodes) == ["leaf==1", "mid==1", "other==1", "tool==2", "top==1"]
    assert [edge.key for edge in part("tool==1", "tool==2", dependents=False).toplevel] == ["tool==1", "tool==2"]


def test_a_cycle_is_kept() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["install b==1"], "b==1": ["install a==1"]})

    assert subset(graph, [graph.nodes["b==1"]], dependents=False).nodes == graph.nodes


def test_every_part_can_be_read_again() -> None:
    for key in GRAPH.nodes:
        for found in (part(key), part(key, dependents=False), part(key, dependencies=False)):
            assert parse_graph(graph_json(found), "part") == found
