"""``graph build-graph`` and ``graph find-best-fit``: output and errors."""

import json
from pathlib import Path

import pytest
from support.command import error, output, usage_error
from support.samples import document

from fromager_gen.errors import BuildCycleError, GraphError, InputError

NODES = {
    "": ["toplevel a==1", "toplevel b==2"],
    "a==1": ["build-system tool==1", "install b==2"],
    "b==2": ["build-system tool==1"],
    "tool==1": [],
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("graph.json", NODES)


def write(name: str, nodes: dict[str, list[str]]) -> str:
    Path(name).write_text(json.dumps(document(nodes)))
    return name


def test_build_graph_prints_the_text_of_fromager() -> None:
    assert output("graph", "build-graph", "graph.json") == (
        "Build dependencies (1):\ntool==1 \n\nBuild rounds:\n1. tool==1\n2. a==1, b==2\n\n"
        "Building 3 packages in 2 rounds.\n"
    )


def test_build_graph_reads_exclusive_builds_from_settings() -> None:
    Path("mine").mkdir()
    Path("mine/b.yaml").write_text("build_options:\n  exclusive_build: true\n")

    assert output("--settings-dir", "mine", "graph", "build-graph", "graph.json").splitlines()[2:] == [
        "", "Exclusive builds (1):", "b==2 ", "", "Build rounds:", "1. tool==1", "2. a==1", "3. b==2", "",
        "Building 3 packages in 3 rounds.",
    ]  # fmt: skip


def test_build_graph_names_the_packages_of_a_cycle() -> None:
    write("cycle.json", {"": ["toplevel a==1"], "a==1": ["build-system b==1"], "b==1": ["build-backend a==1"]})
    found = error("graph", "build-graph", "cycle.json")

    assert isinstance(found, BuildCycleError)
    assert str(found).startswith("cycle.json: ")
    assert "a 1 needs b 1 to be built" in str(found)


def test_best_fit_as_json() -> None:
    write("one.json", {"": ["toplevel b==9"], "b==9": []})
    write("two.json", {"": ["toplevel tool==1", "toplevel b==9"], "b==9": [], "tool==1": []})
    a, b = json.loads(output("graph", "find-best-fit", "--format", "JSON", "graph.json", "one.json", "two.json"))

    two = {"collection": "two", "new_packages": 1, "existing_packages": 2, "coverage_percentage": 66.7}
    one = {"collection": "one", "new_packages": 2, "existing_packages": 1, "coverage_percentage": 33.3}
    assert a == {
        "package": "a", "version": "1", "total_dependencies": 3, "best_fit": "two", "new_packages": 1,
        "existing_packages": 2, "coverage_percentage": 66.7, "all_collections": [two, one],
    }  # fmt: skip
    assert list(a)[:4] == ["package", "version", "total_dependencies", "best_fit"]
    assert (b["package"], b["best_fit"], b["coverage_percentage"]) == ("b", "two", 100.0)


def test_best_fit_as_markdown() -> None:
    write("one.json", {"": ["toplevel b==9"], "b==9": []})

    assert output("graph", "find-best-fit", "graph.json", "one.json").splitlines() == [
        "Best-Fit Collection Results for Onboarding Packages",
        "",
        "| Package | Version | Total Deps | Best Fit | New Pkgs | Existing | Coverage |",
        "|---------|---------|------------|----------|----------|----------|----------|",
        "| a       | 1       |          3 | one      |        2 |        1 |    33.3% |",
        "| b       | 2       |          2 | one      |        1 |        1 |    50.0% |",
        "",
    ]


def test_best_fit_needs_collections_with_different_names() -> None:
    Path("other").mkdir()
    write("other/graph.json", NODES)
    found = error("graph", "find-best-fit", "graph.json", "graph.json", "other/graph.json")

    assert isinstance(found, InputError)
    assert (
        str(found) == "graph.json and other/graph.json have the same collection name 'graph'; rename one of the files"
    )
    assert "Missing argument 'COLLECTION_GRAPH...'" in usage_error("graph", "find-best-fit", "graph.json")


def test_invalid_graph_is_an_error() -> None:
    Path("bad.json").write_text("[")
    for command in (("build-graph", "bad.json"), ("find-best-fit", "graph.json", "bad.json")):
        found = error("graph", *command)
        assert isinstance(found, GraphError)
        assert str(found).startswith("bad.json is damaged")
    assert "none does not exist" in str(error("graph", "find-best-fit", "none", "graph.json"))
