"""``stats``: counts and invalid files."""

import json
from pathlib import Path

import pytest
from support.command import error, output
from support.folders import make
from support.samples import document

from fromager_gen.errors import InputError

NODES = {
    "": ["toplevel a==1", "toplevel a==2"],
    "a==1": ["install b==1"],
    "a==2": ["build-system c==1"],
    "b==1": [],
    "c==1": [],
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create a graph, requirements and overrides."""
    monkeypatch.chdir(tmp_path)
    Path("g.json").write_text(json.dumps(document(NODES, b={"constraint": "b<2", "pre_built": True})))
    Path("r.txt").write_text("# all\na==1 # one\n\n  a==2\nb; python_version < '3'\n")
    names = ("settings/a.yaml", "settings/absent.yaml", "patches/a/1.patch", "patches/absent/1.patch")
    make(tmp_path / "overrides", *names)


def counts(*before: str) -> dict[str, tuple[str, str]]:
    lines = output(*before, "stats", "r.txt", "g.json").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {name: (count, percentage) for name, count, percentage in cells}


def test_the_table_is_markdown() -> None:
    lines = output("stats", "r.txt", "g.json").splitlines()

    assert lines[:2] == ["Build Statistics", ""]
    assert lines[2] == "| Metric                                 | Count | Percentage |"
    assert lines[3] == "|----------------------------------------|-------|------------|"


def test_counts() -> None:
    assert counts() == {
        "Metric": ("Count", "Percentage"),
        "Requirements in requirements.txt": ("3", "-"),
        "Constraints defined": ("1", "-"),
        "Unique packages in build": ("3", "100.0%"),
        "Packages in the build with constraints": ("1", "33.3%"),
        "Pre-built packages": ("1", "33.3%"),
        "Packages with any fromager config": ("1", "33.3%"),
        "Packages with patches": ("1", "33.3%"),
        "Packages with build plugins": ("0", "0.0%"),
    }


def test_constraints_in_files_are_counted() -> None:
    Path("c.txt").write_text("A<3\nb<2\nz==1\nc<1; python_version < '3'\n")
    found = counts("-c", "c.txt")

    assert found["Constraints defined"] == ("3", "-")
    assert found["Packages in the build with constraints"] == ("2", "66.7%")


def test_invalid_files_are_an_error() -> None:
    Path("binary").write_bytes(b"\xff")
    Path("c.txt").write_text("a<<1\n")
    Path("prose.txt").write_text("a\nonce upon a time\n")

    assert "prose.txt:2: 'once upon a time' is not a valid requirement" in str(error("stats", "prose.txt", "g.json"))
    assert "none: can't be read" in str(error("stats", "none", "g.json"))
    assert "binary: is not valid UTF-8 text" in str(error("stats", "binary", "g.json"))
    assert "none does not exist: make a graph with `fromager-gen bootstrap`" in str(error("stats", "r.txt", "none"))
    for path in ("c.txt", "none"):
        found = error("-c", path, "stats", "r.txt", "g.json")
        assert isinstance(found, InputError)
        assert path in str(found)
