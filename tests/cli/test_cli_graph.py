"""``graph``: options, files and errors."""

import json
from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.samples import document

from fromager_gen.errors import GraphError, InputError, WriteError

NODES = {
    "": ["toplevel a==1", "toplevel b==1"],
    "a==1": ["install c==2.0 c>=1", "build-system tool==1"],
    "b==1": ["install c==1.5 c<2"],
    "c==2.0": [],
    "c==1.5": [],
    "tool==1": [],
}


def write(path: Path, nodes: dict[str, list[str]]) -> Path:
    path.write_text(json.dumps(document(nodes)))
    return path


@pytest.fixture
def graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path / "graph.json", NODES)


@pytest.fixture
def conflict(tmp_path: Path) -> Path:
    return write(
        tmp_path / "conflict.json",
        {**NODES, "a==1": ["install c==2.0 c>=2"], "tool==1": []} | {"b==1": ["install c==1.5 c<2", "install tool==1"]},
    )


def test_why(graph: Path) -> None:
    assert output("graph", "why", graph, "C", "--version", "1.5.0") == (
        "\nc==1.5\n * c==1.5 is an install dependency of b==1 with req c<2\n"
    )


def test_why_with_depth_and_types(graph: Path) -> None:
    text = output("graph", "why", graph, "tool", "--depth", "-1", "--requirement-type", "build-system")

    assert text.splitlines()[-1] == "   * a==1 is a toplevel dependency with req a"
    options = (
        "--version",
        "1.5",
        "--version",
        "2",
        "--requirement-type",
        "install",
        "--requirement-type",
        "build-sdist",
    )
    assert output("graph", "why", graph, "c", *options).count("install dependency") == 2


@pytest.mark.parametrize("command", ["why", "subset"])
def test_package_missing_in_the_graph_is_an_error(graph: Path, command: str) -> None:
    found = error("graph", command, graph, "nothere")

    assert isinstance(found, InputError)
    assert str(found) == f"{graph}: the package 'nothere' was not found in graph"
    assert (
        str(error("graph", command, graph, "c", "--version", "7"))
        == f"{graph}: c 7 was not found in graph, which has 1.5, 2.0"
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("why", "g", "a", "--version", "x y"), "'x y' is not a valid version, such as 1.0"),
        (("why", "g", "a", "--depth", "-2"), "-2 is not in the range"),
        (("why", "g", "a", "--requirement-type", "x"), "'x' is not one of"),
        (("why", "g"), "Missing argument 'NAME'"),
        (("subset", "g", "a", "--dependencies-only", "--dependents-only"), "are mutually exclusive"),
        (("subset", "g", "a", "--version", "!"), "'!' is not a valid version"),
        (("to-dot", "."), "is a directory"),
    ],
)
def test_wrong_options(graph: Path, options: tuple[str, ...], says: str) -> None:
    assert says in usage_error("graph", *options)


@pytest.mark.parametrize(
    "command", ["to-dot", "to-constraints", "explain-duplicates", "migrate-graph", "why", "subset"]
)
def test_invalid_graph_is_an_error(tmp_path: Path, command: str) -> None:
    (tmp_path / "g.json").write_text("[")
    arguments = [tmp_path / "g.json", *(["a"] if command in ("why", "subset") else [])]

    text = str(error("graph", command, *arguments))
    assert "g.json is damaged or not JSON" in text
    assert text.count("g.json") == 1
    arguments[0] = tmp_path / "none"
    assert "none does not exist: make a graph with `fromager-gen bootstrap`" in str(error("graph", command, *arguments))


def test_to_dot_reads_overrides(graph: Path) -> None:
    (graph.parent / "overrides/settings").mkdir(parents=True)
    (graph.parent / "overrides/settings/a.yaml").touch()

    assert '[label="a==1" style="filled,bold" color=black fillcolor=white fontcolor=black shape=box]' in output(
        "graph", "to-dot", graph
    )
    assert output("graph", "to-dot", "--overrides-only", graph).count("label=") == 1
    assert "tool==" not in output("graph", "to-dot", "--install-only", graph)


def test_output_file_has_the_printed_text(graph: Path) -> None:
    for command in (["to-dot"], ["to-constraints"], ["subset"]):
        name = ["c"] if command == ["subset"] else []
        assert output("graph", *command, graph, *name, "-o", "new/out") == ""
        assert Path("new/out").read_text() == output("graph", *command, graph, *name).removesuffix("\n") + (
            "" if name else "\n"
        )
    assert [path.name for path in Path("new").iterdir()] == ["out"]


def test_to_constraints(graph: Path) -> None:
    assert output("graph", "to-constraints", graph) == (
        "a==1\nb==1\n# NOTE: fromager selected c==1.5 from: ['1.5', '2.0']\nc==1.5\n"
    )


def test_to_constraints_with_conflict_writes_nothing(conflict: Path, tmp_path: Path) -> None:
    found = run("graph", "to-constraints", conflict, "-o", tmp_path / "out")

    assert isinstance(found.exception, GraphError)
    assert str(found.exception).startswith(f"{conflict}: no single version meets all requirements of c; add ")
    assert found.stdout == ""
    assert "  * No single version of c meets all requirements\n" in found.stderr
    assert not (tmp_path / "out").exists()


def test_error_of_invalid_requirement_names_the_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "g.json", {**NODES, "a==1": ["install c==2.0 c=2"], "b==1": ["install c==1.5", "install tool==1"]}
    )

    for command in ("to-constraints", "explain-duplicates"):
        assert str(error("graph", command, path)).startswith(f"{path}: a==1 requires c==2.0 by 'c=2', which is not")


def test_explain_duplicates(graph: Path) -> None:
    text = output("graph", "explain-duplicates", graph)

    assert text.startswith("\nc\n  1.5\n    c<2 matches ['1.5']\n      b==1\n  2.0\n")
    assert text.endswith("  * c==1.5 usable by all consumers\n")


def test_subset(graph: Path) -> None:
    def keys(*options: str) -> list[str]:
        return list(json.loads(output("graph", "subset", graph, *options)))

    assert keys("c") == ["", "b==1", "c==1.5", "a==1", "c==2.0"]
    assert keys("c", "--version", "2") == ["", "a==1", "c==2.0"]
    assert keys("a", "--dependencies-only") == ["", "a==1", "tool==1", "c==2.0"]
    assert keys("a", "--dependents-only") == ["", "a==1"]


def test_a_file_that_cannot_be_written(graph: Path) -> None:
    Path("file").touch()

    assert isinstance(error("graph", "to-dot", graph, "-o", "file/out"), WriteError)


def test_old_graph_is_migrated_and_read_by_other_commands(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text(json.dumps({"": [["install", "A", "1", "A"]], "A==1": [["install", "b", "2", "b"]], "c==1": []}))
    result = run("graph", "migrate-graph", old, "-o", tmp_path / "new.json")

    assert result.exception is None
    assert result.stderr.endswith("old.json: 1 nodes are not reachable from the root and are left out: c==1\n")
    new = json.loads((tmp_path / "new.json").read_text())
    assert list(new) == ["", "a==1", "b==2"]
    assert new[""]["edges"] == [{"key": "a==1", "req_type": "toplevel", "req": "A"}]
    assert (new["b==2"]["download_url"], new["b==2"]["pre_built"], new["b==2"]["edges"]) == ("", False, [])
    for path in (old, tmp_path / "new.json"):
        assert output("graph", "to-constraints", path) == "a==1\nb==2\n"
    assert json.loads(output("graph", "migrate-graph", tmp_path / "new.json")) == new
