"""``graph check``: the report as text and JSON, and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.command import run
from support.samples import document

from fromager_gen.errors import GenError

CYCLE = {"": ["toplevel a==1"], "a==1": ["build-system b==1"], "b==1": ["build-system a==1"]}
DUPLICATES = {"": ["toplevel a==1", "toplevel a==2"], "a==1": [], "a==2": []}
CLEAN = {"": ["toplevel a==1"], "a==1": []}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def check(graph: Any, *options: str) -> tuple[int, str]:
    """Return the exit code and the standard output for a graph, or for a text."""
    Path("g.json").write_text(graph if isinstance(graph, str) else json.dumps(document(graph)))
    result = run("graph", "check", "g.json", *options)
    if result.exception is None:
        return 0, result.stdout
    assert isinstance(result.exception, GenError)
    assert str(result.exception).startswith("g.json: the check found ")
    return result.exception.exit_code, result.stdout


def test_clean_graph() -> None:
    assert check(CLEAN, "--strict") == (0, "1 package: 0 faults, 0 warnings, 0 duplicates, 0 of them avoidable\n")


def test_cycle_has_its_own_exit_code() -> None:
    code, text = check(CYCLE)

    assert code == 4
    assert text.startswith("fault: build-cycle: a 1 needs itself to be built: a 1 needs b 1 to be built; b 1 needs a 1")
    assert text.endswith("2 packages: 1 fault, 0 warnings, 0 duplicates, 0 of them avoidable\n")


def test_duplicates_are_faults_only_with_strict() -> None:
    code, text = check(DUPLICATES)

    assert code == 0
    assert text.splitlines() == [
        "duplicate: a 1, 2: 2 meets all requirements",
        "  1: a (top level)",
        "  2: a (top level)",
        "2 packages: 0 faults, 0 warnings, 1 duplicate, 1 of them avoidable",
    ]
    assert check(DUPLICATES, "--strict") == (3, text)


def test_duplicate_that_is_needed_is_no_fault_with_strict() -> None:
    graph = {**DUPLICATES, "": ["toplevel a==1 a<2", "toplevel a==2 a>=2"]}

    assert check(graph, "--strict") == (
        0,
        "duplicate: a 1, 2: no single version meets all requirements\n"
        "2 packages: 0 faults, 0 warnings, 1 duplicate, 0 of them avoidable\n",
    )


def test_warnings_are_faults_only_with_strict() -> None:
    graph = {**CLEAN, "lost==1": []}

    assert "warning: 1 nodes are not reachable from the root" in check(graph)[1]
    assert (check(graph)[0], check(graph, "--strict")[0]) == (0, 3)


def test_all_invalid_nodes_are_listed() -> None:
    raw = document({"": [f"toplevel p{n}==1" for n in range(30)], **{f"p{n}==1": [] for n in range(30)}})
    for key in list(raw)[1:]:
        raw[key]["pre_built"] = "no"
    code, text = check(json.dumps(raw))

    assert code == 3
    assert text.count("fault: invalid: node 'p") == 30


@pytest.mark.parametrize("text", ["[", "[]", "{}", "", '{"": {"edges": []}}', '{"": [["x"]]}'])
def test_file_of_another_kind_is_a_fault(text: str) -> None:
    code, report = check(text, "--json")
    found = json.loads(report)

    assert code == 3
    assert (found["ok"], found["packages"]) == (False, 0)
    assert [fault["kind"] for fault in found["faults"]] == ["invalid"]


def test_missing_file_is_an_error_without_a_report() -> None:
    result = run("graph", "check", "none.json", "--json")

    assert isinstance(result.exception, GenError)
    assert (result.exception.exit_code, result.stdout) == (2, "")


def test_json() -> None:
    code, text = check(
        {**CYCLE, "": ["toplevel a==1", "toplevel t==1", "toplevel t==2 t>1"], "t==1": [], "t==2": []}, "--json"
    )
    found = json.loads(text)

    assert code == 4
    assert list(found) == ["ok", "packages", "faults", "warnings", "duplicates"]
    assert (found["ok"], found["packages"], found["warnings"]) == (False, 4, [])
    (fault,) = found["faults"]
    assert (fault["kind"], fault["packages"], list(fault)) == (
        "build-cycle", ["a==1", "b==1"], ["kind", "packages", "message"],
    )  # fmt: skip
    assert found["duplicates"] == [
        {
            "name": "t",
            "versions": ["1", "2"],
            "usable": "2",
            "requirements": [
                {"version": "1", "requirement": "t", "required_by": ""},
                {"version": "2", "requirement": "t>1", "required_by": ""},
            ],
        }
    ]
