"""The reasons why a package is in a graph, line by line in Fromager's format."""

from collections.abc import Collection

from support.samples import make_graph

from fromager_gen.graph import Graph
from fromager_gen.graph.why import TO_THE_ROOT, why

GRAPH = make_graph(
    {
        "": ["toplevel top==1 top>=1"],
        "top==1": ["install mid==1 mid<2", "build-system tool==1"],
        "mid==1": ["build-backend tool==1 tool>0", "install top==1"],
        "tool==1": [],
    },
    top={"constraint": "top<9"},
)


def lines(key: str, depth: int = 0, kinds: Collection[str] = (), graph: Graph = GRAPH) -> list[str]:
    return list(why(graph, [graph.nodes[key]], depth, kinds))


def test_depth_0_shows_direct_dependents_only() -> None:
    assert lines("tool==1") == [
        "",
        "tool==1",
        " * tool==1 is an build-system dependency of top==1 (constraint: top<9) with req tool",
        " * tool==1 is an build-backend dependency of mid==1 with req tool>0",
    ]


def test_a_package_of_the_top_level_with_its_constraint() -> None:
    assert lines("top==1") == [
        "",
        "top==1 (constraint: top<9)",
        " * top==1 (constraint: top<9) is a toplevel dependency with req top>=1",
        " * top==1 is an install dependency of mid==1 with req top",
    ]


def test_every_chain_to_the_top_level_and_a_cycle_ends() -> None:
    assert lines("mid==1", TO_THE_ROOT) == [
        "",
        "mid==1",
        " * mid==1 is an install dependency of top==1 (constraint: top<9) with req mid<2",
        "   * top==1 (constraint: top<9) is a toplevel dependency with req top>=1",
        "   * top==1 is an install dependency of mid==1 with req top",
        "     * mid==1 has a cycle",
    ]


def test_the_same_node_on_two_chains_is_not_a_cycle() -> None:
    text = "\n".join(lines("tool==1", TO_THE_ROOT))

    assert text.count("   * top==1 (constraint: top<9) is a toplevel dependency") == 2
    assert text.count("has a cycle") == 2


def test_depth_counts_as_in_fromager() -> None:
    nodes = {"": ["toplevel a==1"], "a==1": ["install b==1"], "b==1": ["install c==1"], "c==1": ["install d==1"]}
    chain = make_graph({**nodes, "d==1": []})

    assert [len(lines("d==1", depth, graph=chain)) - 2 for depth in (0, 1, 2, 3, TO_THE_ROOT)] == [1, 3, 4, 4, 4]


def test_only_some_kinds_are_followed_and_the_top_level_in_any_case() -> None:
    assert lines("top==1", TO_THE_ROOT, ["build-system"])[2:] == [
        " * top==1 (constraint: top<9) is a toplevel dependency with req top>=1"
    ]
    assert lines("tool==1", 0, ["build-backend"])[2:] == [
        " * tool==1 is an build-backend dependency of mid==1 with req tool>0"
    ]


def test_a_kind_without_edges_is_reported() -> None:
    assert lines("tool==1", 0, ["install", "build-sdist"])[2:] == [
        " * couldn't find any dependencies to tool that matches ['install', 'build-sdist']"
    ]


def test_several_versions_one_after_the_other() -> None:
    graph = make_graph({"": ["toplevel a==1", "toplevel a==2"], "a==1": [], "a==2": []})

    assert list(why(graph, list(graph), 0, ())) == [
        "", "a==1", " * a==1 is a toplevel dependency with req a",
        "", "a==2", " * a==2 is a toplevel dependency with req a",
    ]  # fmt: skip


def test_a_chain_longer_than_the_recursion_limit_is_followed() -> None:
    chain = {f"p{number}==1": [f"install p{number + 1}==1"] for number in range(2000)}
    graph = make_graph({"": ["toplevel p0==1"], **chain, "p2000==1": []})

    assert len(lines("p2000==1", TO_THE_ROOT, graph=graph)) == 2003
