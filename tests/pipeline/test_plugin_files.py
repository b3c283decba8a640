"""What plugins leave in actions is taken over, unless it belongs to this program."""

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from fromager_gen.bazel import Outcome
from fromager_gen.graph import Node
from fromager_gen.names import folder
from fromager_gen.pipeline.plugin_files import keep_plugin_files
from fromager_gen.plugins import PLUGIN_GROUP, Plugins

NODE = Node("a==1.0", "a", "1.0", "", False, ())


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    site = tmp_path / "site"
    site.mkdir()
    (site / "team_of_files.py").write_text("def build_wheel(): ...\n")
    monkeypatch.syspath_prepend(str(site))
    return Plugins([EntryPoint("a", "team_of_files", PLUGIN_GROUP)])


def kept(tmp_path: Path, plugins: Plugins, *names: str, text: str = "new") -> list[str]:
    """Take over files of an action; return the files of the work directory that are there afterwards."""
    top, work_dir = tmp_path / "out" / "wheel.plugin", tmp_path / "work"
    for name in names:
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    outcome = Outcome(of_plugins={folder("a", "1.0"): [top / name for name in names]})
    keep_plugin_files(outcome, [NODE], work_dir, plugins)
    return sorted(path.relative_to(work_dir).as_posix() for path in work_dir.rglob("*") if path.is_file())


def test_files_are_copied(tmp_path: Path, plugins: Plugins) -> None:
    assert kept(tmp_path, plugins, "work-dir/note.txt", "work-dir/a-1.0/x/y.bin") == ["a-1.0/x/y.bin", "note.txt"]


@pytest.mark.parametrize(
    "name",
    [
        "graph.json", "build-order.json", "constraints.txt", "workspace/user.bazelrc", "plugins/x.py", ".lock",
        "sources/a.tar.gz", "b-1.0/build.log", "bootstrap-questions.json", "build-sequence-summary.md",
    ],
)  # fmt: skip
def test_files_of_this_program_stay(tmp_path: Path, plugins: Plugins, name: str, logged: list[str]) -> None:
    assert kept(tmp_path, plugins, f"work-dir/{name}") == []
    assert any("of its plugin is not copied to the work directory" in line for line in logged)


def test_records_are_logged_in_the_names_of_plugins_alone(tmp_path: Path, plugins: Plugins, logged: list[str]) -> None:
    records = [
        ("team_of_files.x", 20, "one"),
        ("fromager_gen.lock", 90, "two\x1b[2J"),
        ("fromager.sources", 10, "three"),
    ]
    lines = [json.dumps({"logger": name, "level": level, "text": text}) for name, level, text in records]
    kept(tmp_path, plugins, "log", text="\n".join([*lines, "{"]))

    assert [line for line in logged if "a-1.0: " in line] == [
        "INFO a-1.0: one", "CRITICAL a-1.0: two\\x1b[2J", "DEBUG a-1.0: three",
    ]  # fmt: skip
