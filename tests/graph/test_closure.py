"""Build closures: the packages installed while a package is built, in one version each, and build cycles."""

import itertools

import pytest
from support.samples import make_graph

from fromager_gen.errors import BuildCycleError, GraphError
from fromager_gen.graph import Graph
from fromager_gen.graph.closure import build_closure, build_order, by_longest_chain, install_closure


def closure(graph: Graph, key: str) -> tuple[str, ...]:
    return build_closure(graph, graph.nodes[key])


def order(graph: Graph) -> list[str]:
    return build_order(graph, {node.key: build_closure(graph, node) for node in graph})


def test_a_closure_follows_build_edges_then_install_edges() -> None:
    graph = make_graph(
        {
            "": ["toplevel a==1"],
            "a==1": ["build-system s==1", "build-backend w==1", "build-sdist x==1", "install i==1"],
            "s==1": ["install t==1", "build-system flit==1"],
            "t==1": ["install u==1"],
            **dict.fromkeys(["w==1", "x==1", "u==1", "i==1", "flit==1"], ()),
        }
    )

    assert closure(graph, "a==1") == ("s==1", "t==1", "u==1", "w==1", "x==1")
    assert closure(graph, "i==1") == ()


def test_install_cycles_are_fine() -> None:
    graph = make_graph(
        {
            "": ["toplevel top==1"],
            "top==1": ["build-system a==1", "install top==1 top[x]"],
            "a==1": ["install b==1", "install a==1 a[x]"],
            "b==1": ["install a==1"],
        }
    )

    assert closure(graph, "top==1") == ("a==1", "b==1")
    assert order(graph)[-1] == "top==1"


def test_a_pre_built_package_needs_nothing() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["build-system s==1"], "s==1": []}, a={"pre_built": True})

    assert closure(graph, "a==1") == ()


def two_versions(direct: str, of_a: str, of_b: str) -> Graph:
    """Return a graph in which top is built with a and b, whose requirements were resolved to two versions of six."""
    own = [f"build-system six=={direct} six"] if direct else []
    return make_graph(
        {
            "": ["toplevel top==1"],
            "top==1": [*own, "build-system a==1", "build-system b==1"],
            "a==1": [f"install six==1.15 {of_a}"],
            "b==1": [f"install six==1.16 {of_b}"],
            "six==1.15": [],
            "six==1.16": [],
        }
    )


@pytest.mark.parametrize("direct", ["1.15", "1.16"])
def test_the_packages_own_requirement_decides_between_two_versions(direct: str) -> None:
    graph = two_versions(direct, "six<=1.15", "six>=1.16")

    assert [key for key in closure(graph, "top==1") if key.startswith("six")] == [f"six=={direct}"]


@pytest.mark.parametrize(
    ("of_a", "of_b", "wanted"),
    [("six", "six", "1.16"), ("six<1.16", "six", "1.15"), ("six", "six>1.15", "1.16"), ("six ??", "six", "1.16")],
)
def test_the_highest_version_that_all_accept_is_chosen(of_a: str, of_b: str, wanted: str) -> None:
    assert f"six=={wanted}" in closure(two_versions("", of_a, of_b), "top==1")


def test_versions_are_compared_as_versions() -> None:
    graph = make_graph(
        {
            "": ["toplevel top==1"],
            "top==1": ["build-system a==1", "build-system b==1"],
            "a==1": ["install six==1.9"],
            "b==1": ["install six==1.10"],
            "six==1.9": [],
            "six==1.10": [],
        }
    )

    assert "six==1.10" in closure(graph, "top==1")


def test_versions_without_a_common_choice_are_an_error_with_both_requirements() -> None:
    with pytest.raises(GraphError) as raised:
        closure(two_versions("", "six<1.16", "six>1.15"), "top==1")
    message = str(raised.value)
    assert "top 1 can't be built" in message and "several versions of six" in message
    assert "a 1 requires 'six<1.16'" in message and "b 1 requires 'six>1.15'" in message
    assert "1.15" in message and "1.16" in message and "Constrain six" in message


def test_two_own_requirements_for_two_versions_are_decided_like_others() -> None:
    graph = make_graph(
        {
            "": ["toplevel top==1"],
            "top==1": ["build-system six==1.15 six<1.16", "build-backend six==1.16 six>1.15"],
            "six==1.15": [],
            "six==1.16": [],
        }
    )

    with pytest.raises(GraphError, match=r"top 1 requires 'six<1\.16'; top 1 requires 'six>1\.15'"):
        closure(graph, "top==1")


def test_dependencies_of_a_dropped_version_are_dropped_with_it() -> None:
    graph = make_graph(
        {
            "": ["toplevel top==1"],
            "top==1": ["build-system six==2", "build-system a==1"],
            "a==1": ["install six==1"],
            "six==1": ["install old==1"],
            "six==2": ["install new==1"],
            "old==1": [],
            "new==1": [],
        }
    )

    assert closure(graph, "top==1") == ("a==1", "new==1", "six==2")


@pytest.mark.parametrize("direct", list(itertools.permutations(["a==1", "b==1", "six==2"])), ids=" ".join)
def test_a_requirement_of_a_version_that_was_dropped_does_not_count(direct: tuple[str, ...]) -> None:
    """The package's own six 2 replaces six 1, so the requirements of six 1 don't count, in any order of the edges."""
    graph = make_graph(
        {
            "": ["toplevel top==1"],
            "top==1": [f"build-system {key}" for key in direct],
            "a==1": ["install six==1", "install lib==2 lib>1"],
            "b==1": ["install lib==1 lib"],
            "six==1": ["install lib==1 lib<2"],
            "six==2": [],
            "lib==1": [],
            "lib==2": [],
        }
    )

    assert closure(graph, "top==1") == ("a==1", "b==1", "lib==2", "six==2")


def test_a_package_in_its_own_build_environment_is_a_cycle() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["build-system a==1"]})

    with pytest.raises(BuildCycleError, match="a 1 needs itself to be built: a 1 needs a 1 to be built") as raised:
        order(graph)
    assert raised.value.exit_code == 4


def test_a_build_cycle_names_each_of_its_packages_once() -> None:
    graph = make_graph(
        {
            "": ["toplevel a==1", "toplevel other==1"],
            "a==1": ["build-system b==1"],
            "b==1": ["build-system c==1"],
            "c==1": ["build-system a==1"],
            "other==1": ["build-system a==1"],
        }
    )

    with pytest.raises(BuildCycleError) as raised:
        order(graph)
    message = str(raised.value)
    for step in ("a 1 needs b 1", "b 1 needs c 1", "c 1 needs a 1"):
        assert message.count(step) == 1
    assert "other" not in message and "pre_built: true" in message


def test_a_build_cycle_through_an_install_edge() -> None:
    graph = make_graph(
        {"": ["toplevel a==1"], "a==1": ["build-system b==1"], "b==1": ["install c==1"], "c==1": ["build-system a==1"]}
    )

    with pytest.raises(BuildCycleError, match=r"a 1 needs c 1|c 1 needs a 1"):
        order(graph)


def test_a_pre_built_package_breaks_a_cycle() -> None:
    nodes = {"": ["toplevel a==1"], "a==1": ["build-system b==1"], "b==1": ["build-system a==1"]}

    assert order(make_graph(nodes, b={"pre_built": True})) == ["b==1", "a==1"]


def test_a_version_may_be_built_with_another_version_of_its_package() -> None:
    graph = make_graph({"": ["toplevel a==2"], "a==2": ["build-system a==1"], "a==1": []})

    assert order(graph) == ["a==1", "a==2"]


@pytest.mark.timeout(120)
def test_deep_chains_need_no_recursion() -> None:
    size = 20_000
    nodes = {"": ["toplevel top==1"], "top==1": ["build-system p0==1"]}
    nodes |= {f"p{n}==1": [f"install p{n + 1}==1"] for n in range(size - 1)}
    graph = make_graph({**nodes, f"p{size - 1}==1": []})

    assert len(closure(graph, "top==1")) == size
    assert len(install_closure(graph, graph.nodes["p0==1"])) == size - 1


@pytest.mark.timeout(120)
def test_a_long_chain_of_builds_is_ordered_without_recursion() -> None:
    size = 5_000
    closures = {f"p{n}==1": (f"p{n + 1}==1",) if n + 1 < size else () for n in range(size)}
    graph = make_graph(
        {"": ["toplevel p0==1"], **{key: [f"build-system {need}" for need in needs] for key, needs in closures.items()}}
    )

    assert build_order(graph, closures) == [f"p{n}==1" for n in reversed(range(size))]


def test_an_install_closure_leaves_the_package_itself_out() -> None:
    graph = make_graph(
        {"": ["toplevel a==1"], "a==1": ["install b==1", "build-system s==1"], "b==1": ["install a==1"], "s==1": []}
    )

    assert install_closure(graph, graph.nodes["a==1"]) == ("b==1",)


def test_packages_that_the_longest_chain_waits_for_go_first() -> None:
    closures = {"tool": (), "lib": ("tool",), "big": ("lib",), "small": ("other",), "other": (), "alone": ()}
    first = by_longest_chain(closures, ["tool", "other", "alone", "lib", "small", "big"], {"big": 10, "alone": 5})

    assert first == ["tool", "lib", "big", "alone", "other", "small"]
