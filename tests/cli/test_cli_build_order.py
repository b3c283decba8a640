"""``build-order``: the CSV of build orders."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from support.command import error, output, usage_error


def write(path: Path, *entries: dict[str, Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries))
    return path


def entry(dist: str, version: str, **more: Any) -> dict[str, Any]:
    return {"dist": dist, "version": version, "req": dist, "prebuilt": False, **more}


HEADER = '"Distribution Name","Version","Original Requirement","Dependency Type","Pre-built Package","Build Order"\r\n'


def test_as_csv_reads_current_and_older_files(tmp_path: Path) -> None:
    path = write(tmp_path / "o.json", entry("a-b", "1"), entry("c", "2", type="toplevel", prebuilt=True))

    assert output("build-order", "as-csv", path) == (
        f'{HEADER}"a-b","1","a-b","",False,1\r\n"c","2","c","toplevel",True,2\r\n'
    )


def test_as_csv_escapes_quotes_and_line_ends(tmp_path: Path) -> None:
    evil = 'a; x == "y",\n=1+1'
    path = write(tmp_path / "o.json", entry("a", "1", req=evil))
    output("build-order", "as-csv", path, "-o", tmp_path / "out.csv")

    with (tmp_path / "out.csv").open(newline="") as file:
        assert list(csv.reader(file))[1] == ["a", "1", evil, "", "False", "1"]


def test_summary(tmp_path: Path) -> None:
    one = write(tmp_path / "one/o.json", entry("a-b", "1"), entry("c", "1"), entry("d", "2"), entry("d", "1"))
    two = write(tmp_path / "two/o.json", entry("a-b", "1"), entry("c", "2"))

    wanted = (
        '"Distribution Name","one","two","Same Version"\r\n'
        '"a_b","1","1","True"\r\n"c","1","2","False"\r\n"d","2 1","","True"\r\n'
    )
    assert output("build-order", "summary", one, two) == wanted
    assert output("build-order", "summary", one, two, "-o", tmp_path / "out") == ""
    assert (tmp_path / "out").read_bytes().decode() == wanted


def test_summary_names_columns_by_path_if_folder_names_are_equal(tmp_path: Path) -> None:
    one = write(tmp_path / "a/work-dir/o.json", entry("c", "1"))
    two = write(tmp_path / "b/work-dir/o.json", entry("c", "1"))

    said = output("build-order", "summary", one, two)

    assert said.splitlines()[0] == f'"Distribution Name","{one}","{two}","Same Version"'


def test_summary_of_file_in_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "o.json", entry("c", "1"))
    monkeypatch.chdir(tmp_path)

    assert output("build-order", "summary", "o.json").splitlines()[0] == '"Distribution Name","o.json","Same Version"'


@pytest.mark.parametrize("command", ["as-csv", "summary"])
def test_invalid_build_order_is_an_error(tmp_path: Path, command: str) -> None:
    (tmp_path / "o.json").write_text("{}")

    assert "o.json is not a build order" in str(error("build-order", command, tmp_path / "o.json"))
    assert "none can't be read" in str(error("build-order", command, tmp_path / "none"))
    assert "Missing argument" in usage_error("build-order", command)
