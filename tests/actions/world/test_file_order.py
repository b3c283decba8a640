"""The order of files in folders. Folders in memory list them by the time of their creation."""

import os
from pathlib import Path

import pytest

from actions.world import order


def listings(top: Path) -> dict[str, list[str]]:
    """Return what each folder lists."""
    return {os.path.relpath(folder, top): os.listdir(folder) for folder, _, _ in os.walk(top)}


def states(top: Path) -> dict[str, tuple[object, ...]]:
    """Return what a tree consists of, in no order."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (top, *top.rglob("*")):
        state = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(top))] = state.st_ino, state.st_mode, state.st_mtime_ns, state.st_nlink, content
    return found


def tree(top: Path) -> Path:
    """Make a tree with folders, programs, links to files and folders, an empty folder and an odd name."""
    for name in ("b", "a", "c/z", "c/x/deep", "c/y", os.fsdecode(b"n\xe9"), "empty/"):
        path = top / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text(name, errors="surrogateescape")
    (top / "program").write_text("")
    (top / "program").chmod(0o755)
    (top / "to-file").symlink_to("c/z")
    (top / "to-folder").symlink_to("c")
    (top / "to-nowhere").symlink_to("/nowhere")
    (top / "twin").hardlink_to(top / "a")
    for path in (top / "c/z", top / "c", top):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    return top


@pytest.mark.parametrize("is_newest_first", [True, False], ids=["newest first", "oldest first"])
def test_each_folder_lists_its_files_in_reverse(
    in_memory: Path, monkeypatch: pytest.MonkeyPatch, is_newest_first: bool
) -> None:
    """Both orders exist among releases of Linux; one of them is imitated."""
    listdir = os.listdir
    (in_memory / "probe" / "old").mkdir(parents=True)
    (in_memory / "probe" / "new").mkdir()
    if (listdir(in_memory / "probe") == ["new", "old"]) != is_newest_first:
        monkeypatch.setattr(os, "listdir", lambda folder: listdir(folder)[::-1])
    top = tree(in_memory / "top")
    usual, state = listings(top), states(top)
    order.reverse(str(top))

    assert len(usual["."]) == 10 and len(usual["c"]) == 3
    assert listings(top) == {folder: names[::-1] for folder, names in usual.items()}
    assert states(top) == state
    order.reverse(str(top))
    assert listings(top) == usual


def test_a_tree_on_a_disk_stays_the_same(tmp_path: Path) -> None:
    """The folder is a link in builds that write to the disk."""
    state = states(tree(tmp_path / "disk" / "src"))
    (tmp_path / "src").symlink_to(tmp_path / "disk" / "src")
    order.reverse(str(tmp_path / "src"))

    assert states(tmp_path / "disk" / "src") == state
    assert sorted(os.listdir(tmp_path)) == ["disk", "src"] and os.listdir(tmp_path / "disk") == ["src"]
