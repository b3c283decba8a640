"""Patches: every line must match, all files change or none, and nothing outside the tree is written."""

import os
import subprocess
from pathlib import Path

import pytest
from support.samples import contents

from actions.errors import ActionError
from actions.patch.apply import apply

HUNK = "@@ -1 +1 @@\n-one\n+two\n"
TEN = "".join(f"line {n}\n" for n in range(1, 11))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "ten.txt").write_text(TEN)
    (folder / "one.txt").write_text("one\n")
    return folder


def put(tree: Path, text: str | bytes) -> None:
    patch = tree.parent / "the.patch"
    patch.write_bytes(text.encode() if isinstance(text, str) else text)
    apply(patch, tree)


def refused(tree: Path, text: str | bytes, says: str) -> None:
    before = contents(tree.parent)
    with pytest.raises(ActionError, match=says) as raised:
        put(tree, text)
    assert "the.patch" in str(raised.value)
    assert contents(tree.parent) == {**before, "the.patch": text.encode() if isinstance(text, str) else text}


def change(path: str, old: str = "one", new: str = "two", at: str = "-1 +1") -> str:
    return f"--- a/{path}\n+++ b/{path}\n@@ {at} @@\n-{old}\n+{new}\n"


def test_a_change_is_made(tree: Path) -> None:
    put(tree, "From: me\nSubject: why\n\n---\n one.txt | 2 +-\n\n" + change("one.txt") + "-- \n2.39\n")

    assert (tree / "one.txt").read_text() == "two\n"


def test_several_hunks_and_files(tree: Path) -> None:
    hunks = "@@ -1,2 +1,3 @@\n line 1\n+new\n line 2\n@@ -9,2 +10 @@ context\n-line 9\n line 10\n"
    put(tree, change("one.txt") + f"--- a/src/ten.txt\t2024-01-01\n+++ b/src/ten.txt\t2024-01-01\n{hunks}")

    assert (tree / "src/ten.txt").read_text() == TEN.replace("line 1\n", "line 1\nnew\n", 1).replace("line 9\n", "")
    assert (tree / "one.txt").read_text() == "two\n"


def test_one_patch_can_change_a_file_twice(tree: Path) -> None:
    put(tree, change("one.txt") + change("one.txt", "two", "three"))

    assert (tree / "one.txt").read_text() == "three\n"


def test_files_are_created_removed_and_renamed(tree: Path) -> None:
    new = "diff --git a/new/x b/new/x\nnew file mode 100755\n--- /dev/null\n+++ b/new/x\n@@ -0,0 +1 @@\n+hello\n"
    gone = (
        "diff --git a/one.txt b/one.txt\ndeleted file mode 100644\n--- a/one.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n"
    )
    moved = "diff --git a/src/ten.txt b/eleven\nsimilarity index 100%\nrename from src/ten.txt\nrename to eleven\n"
    put(tree, new + gone + moved)

    assert contents(tree) == {"new/x": b"hello\n", "eleven": TEN.encode()}
    assert os.access(tree / "new/x", os.X_OK)


def test_a_renamed_file_can_change(tree: Path) -> None:
    put(
        tree,
        "diff --git a/one.txt b/two.txt\nrename from one.txt\nrename to two.txt\n"
        + "--- a/one.txt\n+++ b/two.txt\n@@ -1 +1 @@\n-one\n+two\n",
    )

    assert (tree / "two.txt").read_text() == "two\n"
    assert not (tree / "one.txt").exists()


def test_an_empty_file_is_created_and_a_mode_is_changed(tree: Path) -> None:
    put(
        tree,
        "diff --git a/e b/e\nnew file mode 100644\nindex 000..e69\n"
        "diff --git a/one.txt b/one.txt\nold mode 100644\nnew mode 100755\n",
    )

    assert (tree / "e").read_bytes() == b""
    assert os.access(tree / "one.txt", os.X_OK)
    assert (tree / "one.txt").read_text() == "one\n"


def test_mode_bits_other_than_executable_are_dropped(tree: Path) -> None:
    """P08."""
    put(tree, "diff --git a/s b/s\nnew file mode 104755\n--- /dev/null\n+++ b/s\n@@ -0,0 +1 @@\n+x\n")

    assert oct((tree / "s").stat().st_mode & 0o7777) == "0o755"


def test_a_file_without_a_last_line_end(tree: Path) -> None:
    note = "\\ No newline at end of file\n"
    put(tree, f"--- a/one.txt\n+++ b/one.txt\n@@ -1 +1 @@\n-one\n+two\n{note}")
    assert (tree / "one.txt").read_bytes() == b"two"

    put(tree, f"--- a/one.txt\n+++ b/one.txt\n@@ -1 +1,2 @@\n-two\n{note}+two\n+three\n")
    assert (tree / "one.txt").read_bytes() == b"two\nthree\n"


def test_a_missing_note_about_the_last_line_end_is_refused(tree: Path) -> None:
    (tree / "one.txt").write_text("one")

    refused(tree, change("one.txt"), "does not apply")


def test_an_offset_is_used_if_there_is_only_one_place(tree: Path) -> None:
    put(tree, "--- a/src/ten.txt\n+++ b/src/ten.txt\n@@ -1,3 +1,3 @@\n line 7\n-line 8\n+eight\n line 9\n")

    assert (tree / "src/ten.txt").read_text() == TEN.replace("line 8", "eight")


def test_an_offset_with_two_possible_places_is_refused(tree: Path) -> None:
    (tree / "src/ten.txt").write_text("x\na\nb\ny\na\nb\n")

    refused(
        tree, "--- a/src/ten.txt\n+++ b/src/ten.txt\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "does not apply.*more than once"
    )


def test_of_several_places_the_one_in_the_patch_is_used(tree: Path) -> None:
    (tree / "src/ten.txt").write_text("a\nb\na\nb\n")
    put(tree, "--- a/src/ten.txt\n+++ b/src/ten.txt\n@@ -3,2 +3,2 @@\n a\n-b\n+c\n")

    assert (tree / "src/ten.txt").read_text() == "a\nb\na\nc\n"


def test_windows_line_ends_are_kept_and_must_match(tree: Path) -> None:
    """P09."""
    (tree / "one.txt").write_bytes(b"zero\r\none\r\n")
    hunk = b"--- a/one.txt\n+++ b/one.txt\n@@ -1,2 +1,2 @@\n zero\r\n-one\r\n+two\r\n"
    refused(tree, hunk.replace(b"\r", b""), "does not apply")
    put(tree, hunk)

    assert (tree / "one.txt").read_bytes() == b"zero\r\ntwo\r\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (change("one.txt", "other"), r"hunk 1 of 1 \(line 1\) does not apply to one\.txt"),
        (change("one.txt") + change("src/ten.txt", "none"), r"does not apply to src/ten\.txt"),
        ("--- a/one.txt\n+++ b/one.txt\n@@ -1,3 +1,3 @@\n other\n-one\n+two\n other\n", "does not apply"),
        (change("none.txt"), r"changes none\.txt, which the source does not have"),
        ("", "changes nothing"),
        ("just words\n", "changes nothing"),
        ("--- a/one.txt\n+++ b/one.txt\n", "changes nothing"),
        ("--- a/one.txt\n+++ b/one.txt\n@@ -1,5 +1,5 @@\n-one\n+two\n", "line 3: the hunk is incomplete"),
        ("@@ -1 +1 @@\n-one\n+two\n", "line 1: the hunk comes before any file name"),
        ("1c\ntwo\n.\nw\n", "changes nothing"),
        ("--- a/one.txt\n+++ b/one.txt\n1c\n!touch executed\n.\n", "changes nothing"),
        ("*** a/one.txt\n--- b/one.txt\n***************\n*** 1 ****\n! one\n--- 1 ----\n! two\n", "context diff"),
        ("diff --git a/x b/x\nnew file mode 100644\nGIT binary patch\nliteral 1\nIcmZPo0001\n", "binary change"),
        ("Binary files a/x and b/x differ\n", "binary change"),
        ("--- /dev/null\n+++ b/one.txt\n@@ -0,0 +1 @@\n+one\n", r"creates one\.txt, which already exists"),
        ("--- a/src/ten.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-line 1\n", r"removes src/ten\.txt, which has lines that"),
        ("--- /dev/null\n+++ /dev/null\n@@ -1 +1 @@\n-one\n+two\n", "the file is absent both before and after"),
        ("--- one.txt\n+++ one.txt\n@@ -1 +1 @@\n-one\n+two\n", "line 3: the names above this hunk have no folder"),
        ("diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc/passwd\n", "symbolic"),
    ],
    ids=[
        "P01", "P01 second file", "P02 fuzz", "no file", "P04 empty", "P04 words", "P04 header", "early end", "no name",
        "P06 ed", "P06 ed with names", "context diff", "P09 binary", "binary", "new over old",
        "gone but more", "nothing", "no a/", "P07",
    ],
)  # fmt: skip
def test_a_patch_that_does_not_apply_exactly_is_refused(tree: Path, text: str | bytes, says: str) -> None:
    refused(tree, text, says)


def test_a_patch_that_is_already_applied_is_refused(tree: Path) -> None:
    """P03."""
    put(tree, change("one.txt"))

    refused(tree, change("one.txt"), "does not apply")


OUTSIDE = ["../x", "src/../../x", "src/./../../x", "a\\x", "a\x01x"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_paths_outside_the_tree_are_refused(tree: Path, path: str) -> None:
    """P05."""
    refused(tree, f"--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n", "outside the source tree")
    refused(tree, change(path), "outside the source tree")


def test_several_slashes_count_as_one(tree: Path) -> None:
    """As in GNU patch, so `b//etc/x` is a file of the source."""
    put(tree, "--- /dev/null\n+++ b//etc/x\n@@ -0,0 +1 @@\n+x\n")

    assert (tree / "etc" / "x").read_text() == "x\n"


@pytest.mark.parametrize("path", OUTSIDE[:3])
def test_renames_to_the_outside_are_refused(tree: Path, path: str) -> None:
    refused(tree, f"diff --git a/one.txt b/{path}\nrename from one.txt\nrename to {path}\n", "outside the source tree")


def test_a_patch_does_not_write_through_a_link(tree: Path) -> None:
    (tree.parent / "victim").write_text("one\n")
    (tree / "up").symlink_to("..")
    (tree / "file").symlink_to("one.txt")

    refused(tree, change("up/victim"), "writes 'up/victim' through a symbolic link")
    refused(tree, change("file"), "through a symbolic link")


def test_a_copy_keeps_the_original_file(tree: Path) -> None:
    put(tree, "diff --git a/one.txt b/two.txt\nsimilarity index 100%\ncopy from one.txt\ncopy to two.txt\n")

    assert (tree / "one.txt").read_text() == (tree / "two.txt").read_text() == "one\n"


@pytest.mark.parametrize(
    ("header", "made"),
    [
        ("diff --git a/one.txt b/t w o\nsimilarity index 100%\nrename from one.txt\nrename to t w o\n", "t w o"),
        ("diff --git a/d e b/d e\nnew file mode 100644\nindex 0..1\n", "d e"),
        ('diff --git "a/q\\303\\251" "b/q\\303\\251"\nnew file mode 100644\nindex 0..1\n', "q\u00e9"),
    ],
    ids=["move to a name with spaces", "new empty file", "new empty file of a quoted name"],
)
def test_no_part_of_a_patch_is_ignored(tree: Path, header: str, made: str) -> None:
    put(tree, header + "diff --git a/src/ten.txt b/src/ten.txt\n" + change("src/ten.txt", "line 1", "line one"))

    assert (tree / made).exists()
    assert (tree / "src/ten.txt").read_text() == TEN.replace("line 1\n", "line one\n")


def test_a_file_below_a_file_is_refused_before_anything_is_written(tree: Path) -> None:
    refused(
        tree, change("src/ten.txt", "line 1", "x") + "--- /dev/null\n+++ b/one.txt/x\n@@ -0,0 +1 @@\n+x\n", r"one\.txt"
    )


def test_a_diff_of_git_gives_the_other_tree(tree: Path) -> None:
    """Git's diff of two trees, applied to the first, gives the second."""
    other = tree.parent / "other"
    (other / "src").mkdir(parents=True)
    (other / "src/ten.txt").write_text(TEN.replace("line 2\n", "").replace("line 7", "seven") + "eleven")
    (other / "a file").write_text("with a blank\n")
    made = subprocess.run(
        ["git", "diff", "--no-index", "tree", "other"], cwd=tree.parent, check=False, capture_output=True, text=True
    )
    put(
        tree,
        made.stdout.replace("a/tree/", "a/")
        .replace("b/other/", "b/")
        .replace("b/tree/", "b/")
        .replace("a/other/", "a/"),
    )

    assert contents(tree) == contents(other)
