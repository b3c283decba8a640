"""Why an action ran again."""

from pathlib import Path
from typing import Any

from support.execution_logs import LogWriter

from fromager_gen.execution import explain

TOOL, USER = "//packages/tool/1.0:wheel", "//packages/user/1.0:wheel"


def build(path: Path, tool: str, made: str, **parts: Any) -> Path:
    """Write the log of a build in which the wheel of a tool is an input of another wheel."""
    writer = LogWriter()
    out = writer.file("out/tool.tar", made)
    writer.spawn(TOOL, inputs=writer.set([writer.file("tool.tar.gz", tool)]), outputs=[out])
    writer.spawn(USER, inputs=writer.set([out, writer.file("fixed", "11")]), **parts)
    return writer.write(path)


def lines(*logs: Path) -> list[str]:
    return [line for one in explain(logs, "//packages/user/") for line in one.lines()]


def test_the_first_run_has_no_reason(tmp_path: Path) -> None:
    assert lines(build(tmp_path / "1", "aa", "bb")) == [
        f"{USER} (FromagerWheel): on 1, it ran for 1.5 s (linux-sandbox)",
        "  no earlier run of it is known",
    ]


def test_a_changed_input_is_followed_to_its_own_reason(tmp_path: Path) -> None:
    new, old = build(tmp_path / "2", "ab", "bc"), build(tmp_path / "1", "aa", "bb")

    assert lines(new, old) == [
        f"{USER} (FromagerWheel): on 2, it ran for 1.5 s (linux-sandbox)",
        "  changed input out/tool.tar",
        f"    {TOOL} (FromagerWheel): on 2, it ran for 1.5 s (linux-sandbox)",
        "      changed input tool.tar.gz",
    ]


def test_changed_arguments_variables_and_properties_are_shown_with_both_values(tmp_path: Path) -> None:
    old = build(
        tmp_path / "1",
        "aa",
        "bb",
        arguments=["x", "--jobs", "2"],
        variables={"A": "1"},
        platform={"P": "a", "Q": "b"},
    )
    new = build(
        tmp_path / "2", "aa", "bb", arguments=["x", "--jobs", "4", "y"], variables={"A": "2"}, platform={"P": "c"},
        runner="remote",
    )  # fmt: skip

    assert lines(new, old)[1:] == [
        "  changed argument --jobs: 2 before, now 4 y",
        "  changed variable A: 1 before, now 2",
        "  changed property P: a before, now c",
        "  removed property Q",
    ]


def test_a_run_without_a_changed_input_is_due_to_the_caches(tmp_path: Path) -> None:
    found = lines(build(tmp_path / "2", "aa", "bb"), build(tmp_path / "1", "aa", "bb"))

    assert found[1].startswith("  nothing that it depends on has changed since 1: its outputs were removed")


def test_builds_in_which_the_action_did_not_run_are_skipped(tmp_path: Path) -> None:
    other = LogWriter().spawn("//packages/other/1.0:wheel").write(tmp_path / "2")
    found = explain([build(tmp_path / "3", "ab", "bb"), other, build(tmp_path / "1", "aa", "bb")], TOOL)

    assert [(one.when, one.before) for one in found] == [("3", "1")]


def test_failed_runs_and_hits_say_so(tmp_path: Path) -> None:
    failed = build(tmp_path / "1", "aa", "bb", exit_code=2)
    hit = build(tmp_path / "2", "aa", "bb", runner="disk cache hit", is_hit=True)

    assert lines(failed)[0].endswith("it ran for 1.5 s (linux-sandbox), and failed with exit code 2")
    assert lines(hit)[0].endswith("its result is from a cache (disk cache hit)")


def test_the_json_form_has_the_same_content(tmp_path: Path) -> None:
    new, old = build(tmp_path / "2", "ab", "bc"), build(tmp_path / "1", "aa", "bb")
    (found,) = (one.as_json() for one in explain([new, old], USER))

    assert {name: found[name] for name in ("label", "when", "before", "seconds", "from_cache")} == {
        "label": USER, "when": "2", "before": "1", "seconds": 1.5, "from_cache": False,
    }  # fmt: skip
    (cause,) = found["causes"]  # type: ignore[misc]
    assert (cause["name"], cause["before"], cause["after"]) == ("out/tool.tar", "bb", "bc")
    assert cause["made_by"]["causes"][0]["name"] == "tool.tar.gz"
