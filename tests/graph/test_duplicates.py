"""The report on packages in several versions."""

from support.samples import make_graph

from fromager_gen.graph.duplicates import explain_duplicates

NODES = {
    "": ["toplevel a==1", "toplevel b==1", "toplevel d==1"],
    "d==1": ["install c==1.5 c<2"],
    "c==2.0": [],
    "c==1.5": [],
}


def report(a: str, b: str) -> list[str]:
    graph = make_graph(
        {**NODES, "a==1": [f"install c==2.0 {a}"], "b==1": [f"install c==1.5 {b}"]}, c={"constraint": "c<3"}
    )
    return list(explain_duplicates(graph))


def test_a_version_that_all_consumers_accept_is_reported() -> None:
    assert report("c>=1", "c<2") == [
        "",
        "c (constraint: c<3)",
        "  1.5",
        "    c<2 matches ['1.5']",
        "      b==1",
        "      d==1",
        "  2.0",
        "    c>=1 matches ['2.0', '1.5']",
        "      a==1",
        "  * c==1.5 usable by all consumers",
    ]


def test_the_lack_of_a_common_version_is_reported() -> None:
    assert report("c>=1.8", "c<2")[-1] == "  * No single version of c meets all requirements"


def test_the_highest_common_version_is_reported() -> None:
    assert report("c", "c<2")[-1] == "  * c==1.5 usable by all consumers"


def test_the_top_level_is_a_consumer() -> None:
    graph = make_graph({"": ["toplevel a==1 a==1", "toplevel b==1"], "b==1": ["install a==2"], "a==1": [], "a==2": []})

    assert list(explain_duplicates(graph)) == [
        "", "a", "  1", "    a==1 matches ['1']", "      (toplevel)", "  2", "    a matches ['1', '2']", "      b==1",
        "  * a==1 usable by all consumers",
    ]  # fmt: skip


def test_packages_with_one_installed_version_are_not_reported() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["install b==1", "build-system b==2"], "b==1": [], "b==2": []})

    assert list(explain_duplicates(graph)) == []
