"""``verify``: its options, and its output as a table and as JSON."""

import json
from pathlib import Path

import pytest
from support.command import usage_error

from fromager_gen.cli.verify import _check
from fromager_gen.cli.verify_texts import json_of_published, json_of_report, text_of_published, text_of_report
from fromager_gen.compare import Difference, Equivalence
from fromager_gen.errors import BuildError, DifferenceError
from fromager_gen.graph import Node
from fromager_gen.overrides import Allowed
from fromager_gen.pipeline.second_build import NOT_VARIED, Condition
from fromager_gen.pipeline.verify import Report, Verified
from fromager_gen.pipeline.verify_published import Published

DEMO, OTHER = Node("demo==1.0", "demo", "1.0", "", False, ()), Node("other==2", "other", "2", "", False, ())
NAME = "demo-1.0-py3-none-any.whl"
CONTENT = Difference("demo/x.py", "content", "differs at byte 3", ("-a", "+b"))
TIMES = tuple(Difference(f"m{number}", "time", "1980 and 2026") for number in range(5))
ENTRY = Allowed("other", ("*",), "It has\n  a reason.", "verify.yaml:1")
REPORT = Report(
    (Condition("umask", "0022", "0077"), Condition("order", "x", NOT_VARIED)),
    (
        Verified(DEMO, NAME, "differs", (CONTENT, *TIMES)),
        Verified(OTHER, "other-2-py3-none-any.whl", "allowed", (), ((CONTENT, ENTRY),)),
        Verified(OTHER, "other-2-py3-none-any.whl", "damaged", problem="the first wheel is damaged: x"),
    ),
    Path("work-dir/verify/report"),
)


def cells(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in text.splitlines() if line[:1] == "│"]


def test_the_table_has_conditions_results_and_members() -> None:
    text = text_of_report(REPORT)

    assert cells(text) == [
        ["umask", "0022", "0077"],
        ["order", "x", "not varied"],
        ["demo", "1.0", "differs", "6 members"],
        ["other", "2", "allowed", "allowed: It has a reason."],
        ["other", "2", "damaged", "the first wheel is damaged: x"],
    ]
    assert text.endswith(
        f"demo 1.0 ({NAME}):\n  demo/x.py: differs at byte 3\n      -a\n      +b\n"
        "  m0, m1, m2 and 2 more: time: 1980 and 2026\n"
    )


def test_the_json_has_every_difference() -> None:
    found = json.loads(json_of_report(REPORT))

    assert [one["varied"] for one in found["conditions"]] == [True, False]
    assert [one["result"] for one in found["packages"]] == ["differs", "allowed", "damaged"]
    assert len(found["packages"][0]["differences"]) == 6
    assert found["packages"][0]["differences"][0] == {
        "member": "demo/x.py", "kind": "content", "what": "differs at byte 3", "excerpt": ["-a", "+b"],
    }  # fmt: skip
    assert found["packages"][1]["allowed"][0]["entry"] == "verify.yaml:1"
    assert found["packages"][2]["problem"] == "the first wheel is damaged: x"


def test_many_differences_are_cut_in_the_table_only() -> None:
    many = tuple(Difference(f"m{number}", "content", f"differs at byte {number}") for number in range(30))
    report = Report((), (Verified(DEMO, NAME, "differs", (*many, Difference("", "order", "another order"))),), Path())

    assert "and 11 more differences" in text_of_report(report)
    assert len(json.loads(json_of_report(report))["packages"][0]["differences"]) == 31
    one = Report((), (Verified(DEMO, NAME, "differs", (Difference("", "order", "another order"),)),), Path())
    assert "  the zip: another order\n" in text_of_report(one)


def test_names_of_members_cannot_control_a_terminal() -> None:
    report = Report((), (Verified(DEMO, NAME, "differs", (Difference("\x1b[31m", "content", "x"),)),), Path())

    assert "\x1b" not in text_of_report(report)


def test_a_damaged_wheel_and_a_difference_have_exit_codes_of_their_own() -> None:
    with pytest.raises(BuildError) as caught:
        _check(REPORT)
    assert caught.value.exit_code == 8
    assert str(caught.value).startswith(
        "a build made a damaged wheel for 1 of 3 packages: other 2; 1 of 3 wheels differ between two builds: demo 1.0; "
    )
    with pytest.raises(DifferenceError, match=r"^1 of 2 wheels differ between two builds: demo 1\.0; both") as found:
        _check(Report((), REPORT.packages[:2], Path()))
    assert found.value.exit_code == 14
    _check(Report((), (Verified(DEMO, NAME, "equal"),), Path()))


def test_published_wheels_have_a_table_and_json() -> None:
    compared = [
        Published(DEMO, NAME, NAME, Equivalence("equivalent", ("times of members",))),
        Published(DEMO, NAME, NAME, Equivalence("different", (), (CONTENT,))),
        Published(DEMO, NAME, NAME, Equivalence("damaged", problem="broken")),
        Published(OTHER, "other.whl"),
    ]
    text = text_of_published(compared)

    assert [row[2:] for row in cells(text)] == [
        ["equivalent", NAME, "normalised: times of members"],
        ["different", NAME, "1 member"],
        ["damaged", NAME, "broken"],
        ["none on the index", "-", "-"],
    ]
    assert "  demo/x.py: differs at byte 3\n      -a\n" in text
    found = json.loads(json_of_published(compared))["packages"]
    assert [one["result"] for one in found] == ["equivalent", "different", "damaged", "none on the index"]
    assert found[3]["published"] is None and found[0]["normalised"] == ["times of members"]
    assert found[1]["differences"][0]["member"] == "demo/x.py" and found[2]["problem"] == "broken"


def test_options_that_exclude_each_other_are_errors(tmp_path: Path) -> None:
    assert "--published builds nothing again" in usage_error("verify", tmp_path / "x", "--published", "--diffoscope")
    assert "--published builds nothing again" in usage_error("verify", tmp_path / "x", "--published", "--remote", "r")
    assert "is not the name of a configuration" in usage_error("verify", tmp_path / "x", "--remote", "--x")
