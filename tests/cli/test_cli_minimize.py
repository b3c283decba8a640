"""``minimize``: output, messages and errors."""

import json
from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.samples import document

from fromager_gen.errors import GraphError, InputError

NODES = {"": ["toplevel a==1", "toplevel b==1"], "a==1": ["install b==1"], "b==1": []}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("g.json").write_text(json.dumps(document(NODES)))
    Path("r.txt").write_text("# all\nb>=1\na == 1;python_version>'3'  # pinned\n")


def test_the_needed_lines_are_printed_in_their_order() -> None:
    result = run("minimize", "r.txt", "g.json")

    assert result.stdout == 'a==1; python_version > "3"\n'
    assert result.stderr == "1 of 2 requirements are needed\n"


def test_the_needed_lines_are_written_to_a_file() -> None:
    assert output("minimize", "-o", "new/out.txt", "r.txt", "g.json") == ""
    assert Path("new/out.txt").read_text() == 'a==1; python_version > "3"\n'


def test_invalid_files_are_an_error_and_nothing_is_written() -> None:
    Path("empty.txt").write_text("# none\n")
    Path("bad.txt").write_text("a\nb==\n")
    Path("bad.json").write_text("{}")

    for requirements, says in (
        ("empty.txt", "empty.txt has no requirements"),
        ("bad.txt", "bad.txt:2: 'b=='"),
        ("x", "x"),
    ):
        found = error("minimize", requirements, "g.json", "-o", "out.txt")
        assert isinstance(found, InputError)
        assert says in str(found)
    assert isinstance(error("minimize", "r.txt", "bad.json", "-o", "out.txt"), GraphError)
    assert "none does not exist" in str(error("minimize", "r.txt", "none"))
    assert "Missing argument 'GRAPH'" in usage_error("minimize", "r.txt")
    assert not Path("out.txt").exists()
