"""The allow-list of `verify`: members that may differ, each with a reason."""

from pathlib import Path

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import Allowed, OverridePaths, lint, read_allowed


def write(folder: Path, text: str) -> Path:
    (folder / "verify.yaml").write_text(text)
    return folder / "settings.yaml"


def test_without_a_file_nothing_is_allowed(tmp_path: Path) -> None:
    assert read_allowed(tmp_path / "settings.yaml") == ()
    assert read_allowed(write(tmp_path, "# nothing\n")) == ()


def test_entries_are_read_with_their_lines(tmp_path: Path) -> None:
    text = """
- package: demo
  members: ["demo/*.txt", "*.so"]
  reason: The time of the build.
- package: other-one
  version: ">=1.0,<2"
  members: ["*"]
  reason: |
    Its order is random.
"""
    one, other = read_allowed(write(tmp_path, text))

    assert one == Allowed("demo", ("demo/*.txt", "*.so"), "The time of the build.", f"{tmp_path}/verify.yaml:2")
    assert other.reason == "Its order is random." and other.where.endswith(":5")
    assert one.covers("demo", "1.0", "demo/deep/x.txt") and one.covers("demo", "2.0rc1", "x.so")
    assert not one.covers("demo", "1.0", "demo/x.py") and not one.covers("other", "1.0", "x.so")
    assert other.covers("other-one", "1.5b1", "") and not other.covers("other-one", "2.0", "x")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("package: demo", ":1: the file must be a list"),
        ("- demo", ":1: an entry must be a mapping with the keys package, members, reason"),
        ("- package: demo\n  members: [x]", ":1: reason is missing"),
        ("- package: demo", ":1: members and reason are missing"),
        ("- package: demo\n  members: [x]\n  reason: ''", ":3: reason: expected a text that states why"),
        ("- package: demo\n  members: x\n  reason: y", ":2: members: expected a list of names or patterns"),
        ("- package: demo\n  members: []\n  reason: y", ":2: members: expected a list"),
        ("- package: demo\n  members: [1]\n  reason: y", ":2: members: expected a list"),
        ("- package: De_mo\n  members: [x]\n  reason: y", ":1: package: 'De_mo' is not a canonical name"),
        ("- package: 1\n  members: [x]\n  reason: y", ":1: package: 1 is not a valid package name"),
        ("- package: a\n  members: [x]\n  reason: y\n  why: z", ":4: why: unknown key; known keys are package"),
        ("- package: a\n  members: [x]\n  reason: y\n  version: 1.0", ":4: version: 1.0 is not a version specifier"),
        ("- package: a\n  members: [x]\n  reason: y\n  version: 'x'", ":4: version: 'x' is not a version specifier"),
        ("- package: [a]\n  members: [x]\n  reason: y", ":1: package: expected the name of one package"),
        ("- package: {a: b}\n  members: [x]\n  reason: y", "package: expected the name of one package"),
        ("- package: a\n  members: [x]\n  reason: y\n  version: ['1']", ":4: version: expected one version specifier"),
        ("- package: a\n  members: [x]\n  reason: [y]", ":3: reason: expected a text"),
        ("- package: a\n  members: [[x]]\n  reason: y", ":2: members: expected a list of names"),
        ("- [", "the settings can't be read"),
    ],
)
def test_invalid_entries_are_errors_with_their_lines(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_allowed(write(tmp_path, text))

    assert says in str(caught.value) and "Value(" not in str(caught.value)


def test_all_problems_are_one_error_which_lint_reports(tmp_path: Path) -> None:
    file = write(tmp_path, "- package: a\n  members: [x]\n- package: b\n  reason: y\n")
    with pytest.raises(SettingsError, match="2 problems") as caught:
        read_allowed(file)

    assert lint(OverridePaths(file, tmp_path / "none", tmp_path / "none")) == [str(caught.value)]
