"""``list-overrides`` and ``lint``: output and errors."""

import csv
import json
from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.folders import make

from fromager_gen.errors import SettingsError


@pytest.fixture(autouse=True)
def overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create overrides of two packages in the default folders of Fromager."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "overrides"
    make(folder, "settings/a_x.yaml", text="variants: {cpu: {pre_built: true}, '[red]': {}}\n")
    make(folder, *(f"patches/{name}.patch" for name in ("b/1", "b-1.0/2", "b-2.0/3", "b-2.0/4")))
    return folder


def test_names() -> None:
    assert output("list-overrides") == "a-x\nb\n"
    assert output("list-overrides", "--format", "json") == "a-x\nb\n"
    assert output("list-overrides", "-o", "out") == ""
    assert Path("out").read_text() == "a-x\nb\n"


def test_no_overrides(tmp_path: Path) -> None:
    assert output("--settings-dir", "none", "--patches-dir", "none", "list-overrides") == ""
    assert (
        output("--settings-dir", "none", "--patches-dir", "none", "list-overrides", "--details", "--format=json")
        == "[]\n"
    )


def test_details_as_json() -> None:
    rows = json.loads(output("list-overrides", "--details", "--format", "JSON"))

    assert rows[0] == {
        "package": "a-x", "version": "", "patches": "", "plugin_hooks": "", "min_release_age": "", "[red]": "yes",
        "cpu": "pre-built",
    }  # fmt: skip
    assert [(row["package"], row["version"], row["patches"]) for row in rows[1:]] == [
        ("b", "1.0", "2"),
        ("b", "2.0", "3"),
    ]


def test_details_as_csv() -> None:
    output("list-overrides", "--details", "--format", "csv", "-o", "out.csv")

    with Path("out.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["package", "version", "patches", "min_release_age", "[red]", "cpu", "plugin_hooks"]
    assert rows == [
        ["a-x", "", "", "", "yes", "pre-built", ""],
        ["b", "1.0", "2", "", "", "", ""],
        ["b", "2.0", "3", "", "", "", ""],
    ]


def test_details_as_a_table_are_not_truncated() -> None:
    lines = output("list-overrides", "--details").splitlines()

    assert lines[0].strip() == "Package Overrides"
    assert "┃ Package ┃ Version ┃ Patches ┃ Min Release Age (days) ┃ [red] ┃ cpu       ┃ Plugin ┃" in lines
    assert "│ b       │ 2.0     │ 3       │                        │       │           │        │" in lines


def test_unknown_format_is_an_error() -> None:
    assert "'xml' is not one of" in usage_error("list-overrides", "--details", "--format", "xml")


def test_invalid_settings_are_an_error(overrides: Path) -> None:
    (overrides / "settings/c.yaml").write_text("wrong: 1\n")

    assert "c.yaml:1: unknown key 'wrong'" in str(error("list-overrides"))


def test_lint_without_problems() -> None:
    assert output("lint") == ""


def test_lint_prints_and_counts_all_problems(overrides: Path) -> None:
    (overrides / "settings/Wrong-Name.yml").touch()
    (overrides / "patches/Wrong").mkdir()
    found = run("lint")

    assert len(found.stdout.splitlines()) == 3
    assert isinstance(found.exception, SettingsError)
    assert str(found.exception).startswith("3 problems in settings, patches and plugins")
