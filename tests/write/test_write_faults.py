"""Runs that are interrupted, that overlap, or that can't write: the old files stay, and the next run works."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.samples import contents

from fromager_gen.errors import WorkspaceError, WriteError
from fromager_gen.files import write_text
from fromager_gen.write import WorkspaceFiles, write_workspace
from fromager_gen.write.workspace import STATE

ONE = {"BUILD.bazel": "1\n", "a/BUILD.bazel": "1\n", "b/BUILD.bazel": "1\n", "old/BUILD.bazel": "1\n"}
TWO = {"BUILD.bazel": "2\n", "a/BUILD.bazel": "2\n", "b/BUILD.bazel": "1\n", "c/BUILD.bazel": "2\n"}
THREE = {"BUILD.bazel": "3\n", "a/BUILD.bazel": "3\n", "b/BUILD.bazel": "1\n"}

# Writes a tree and ends, as `kill -9` would, at the given call of os.replace or os.unlink.
_PROGRAM = """
import json, os, resource, sys
from pathlib import Path
from fromager_gen.errors import WorkspaceError, WriteError
from fromager_gen.write import WorkspaceFiles
from fromager_gen.write import write_workspace
texts, last, limit = json.loads(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
calls = 0
def counted(real):
    def call(*args, **more):
        global calls
        calls += 1
        if calls == last:
            os._exit(9)
        return real(*args, **more)
    return call
os.replace, os.unlink = counted(os.replace), counted(os.unlink)
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write_workspace(WorkspaceFiles(texts), Path(sys.argv[1]))
except (WorkspaceError, WriteError) as err:
    sys.exit(f"{type(err).__name__}: {err}")
"""


def start(workspace: Path, texts: dict[str, str], die_at: int = 0, limit: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _PROGRAM, str(workspace), json.dumps(texts), str(die_at), str(limit)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(root)}, stderr=subprocess.PIPE, text=True)


def run(workspace: Path, texts: dict[str, str], die_at: int = 0, limit: int = 0) -> tuple[int, str]:
    process = start(workspace, texts, die_at, limit)
    _, errors = process.communicate(timeout=60)
    return process.returncode, errors


def files(workspace: Path) -> dict[str, str]:
    return {path: data.decode() for path, data in contents(workspace).items() if not path.startswith(STATE)}


def whole(workspace: Path) -> dict[str, str]:
    """Return the files without the temporary files of a killed run."""
    return {path: text for path, text in files(workspace).items() if not Path(path).name.startswith(".")}


def test_a_killed_run_leaves_complete_files_and_the_next_run_repairs_the_workspace(tmp_path: Path) -> None:
    for die_at in range(1, 30):
        workspace = tmp_path / str(die_at)
        write_workspace(WorkspaceFiles(dict(ONE)), workspace)
        code, _ = run(workspace, TWO, die_at)
        assert all(text in ("1\n", "2\n") for text in whole(workspace).values())
        write_workspace(WorkspaceFiles(dict(TWO)), workspace)
        assert whole(workspace) == TWO
        if code == 0:
            break
    assert die_at > 5


def test_the_run_after_a_killed_one_removes_temporary_files(tmp_path: Path) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    assert run(tmp_path, TWO, die_at=3)[0] == 9
    write_workspace(WorkspaceFiles(dict(TWO)), tmp_path)

    assert files(tmp_path) == TWO


@pytest.mark.parametrize("second", range(1, 5))
def test_two_killed_runs_in_a_row_are_repaired(tmp_path: Path, second: int) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    assert run(tmp_path, TWO, die_at=4)[0] == 9
    assert run(tmp_path, THREE, die_at=second)[0] == 9

    write_workspace(WorkspaceFiles(dict(THREE)), tmp_path)

    assert whole(tmp_path) == THREE


def test_a_killed_first_run_is_repaired(tmp_path: Path) -> None:
    assert run(tmp_path, ONE, die_at=3)[0] == 9
    write_workspace(WorkspaceFiles(dict(TWO)), tmp_path)

    assert whole(tmp_path) == TWO


@pytest.mark.parametrize("die_at", range(1, 8))
def test_a_killed_first_run_is_repaired_by_a_second_and_a_third_run(tmp_path: Path, die_at: int) -> None:
    """The third run still recognizes the files of the second as generated."""
    run(tmp_path, ONE, die_at)
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    write_workspace(WorkspaceFiles(dict(TWO)), tmp_path)

    assert whole(tmp_path) == TWO


def test_a_change_by_hand_after_a_killed_run_is_still_found(tmp_path: Path) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    run(tmp_path, TWO, die_at=4)
    (tmp_path / "a/BUILD.bazel").write_text("by hand\n")

    with pytest.raises(WorkspaceError, match=r"a/BUILD\.bazel"):
        write_workspace(WorkspaceFiles(dict(TWO)), tmp_path)


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    with (tmp_path / STATE / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = start(tmp_path, TWO)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        assert files(tmp_path) == ONE

    process.communicate(timeout=60)
    assert process.returncode == 0
    assert files(tmp_path) == TWO


def test_runs_at_the_same_time_do_not_mix_their_files(tmp_path: Path) -> None:
    trees = [{f"{n}/BUILD.bazel": f"{name}\n" for n in range(50)} for name in "ab"]
    running = [start(tmp_path, tree) for tree in trees * 2]

    assert [process.communicate(timeout=60)[1] for process in running] == [""] * 4
    assert files(tmp_path) in trees


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    code, errors = run(tmp_path, {**TWO, "z/BUILD.bazel": "x" * 100_000}, limit=20_000)

    assert code == 1
    assert errors.startswith("WriteError: ") and "can't be written: File too large" in errors
    assert files(tmp_path) == ONE


def test_after_a_full_disk_the_next_run_works(tmp_path: Path) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    run(tmp_path, {**TWO, "z/BUILD.bazel": "x" * 100_000}, limit=20_000)
    write_workspace(WorkspaceFiles(dict(THREE)), tmp_path)

    assert files(tmp_path) == THREE


def test_an_unwritable_folder_is_reported_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test replaces the check, since the kernel never denies access to root."""
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("/a"))

    with pytest.raises(WriteError, match=r"/a can't be written: Permission denied"):
        write_workspace(WorkspaceFiles({**TWO, "a/new/BUILD.bazel": "2\n"}), tmp_path)
    assert files(tmp_path) == ONE


@pytest.mark.parametrize("target", ["nowhere", "old"])
def test_a_broken_link_is_an_error_and_a_link_to_a_folder_is_followed(tmp_path: Path, target: str) -> None:
    write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    (tmp_path / "c").symlink_to(target)

    if target == "nowhere":
        with pytest.raises(WriteError, match=r"/c can't be written: Not a directory"):
            write_workspace(WorkspaceFiles({**ONE, **TWO}), tmp_path)
        assert files(tmp_path) == ONE
    else:
        write_workspace(WorkspaceFiles({**ONE, "c/d/BUILD.bazel": "2\n"}), tmp_path)
        assert (tmp_path / "old/d/BUILD.bazel").read_text() == "2\n"


def test_a_file_with_the_path_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("theirs\n")

    with pytest.raises(WriteError, match=r"/b.* can't be written"):
        write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    assert files(tmp_path) == {"b": "theirs\n"}


def test_a_folder_with_the_path_of_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "BUILD.bazel").mkdir()

    with pytest.raises(WorkspaceError, match=r"BUILD\.bazel is a folder, but a generated file needs this path"):
        write_workspace(WorkspaceFiles(dict(ONE)), tmp_path)
    assert files(tmp_path) == {}


def test_a_workspace_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "ws").write_text("theirs\n")

    with pytest.raises(WriteError, match=r"ws.* can't be written"):
        write_workspace(WorkspaceFiles(dict(ONE)), tmp_path / "ws")
    assert (tmp_path / "ws").read_text() == "theirs\n"


def test_a_text_is_written_completely_or_not_at_all(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "lock.json", "{}\n")
    assert contents(tmp_path) == {"new/lock.json": b"{}\n"}

    (tmp_path / "file").touch()
    with pytest.raises(WriteError, match=r"file/lock\.json can't be written"):
        write_text(tmp_path / "file" / "lock.json", "{}\n")
