"""Writing a workspace: only changed files, without a loss of the user's files, and errors for changes by hand."""

from pathlib import Path

import pytest
from support.samples import contents

from fromager_gen.errors import WorkspaceError
from fromager_gen.write import WorkspaceFiles, difference, write_workspace
from fromager_gen.write.workspace import STATE

ONE = {"BUILD.bazel": "top\n", "packages/a/1/BUILD.bazel": "a1\n", "packages/b/1/BUILD.bazel": "b1\n"}


def files(workspace: Path) -> dict[str, str]:
    return {path: data.decode() for path, data in contents(workspace).items() if not path.startswith(STATE)}


def times(workspace: Path) -> dict[str, int]:
    return {path: (workspace / path).stat().st_mtime_ns for path in files(workspace)}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace with the files of ONE."""
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path / "ws")
    return tmp_path / "ws"


def test_a_new_workspace_is_made(tmp_path: Path) -> None:
    changes = write_workspace(WorkspaceFiles(dict(ONE)), tmp_path / "deep" / "ws")

    assert files(tmp_path / "deep" / "ws") == ONE
    assert str(changes) == "3 new, 0 changed, 0 removed"


def test_copies_are_written_byte_for_byte(tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"\r\n\xff\0")
    write_workspace(WorkspaceFiles({}, {"patches/1.patch": tmp_path / "p"}), tmp_path / "ws")

    assert (tmp_path / "ws/patches/1.patch").read_bytes() == b"\r\n\xff\0"


def test_a_second_run_touches_nothing(workspace: Path) -> None:
    before = times(workspace)

    assert not write_workspace(WorkspaceFiles(dict(ONE)), workspace)
    assert times(workspace) == before


def test_unchanged_files_keep_their_time(workspace: Path) -> None:
    before = times(workspace)
    changes = write_workspace(WorkspaceFiles({**ONE, "BUILD.bazel": "new\n"}), workspace)

    assert (changes.new, changes.changed, changes.stale) == ([], ["BUILD.bazel"], [])
    assert {path for path, time in times(workspace).items() if time != before[path]} == {"BUILD.bazel"}


def test_stale_files_and_empty_folders_are_removed(workspace: Path) -> None:
    changes = write_workspace(WorkspaceFiles({"BUILD.bazel": "top\n"}), workspace)

    assert changes.stale == ["packages/a/1/BUILD.bazel", "packages/b/1/BUILD.bazel"]
    assert sorted(path.name for path in workspace.iterdir()) == [STATE, "BUILD.bazel"]


def test_the_users_files_are_kept(workspace: Path) -> None:
    (workspace / "user.bazelrc").write_text("build\n")
    (workspace / "packages/a/1/notes.md").write_text("mine\n")
    write_workspace(WorkspaceFiles({}), workspace)

    assert files(workspace) == {"user.bazelrc": "build\n", "packages/a/1/notes.md": "mine\n"}


def test_a_deleted_file_is_written_again(workspace: Path) -> None:
    (workspace / "BUILD.bazel").unlink()

    assert write_workspace(WorkspaceFiles(dict(ONE)), workspace).new == ["BUILD.bazel"]
    assert files(workspace) == ONE


def test_a_stale_file_that_does_not_exist_is_ignored(workspace: Path) -> None:
    (workspace / "packages/a/1/BUILD.bazel").unlink()
    write_workspace(WorkspaceFiles({"BUILD.bazel": "top\n"}), workspace)

    assert files(workspace) == {"BUILD.bazel": "top\n"}


@pytest.mark.parametrize("new", [{**ONE, "packages/a/1/BUILD.bazel": "a2\n"}, {"BUILD.bazel": "top\n"}, ONE])
def test_a_file_changed_by_hand_is_an_error(workspace: Path, new: dict[str, str]) -> None:
    (workspace / "packages/a/1/BUILD.bazel").write_text("by hand\n")
    before = contents(workspace)

    with pytest.raises(WorkspaceError, match=r"(?s)were changed by hand: packages/a/1/BUILD\.bazel.*--overwrite"):
        write_workspace(WorkspaceFiles(new), workspace)
    assert contents(workspace) == before


def test_overwrite_replaces_files_changed_by_hand(workspace: Path) -> None:
    (workspace / "packages/a/1/BUILD.bazel").write_text("by hand\n")
    write_workspace(WorkspaceFiles(dict(ONE)), workspace, overwrite=True)

    assert files(workspace) == ONE


def test_a_changed_file_that_the_tree_was_made_from_is_written(workspace: Path) -> None:
    (workspace / "BUILD.bazel").write_text("by hand\n")
    write_workspace(WorkspaceFiles({**ONE, "BUILD.bazel": "new\n"}), workspace, taken_over={"BUILD.bazel"})

    assert files(workspace)["BUILD.bazel"] == "new\n"


def test_a_change_by_hand_that_the_new_tree_has_too_is_accepted(workspace: Path) -> None:
    (workspace / "BUILD.bazel").write_text("new\n")

    assert not write_workspace(WorkspaceFiles({**ONE, "BUILD.bazel": "new\n"}), workspace).changed
    assert not write_workspace(WorkspaceFiles({**ONE, "BUILD.bazel": "new\n"}), workspace)


def test_an_accepted_change_by_hand_is_recorded_as_generated(workspace: Path) -> None:
    (workspace / "BUILD.bazel").write_text("new\n")
    write_workspace(WorkspaceFiles({**ONE, "BUILD.bazel": "new\n"}), workspace)
    write_workspace(WorkspaceFiles({**ONE, "BUILD.bazel": "newer\n"}), workspace)

    assert files(workspace)["BUILD.bazel"] == "newer\n"


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_of_the_user_is_not_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "BUILD.bazel").write_text("theirs\n")

    with pytest.raises(WorkspaceError, match=r"were not written by fromager-gen: BUILD\.bazel"):
        write_workspace(WorkspaceFiles(dict(ONE)), tmp_path, overwrite)
    assert files(tmp_path) == {"BUILD.bazel": "theirs\n"}


def test_a_file_of_the_user_is_not_replaced_by_a_new_file(workspace: Path) -> None:
    (workspace / "packages/c").mkdir()
    (workspace / "packages/c/BUILD.bazel").write_text("theirs\n")
    before = contents(workspace)

    with pytest.raises(WorkspaceError, match=r"were not written by fromager-gen: packages/c/BUILD\.bazel"):
        write_workspace(WorkspaceFiles({**ONE, "packages/c/BUILD.bazel": "ours\n"}), workspace, overwrite=True)
    assert contents(workspace) == before


def test_all_changes_by_hand_are_reported_at_once(workspace: Path) -> None:
    for path in ONE:
        (workspace / path).write_text("by hand\n")

    with pytest.raises(WorkspaceError, match="3 problems") as raised:
        write_workspace(WorkspaceFiles(dict(ONE)), workspace)
    assert raised.value.exit_code == 7


def test_a_difference_is_shown_and_nothing_written(workspace: Path) -> None:
    before, before_times = contents(workspace), times(workspace)
    tree = WorkspaceFiles(
        {"BUILD.bazel": "top\nmore\n", "packages/a/1/BUILD.bazel": "a1\n", "packages/c/1/BUILD.bazel": "c1\n"}
    )

    changes, lines = difference(tree, workspace)
    text = "".join(lines)

    assert (changes.new, changes.changed, changes.stale) == (
        ["packages/c/1/BUILD.bazel"],
        ["BUILD.bazel"],
        ["packages/b/1/BUILD.bazel"],
    )
    for line in (
        "--- a/BUILD.bazel\n",
        "+more\n",
        "--- /dev/null\n+++ b/packages/c/1/BUILD.bazel\n",
        "+++ /dev/null\n",
        "-b1\n",
    ):
        assert line in text
    assert (contents(workspace), times(workspace)) == (before, before_times)


def test_no_difference_gives_no_lines(workspace: Path) -> None:
    changes, lines = difference(WorkspaceFiles(dict(ONE)), workspace)

    assert not changes
    assert not list(lines)


def test_the_difference_to_a_missing_workspace_creates_nothing(tmp_path: Path) -> None:
    changes, _ = difference(WorkspaceFiles(dict(ONE)), tmp_path / "none")

    assert len(changes.new) == 3
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "\xff", "[" * 100_000, '{"BUILD.bazel": "0"}', '{"BUILD.bazel": [[1]]}', '{"BUILD.bazel": ["0"]}']
    + [f'{{"{name}": []}}' for name in ("../x", "/etc/x", "a/../../x", "", "a/", "a\\u0000b")],
)
def test_a_damaged_manifest_is_an_error(workspace: Path, text: str) -> None:
    (workspace / STATE / "manifest.json").write_text(text, encoding="latin-1")

    with pytest.raises(WorkspaceError, match=r"manifest\.json is damaged.*--overwrite"):
        write_workspace(WorkspaceFiles({}), workspace)
    assert files(workspace) == ONE

    two = {**ONE, "BUILD.bazel": "new\n"}
    write_workspace(WorkspaceFiles(dict(two)), workspace, overwrite=True)
    assert files(workspace) == two
    assert not write_workspace(WorkspaceFiles(dict(two)), workspace)


def test_with_a_damaged_manifest_generated_files_are_known_by_their_header(workspace: Path) -> None:
    header = "# Generated by fromager-gen. Do not edit.\n"
    (workspace / "packages/gone/1").mkdir(parents=True)
    (workspace / "packages/gone/1/BUILD.bazel").write_text(header)
    (workspace / "packages/mine/1").mkdir(parents=True)
    (workspace / "packages/mine/1/BUILD.bazel").write_text("mine\n")
    (workspace / STATE / "manifest.json").write_text("")

    assert write_workspace(WorkspaceFiles(dict(ONE)), workspace, overwrite=True).stale == [
        "packages/gone/1/BUILD.bazel"
    ]
    assert files(workspace) == {**ONE, "packages/mine/1/BUILD.bazel": "mine\n"}


def test_a_damaged_manifest_is_kept_if_nothing_can_be_written(workspace: Path) -> None:
    (workspace / STATE / "manifest.json").write_text("")
    (workspace / "new").mkdir()

    with pytest.raises(WorkspaceError, match="new is a folder"):
        write_workspace(WorkspaceFiles({**ONE, "new": "x"}), workspace, overwrite=True)
    assert (workspace / STATE / "manifest.json").read_text() == ""


def test_a_damaged_record_of_an_interrupted_run_does_not_affect_a_good_manifest(workspace: Path) -> None:
    (workspace / STATE / "pending.json").write_text("")
    (workspace / "mine").write_text("mine\n")

    with pytest.raises(WorkspaceError, match="were not written by fromager-gen: mine"):
        write_workspace(WorkspaceFiles({**ONE, "mine": "ours\n"}), workspace, overwrite=True)
    assert (workspace / "mine").read_text() == "mine\n"


def test_a_broken_link_of_the_user_is_kept(tmp_path: Path) -> None:
    (tmp_path / "BUILD.bazel").symlink_to("not-mounted")

    with pytest.raises(WorkspaceError, match=r"BUILD\.bazel is a broken link"):
        write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    assert (tmp_path / "BUILD.bazel").is_symlink()
