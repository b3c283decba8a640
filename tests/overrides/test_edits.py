"""The actions of `patch`: which form they have, and which are for a version."""

import json
import textwrap
from pathlib import Path

import pytest

from fromager_gen.errors import SettingsError
from fromager_gen.overrides import OverridePaths, Overrides, read_overrides
from fromager_gen.overrides.edits import edits_json


def read(folder: Path, patch: str) -> Overrides:
    path = folder / "fromager-gen" / "demo.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text("patch:\n" + textwrap.indent(textwrap.dedent(patch), "  "))
    return read_overrides(OverridePaths(folder / "settings.yaml", folder / "settings", folder / "patches"), set())


def test_the_examples_of_the_proposal_are_read(tmp_path: Path) -> None:
    overrides = read(
        tmp_path,
        r"""
        - title: Comment out foo
          action: replace-line
          files: [requirements.txt]
          search: '^(foo.*)$'
          replace: '# \1'
          when_version: '>=1.2'
          ignore_missing: true
        - {title: Remove bar, action: delete-line, files: [constraints.txt], search: 'bar.*'}
        - {title: Fix, action: fix-pkg-info, metadata_version: '2.4', when_version: '<1.0'}
        - {title: Add, action: pyproject-build-system, update_build_requires: [setuptools]}
        - {title: Pin, action: pin-requires-dist-to-constraint, requirements: [Torch]}
        """,
    )

    assert [edit.title for edit in overrides.edits_for("demo", "1.2")] == [
        "Comment out foo",
        "Remove bar",
        "Add",
        "Pin",
    ]
    assert [edit.title for edit in overrides.edits_for("demo", "0.9rc1")] == ["Remove bar", "Fix", "Add", "Pin"]
    assert overrides.edits_for("other", "1") == ()
    overrides.constraints["torch"] = "==2.10.0"
    assert overrides.pins_for("demo", "1.2") == {"torch": ("==2.10.0", False)}
    text = edits_json(overrides.edits_for("demo", "1.2"), overrides.pins_for("demo", "1.2"))
    assert json.loads(text) == [
        {
            "action": "replace-line", "title": "Comment out foo", "files": ["requirements.txt"], "search": "^(foo.*)$",
            "replace": r"# \1", "ignore_missing": True,
        },
        {"action": "delete-line", "title": "Remove bar", "files": ["constraints.txt"], "search": "bar.*"},
        {"action": "pyproject-build-system", "title": "Add", "update_build_requires": ["setuptools"]},
        {"action": "pin-requires-dist-to-constraint", "title": "Pin", "requirements": {"torch": "==2.10.0"}},
    ]  # fmt: skip
    overrides.replaced.add("demo==1.2")
    assert overrides.edits_for("demo", "1.2") == ()


def test_settings_of_a_version_replace_the_list(tmp_path: Path) -> None:
    overrides = read(tmp_path, "- {title: All, action: fix-pkg-info}")
    path = tmp_path / "fromager-gen" / "demo.yaml"
    path.write_text(path.read_text() + "\nversions: {'==2': {patch: [{title: Two, action: fix-pkg-info}]}}\n")
    overrides = read_overrides(OverridePaths(tmp_path / "settings.yaml", tmp_path / "settings", tmp_path / "p"), set())

    assert [overrides.edits_for("demo", version)[0].title for version in ("1", "2")] == ["All", "Two"]


@pytest.mark.parametrize(
    ("search", "replace"),
    [
        ("(?i)a", "b"),
        ("(?x) (a)  # comment", r"\1"),
        (r"(?P<one>a)|(b)\2", r"\g<one>\2"),
        ("(((a)))", r"\3"),
    ],
)
def test_every_regular_expression_can_be_replaced(tmp_path: Path, search: str, replace: str) -> None:
    keys = {"title": "x", "action": "replace-line", "files": ["f"], "search": search, "replace": replace}
    (edit,) = read(tmp_path, f"- {json.dumps(keys)}").edits_for("demo", "1")

    assert (edit.arguments["search"], edit.arguments["replace"]) == (search, replace)


@pytest.mark.parametrize(
    ("action", "says"),
    [
        ("x", ":2: expected a mapping"),
        ("{title: x}", ":2: an action of `patch` needs the key `action`: replace-line, delete-line"),
        ("{title: x, action: sed}", "unknown action 'sed'; known actions are replace-line"),
        ("{action: fix-pkg-info}", ":2: the action fix-pkg-info needs the key `title`"),
        ("{action: fix-pkg-info, title: ''}", "expected a text of one line"),
        (r'{action: fix-pkg-info, title: "a\nb"}', "expected a text of one line"),
        ("{action: fix-pkg-info, title: x, search: y}", "unknown key 'search'; known keys are action, ignore_missing"),
        ("{action: fix-pkg-info, title: x, metadata_version: 2.10}", "2.1 as a number: quote the version"),
        ("{action: fix-pkg-info, title: x, metadata_version: '2.10'}", "'2.10' is not a version of metadata"),
        ("{action: fix-pkg-info, title: x, metadata_version: new}", "'new' is not a version of metadata"),
        ("{action: fix-pkg-info, title: x, when_version: new}", "'new' is not a version specifier"),
        ("{action: fix-pkg-info, title: x, ignore_missing: 1}", "expected true or false, not 1"),
        ("{action: delete-line, title: x, search: a}", "the action delete-line needs the key `files`"),
        ("{action: delete-line, title: x, search: a, files: []}", "expected the paths of files in the source"),
        ("{action: delete-line, title: x, search: a, files: [/etc/passwd]}", "is not the path of a file in the source"),
        ("{action: delete-line, title: x, search: a, files: [../x]}", "is not the path of a file in the source"),
        ("{action: delete-line, title: x, search: a, files: [.]}", "is not the path of a file in the source"),
        ("{action: delete-line, title: x, search: '(', files: [a]}", "'(' is not a valid regular expression"),
        (r"{action: replace-line, title: x, search: a, replace: '\1', files: [a]}", "can't replace 'a': invalid"),
        ("{action: replace-line, title: x, search: a, files: [a]}", "needs the key `replace`"),
        ("{action: pyproject-build-system, title: x}", "needs `update_build_requires` or `remove_build_requires`"),
        ("{action: pyproject-build-system, title: x, update_build_requires: [a b]}", "is not a valid requirement"),
        ("{action: pin-requires-dist-to-constraint, title: x}", "needs the key `requirements`"),
        ("{action: pin-requires-dist-to-constraint, title: x, requirements: ['a>1']}", "is not a valid package name"),
    ],
)  # fmt: skip
def test_a_faulty_action_is_an_error_with_its_line(tmp_path: Path, action: str, says: str) -> None:
    with pytest.raises(SettingsError, match=r"fromager-gen/demo\.yaml:2: ") as raised:
        read(tmp_path, f"- {action}")
    assert says in f":2: {raised.value}" or says in str(raised.value)
