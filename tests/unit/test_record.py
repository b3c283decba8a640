"""A published wheel is taken where pip and uv overlook faults of RECORD, and refused where its bytes differ."""

from pathlib import Path

import pytest
from wheels import INFO, MODULE, add_members, files_of, record_of, write_wheel

from errors import ActionError
from record import published

NAME = "demo-1.0-py3-none-any.whl"
GOOD = record_of(files_of())
ROW = next(line for line in GOOD.splitlines() if line.startswith(MODULE))
SIZE = ROW.rpartition(",")[2]
GONE = "gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"


def findings(wheel: Path) -> list[str]:
    with published(wheel) as source:
        return source.findings


SLOPPY = {
    "lists what is not there": (GONE + GOOD, "RECORD lists 1 file ('gone.py') that the wheel does not hold"),
    "lacks what is there": (GOOD.replace(f"{ROW}\n", ""), f"RECORD lacks 1 file ('{MODULE}') that the wheel holds"),
    "lacks itself": (
        GOOD.replace(f"{INFO}/RECORD,,\n", ""),
        f"RECORD lacks 1 file ('{INFO}/RECORD') that the wheel holds",
    ),
    "lists a row twice": (f"{ROW}\n{GOOD}", f"RECORD lists 1 file ('{MODULE}') more than once"),
    "no hash": (GOOD.replace(ROW, f"{MODULE},,{SIZE}"), f"RECORD gives no hash or no size for 1 file ('{MODULE}')"),
    "no size": (
        GOOD.replace(ROW, ROW.rpartition(",")[0] + ","),
        f"RECORD gives no hash or no size for 1 file ('{MODULE}')",
    ),
    "many": (
        "".join(f"{name},,\n" for name in "edcba") + GOOD,
        "RECORD lists 5 files ('a', 'b', 'c' and 2 more) that the wheel does not hold",
    ),
    "control characters": ("\x1b[2J,,\n" + GOOD, "RECORD lists 1 file ('\\x1b[2J') that the wheel does not hold"),
    "a row for its signature": (
        f"{INFO}/RECORD.jws,,\n" + GOOD,
        f"RECORD lists 1 file ('{INFO}/RECORD.jws') that may only sign it",
    ),
}


@pytest.mark.parametrize("case", SLOPPY)
def test_each_fault_of_record_is_named(tmp_path: Path, case: str) -> None:
    record, says = SLOPPY[case]

    assert says in findings(write_wheel(tmp_path / NAME, record=record))


def test_each_kind_is_a_finding_of_its_own(tmp_path: Path) -> None:
    record = GONE + GOOD.replace(ROW, f"{MODULE},,\n{MODULE},,")

    assert len(findings(add_members(write_wheel(tmp_path / NAME, record=record), ("new.py", "")))) == 4


def test_a_good_wheel_has_no_findings(tmp_path: Path) -> None:
    path = add_members(write_wheel(tmp_path / NAME), ("demo/", ""), (f"{INFO}/RECORD.jws", "x"))

    assert findings(path) == []


def test_of_a_member_twice_the_last_is_what_record_lists(tmp_path: Path) -> None:
    first = {**files_of(), MODULE: "first\n"}
    path = add_members(write_wheel(tmp_path / NAME, first, GOOD), (MODULE, files_of()[MODULE]))
    assert findings(path) == [f"the wheel holds 1 file ('{MODULE}') more than once (the last one counts)"]

    other = add_members(write_wheel(tmp_path / "other" / NAME), (MODULE, "last\n"))
    with pytest.raises(ActionError, match=rf"RECORD gives another hash or size for 1 file \('{MODULE}'\)"):
        findings(other)


REFUSED = {
    "no RECORD": ("", "the wheel holds no RECORD"),
    "hash": (GOOD.replace(ROW, ROW.replace("sha256=", "sha256=A")), "another hash or size for 1 file"),
    "hash without size": (GOOD.replace(ROW, f"{MODULE},sha256=AAAA,"), "another hash or size for 1 file"),
    "hash of another kind": (GOOD.replace(ROW, f"{MODULE},md5=AAAA,32"), "another hash or size for 1 file"),
    "size": (GOOD.replace(ROW, f"{ROW}9"), "another hash or size for 1 file"),
    "size without hash": (GOOD.replace(ROW, f"{MODULE},,7"), "another hash or size for 1 file"),
    "the first of two rows": (f"{MODULE},sha256=AAAA,\n{GOOD}", "another hash or size for 1 file"),
    "the second of two rows": (f"{GOOD}{MODULE},sha256=AAAA,\n", "another hash or size for 1 file"),
    "an unknown hash": (GOOD.replace(ROW, f"{MODULE},new=AAAA,32"), "a line that is not path, hash and size"),
    "no number": (GOOD.replace(ROW, f"{MODULE},,x"), "a line that is not path, hash and size"),
    "no table": ("just words\n", r"a line that is not path, hash and size: \['just words'\]"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_bytes_than_record_lists_are_refused(tmp_path: Path, case: str) -> None:
    record, says = REFUSED[case]

    with pytest.raises(ActionError, match=says):
        findings(write_wheel(tmp_path / NAME, record=record))


@pytest.mark.parametrize("mode", [0o120777, 0o020666])
def test_a_link_or_device_is_refused(tmp_path: Path, mode: int) -> None:
    path = add_members(write_wheel(tmp_path / NAME), ("demo/link", "/etc/passwd"), mode=mode)

    with pytest.raises(ActionError, match="'demo/link' is a link or a device"):
        findings(path)
