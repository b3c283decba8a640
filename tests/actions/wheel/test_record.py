"""A published wheel is accepted with faults in RECORD that pip and uv ignore, and refused if its bytes differ."""

from pathlib import Path

import pytest
from support.wheels import INFO, MODULE, add_members, files_of, record_of, write_wheel

from actions.errors import ActionError
from actions.wheel.planned import Planned
from actions.wheel.record import published
from actions.wheel.wheel_file import check

NAME = "demo-1.0-py3-none-any.whl"
GOOD = record_of(files_of())
ROW = next(line for line in GOOD.splitlines() if line.startswith(MODULE))
SIZE = ROW.rpartition(",")[2]
GONE = "gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"


def findings(wheel: Path) -> list[str]:
    with published(wheel) as source:
        return source.findings


FAULTS = {
    "lists a missing file": (GONE + GOOD, "RECORD lists 1 file ('gone.py') that the wheel does not contain"),
    "lacks a file": (GOOD.replace(f"{ROW}\n", ""), f"RECORD lacks 1 file ('{MODULE}') that the wheel contains"),
    "lacks itself": (
        GOOD.replace(f"{INFO}/RECORD,,\n", ""),
        f"RECORD lacks 1 file ('{INFO}/RECORD') that the wheel contains",
    ),
    "lists a row twice": (f"{ROW}\n{GOOD}", f"RECORD lists 1 file ('{MODULE}') more than once"),
    "no hash": (
        GOOD.replace(ROW, f"{MODULE},,{SIZE}"),
        f"RECORD has no hash that can be checked, or no size, for 1 file ('{MODULE}')",
    ),
    "no size": (
        GOOD.replace(ROW, ROW.rpartition(",")[0] + ","),
        f"RECORD has no hash that can be checked, or no size, for 1 file ('{MODULE}')",
    ),
    "many": (
        "".join(f"{name},,\n" for name in "edcba") + GOOD,
        "RECORD lists 5 files ('a', 'b', 'c' and 2 more) that the wheel does not contain",
    ),
    "control characters": ("\x1b[2J,,\n" + GOOD, "RECORD lists 1 file ('\\x1b[2J') that the wheel does not contain"),
    "padding": (GOOD.replace(ROW, ROW.replace(f",{SIZE}", f"=,{SIZE}") + ",x"), "RECORD has other columns than path,"),
    "another size": (GOOD.replace(ROW, f"{ROW}9"), f"RECORD has another size for 1 file ('{MODULE}')"),
    "another size without a hash": (GOOD.replace(ROW, f"{MODULE},,7"), "RECORD has another size for 1 file"),
    "not a number": (GOOD.replace(ROW, f"{MODULE},,x"), "RECORD has another size for 1 file"),
    "an unknown hash": (GOOD.replace(ROW, f"{MODULE},new=AAAA,32"), "RECORD has no hash that can be checked"),
    "a hash without a length": (GOOD.replace(ROW, f"{MODULE},shake_128=AA,32"), "RECORD has no hash that can be"),
    "not a table": ("just words\n", "RECORD has other columns than path, hash and size for 1 file ('just words')"),
    "a row for its signature": (
        f"{INFO}/RECORD.jws,,\n" + GOOD,
        f"RECORD lists 1 file ('{INFO}/RECORD.jws'), which is its own signature",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_of_record_is_named(tmp_path: Path, case: str) -> None:
    record, says = FAULTS[case]

    assert any(finding.startswith(says) for finding in findings(write_wheel(tmp_path / NAME, record=record)))


def test_each_kind_of_fault_is_a_separate_finding(tmp_path: Path) -> None:
    record = GONE + GOOD.replace(ROW, f"{MODULE},,\n{MODULE},,")

    assert len(findings(add_members(write_wheel(tmp_path / NAME, record=record), ("new.py", "")))) == 4


def test_a_hash_of_record_itself_is_ignored(tmp_path: Path) -> None:
    record = GOOD.replace(f"{INFO}/RECORD,,", f"{INFO}/RECORD,sha256=AAAA,2")

    assert findings(write_wheel(tmp_path / NAME, record=record)) == []


def test_each_copy_of_a_member_can_have_a_row(tmp_path: Path) -> None:
    changed = {**files_of(), MODULE: "last\n"}
    row = next(line for line in record_of(changed).splitlines() if line.startswith(MODULE))
    path = add_members(write_wheel(tmp_path / NAME, record=f"{row}\n{GOOD}"), (MODULE, "last\n"))

    assert len(findings(path)) == 3  # a duplicate member, a duplicate row, and the size of the other copy


@pytest.mark.parametrize("name", [f"./{MODULE}", "demo//__init__.py", f"demo-1.0.data/purelib/{MODULE}"])
def test_another_member_cannot_replace_a_listed_file(tmp_path: Path, name: str) -> None:
    path = add_members(write_wheel(tmp_path / NAME), (name, "evil\n"))

    with pytest.raises(ActionError, match=r"not a path in its shortest form|would be installed to the same path"):
        check(path, Planned("demo", "1.0", frozenset()))
        findings(path)


def test_a_good_wheel_has_no_findings(tmp_path: Path) -> None:
    path = add_members(write_wheel(tmp_path / NAME), ("demo/", ""), (f"{INFO}/RECORD.jws", "x"))

    assert findings(path) == []


def test_of_a_duplicate_member_the_last_must_match_record(tmp_path: Path) -> None:
    first = {**files_of(), MODULE: "first\n"}
    path = add_members(write_wheel(tmp_path / NAME, first, GOOD), (MODULE, files_of()[MODULE]))
    assert findings(path) == [f"the wheel contains 1 file ('{MODULE}') more than once (the last copy is used)"]

    other = add_members(write_wheel(tmp_path / "other" / NAME), (MODULE, "last\n"))
    assert f"RECORD has another hash for 1 file ('{MODULE}')" in findings(other)


CHANGED = {
    "hash": GOOD.replace(ROW, ROW.replace("sha256=", "sha256=A")),
    "hash without size": GOOD.replace(ROW, f"{MODULE},sha256=AAAA,"),
    "hash of another kind": GOOD.replace(ROW, f"{MODULE},md5=AAAA,32"),
    "the first of two rows": f"{MODULE},sha256=AAAA,\n{GOOD}",
    "the second of two rows": f"{GOOD}{MODULE},sha256=AAAA,\n",
}


@pytest.mark.parametrize("case", CHANGED)
def test_bytes_that_differ_from_record_are_a_finding(tmp_path: Path, case: str) -> None:
    """pip and uv install such a wheel: a team may have changed a file by hand."""
    found = findings(write_wheel(tmp_path / NAME, record=CHANGED[case]))

    assert f"RECORD has another hash for 1 file ('{MODULE}')" in found


def test_a_wheel_without_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="the wheel has no RECORD"):
        findings(write_wheel(tmp_path / NAME, record=""))


@pytest.mark.parametrize("mode", [0o120777, 0o020666])
def test_a_link_or_device_is_refused(tmp_path: Path, mode: int) -> None:
    path = add_members(write_wheel(tmp_path / NAME), ("demo/link", "/etc/passwd"), mode=mode)

    with pytest.raises(ActionError, match="'demo/link' is a link or a device"):
        findings(path)
