"""Which packages are verified, and what the allow-list permits."""

import os
import shutil
from pathlib import Path

import pytest
from support.wheels import MODULE, files_of, write_wheel

from fromager_gen.compare import Mark
from fromager_gen.errors import InputError, ToolError
from fromager_gen.graph import Graph, Node
from fromager_gen.overrides import Allowed
from fromager_gen.pipeline.options import BuildOptions, LockOptions
from fromager_gen.pipeline.verify import VerifyOptions, chosen_nodes, judge, keep, verify, warn_of_unused

NAME = "demo-1.0-py3-none-any.whl"
DEMO = Node("demo==1.0", "demo", "1.0", "", False, ())


def pair(folder: Path, *members: str) -> tuple[Path, Path]:
    """Return two wheels that differ in some members."""
    one = write_wheel(folder / "1" / NAME, {**files_of(), **dict.fromkeys(members, "one\n")})
    return one, write_wheel(folder / "2" / NAME, {**files_of(), **dict.fromkeys(members, "two\n")})


def allowed(*members: str, package: str = "demo") -> Allowed:
    return Allowed(package, members, "A reason.", "verify.yaml:1")


def test_equal_wheels_need_no_entry(tmp_path: Path) -> None:
    found = judge(DEMO, *pair(tmp_path), ())

    assert found.verdict == "equal" and found.is_good and found.wheel == NAME


def test_a_difference_is_allowed_by_the_name_of_its_member(tmp_path: Path) -> None:
    wheels = pair(tmp_path, MODULE, "demo/run.sh")

    found = judge(DEMO, *wheels, [allowed("demo/*")])
    assert found.verdict == "allowed" and found.is_good and not found.differences
    assert {(one.member, entry.reason) for one, entry in found.allowed} == {
        (MODULE, "A reason."),
        ("demo/run.sh", "A reason."),
    }
    found = judge(DEMO, *wheels, [allowed("*.sh"), allowed("*", package="other")])
    assert found.verdict == "differs" and not found.is_good
    assert [one.member for one in found.differences] == [MODULE]


def test_another_file_name_and_a_damaged_wheel_are_not_equal(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    renamed = shutil.copy(one, tmp_path / "demo-1.0-1-py3-none-any.whl")
    found = judge(DEMO, one, Path(renamed), ())
    assert "named the wheel demo-1.0-1-py3-none-any.whl" in found.differences[0].what

    other.write_bytes(b"no zip")
    found = judge(DEMO, one, other, [allowed("*")])
    assert found.verdict == "damaged" and not found.is_good and "second wheel is damaged" in found.problem


def test_conditions_of_the_builds_are_searched(tmp_path: Path) -> None:
    wheels = pair(tmp_path, MODULE)

    assert (
        "it contains the user of the build"
        in judge(DEMO, *wheels, (), [Mark("user", "one", "two")]).differences[0].what
    )


def test_entries_that_match_nothing_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    used, unused, elsewhere, unknown = (
        allowed(MODULE), allowed("other.py"), allowed("*", package="elsewhere"), allowed("*", package="unknown"),
    )  # fmt: skip
    other = Node("elsewhere==1", "elsewhere", "1", "", False, ())
    found = [judge(DEMO, *pair(tmp_path, MODULE), [used])]
    warn_of_unused((used, unused, elsewhere, unknown), found, Graph({"demo==1.0": DEMO, other.key: other}, ()))

    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": nothing of ")[2] for line in lines] == [
        "demo differs in other.py; remove the entry", "unknown differs in *; remove the entry",
    ]  # fmt: skip


def test_packages_are_chosen_by_name() -> None:
    newer = Node("demo==2.0", "demo", "2.0", "", False, ())
    other = Node("other==1", "other", "1", "", False, ())
    graph = Graph({one.key: one for one in (DEMO, newer, other)}, ())

    assert chosen_nodes(graph, ()) == [DEMO, newer, other]
    assert chosen_nodes(graph, ("Demo",)) == [DEMO, newer]
    with pytest.raises(InputError, match=r"--package: the graph has no package demoo; did you mean demo\?"):
        chosen_nodes(graph, ("demoo",))


def test_diffoscope_must_be_there_before_anything_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError, match="needs the program diffoscope"):
        verify(None, tmp_path, LockOptions(), BuildOptions(), VerifyOptions(diffoscope=True))  # type: ignore[arg-type]


def program(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "diffoscope").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "diffoscope").chmod(0o755)


@pytest.mark.parametrize(
    ("text", "warns"),
    [("echo report >$2; exit 1", ""), ("echo it broke >&2; exit 2", f"{NAME}: diffoscope failed: it broke")],
)
def test_wheels_that_differ_are_kept_with_the_report_of_diffoscope(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, warns: str
) -> None:
    program(tmp_path / "bin", text)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    wheels = pair(tmp_path, MODULE)
    keep([wheels], tmp_path / "report", True)

    kept = [tmp_path / "report" / which / NAME for which in ("first", "second")]
    assert [path.read_bytes() for path in kept] == [path.read_bytes() for path in wheels]
    assert (tmp_path / "report" / f"{NAME}.txt").exists() is not bool(warns)
    assert warns in capsys.readouterr().err
