"""Header lines of patches: the file that is changed, created, removed or renamed, as in GNU patch and git."""

from pathlib import Path

import pytest
from support import patch_cases
from support.patch_cases import Case

from actions.errors import ActionError
from actions.patch.apply import apply

HUNK = "@@ -1 +1 @@\n-one\n+two\n"
MADE = "@@ -0,0 +1 @@\n+hi\n"
GONE = "@@ -1 +0,0 @@\n-one\n"
EPOCH = "1970-01-01 00:00:00.000000000 +0000"
DATE = "2024-01-01 00:00:00.000000000 +0000"
NOTE = "\\ No newline at end of file\n"
GNU = "patch -p1 --no-backup-if-mismatch -F0 --batch"

Files = dict[str, str | bytes]
Row = tuple[str, Files, str | bytes, Files]


def pair(old: str, new: str = "") -> str:
    return f"--- {old}\n+++ {new or old}\n"


def git(old: str, *lines: str, new: str = "") -> str:
    return "".join(f"{line}\n" for line in (f"diff --git a/{old} b/{new or old}", *lines))


def as_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


# Name, files before, patch, files after. GNU patch gives the same result for each.
ROWS: list[Row] = [
    # Cases from public bug reports, see /work/shared/cases.
    (
        "made, by diff -ruN",
        {},
        f"--- a/new.txt\t{EPOCH}\n+++ b/new.txt\t{DATE}\n{MADE}",
        {"new.txt": "hi\n"},
    ),
    (
        "removed, by diff -ruN",
        {"old.txt": "gone\n"},
        f"--- a/old.txt\t{DATE}\n+++ b/old.txt\t{EPOCH}\n@@ -1 +0,0 @@\n-gone\n",
        {},
    ),
    (
        "old name with a suffix",
        {"setup.py": "a=1\nb=2\nc=3\n"},
        "--- a/setup.py.orig\t2024-01-01\n+++ b/setup.py\t2024-01-02\n@@ -1,3 +1,3 @@\n a=1\n-b=2\n+b=22\n c=3\n",
        {"setup.py": "a=1\nb=22\nc=3\n"},
    ),
    # The choice between the two names.
    ("new name with a suffix", {"x.py": "one\n"}, pair("a/x.py", "b/x.py.new") + HUNK, {"x.py": "two\n"}),
    ("of two files the shorter", {"x": "one\n", "x.orig": "one\n"}, pair("a/x.orig", "b/x") + HUNK,
     {"x": "two\n", "x.orig": "one\n"}),
    ("of two files the one in fewer folders", {"d/x": "one\n", "yy": "one\n"}, pair("a/yy", "b/d/x") + HUNK,
     {"d/x": "one\n", "yy": "two\n"}),
    ("any first folder", {"x": "one\n"}, pair("p-1.0.orig/x", "p-1.0/x") + HUNK, {"x": "two\n"}),
    ("absolute", {"x": "one\n"}, pair("/x", "/tmp/x") + HUNK, {"x": "two\n"}),
    ("one name without a folder", {"x": "one\n"}, pair("x.orig", "b/x") + HUNK, {"x": "two\n"}),
    ("dots and slashes", {"d/x": "one\n"}, pair("a/./d//x") + HUNK, {"d/x": "two\n"}),
    ("Index alone", {"x y": "one\n"}, "Index: a/x y\n=====\n" + HUNK, {"x y": "two\n"}),
    ("Index and names", {"x": "one\n", "y": "one\n"}, "Index: a/x\n=====\n" + pair("a/y") + HUNK,
     {"x": "one\n", "y": "two\n"}),
    ("a new file's shorter name", {}, pair(f"a/x.orig\t{EPOCH}", "b/x") + MADE, {"x": "hi\n"}),
    ("a new file's name in known folders", {"d/y": ""}, pair(f"a/n/x\t{EPOCH}", "b/d/xxx") + MADE,
     {"d/y": "", "d/xxx": "hi\n"}),
    # Spaces, quotes and bytes.
    ("blanks before a date", {"x": "one\n"}, pair("a/x  2020-01-01", "b/x 2020-01-01 10:00") + HUNK, {"x": "two\n"}),
    ("blanks in a name", {"my  file": "one\n"}, pair("a/my  file\t2020-01-01", "b/my  file\t") + HUNK,
     {"my  file": "two\n"}),
    ("quoted", {"na\u00efve": "one\n"}, pair('"a/na\\303\\257ve"', '"b/na\\303\\257ve"') + HUNK,
     {"na\u00efve": "two\n"}),
    ("quoted, with a date", {'a"b': "one\n"}, pair('"a/a\\"b"\t2020-01-01') + HUNK, {'a"b': "two\n"}),
    ("plain bytes", {"caf\udce9": "one\n"}, b"--- a/caf\xe9\n+++ b/caf\xe9\n" + HUNK.encode(), {"caf\udce9": "two\n"}),
    # Made and removed.
    ("made, local time", {}, pair("a/x\t1970-01-01 01:00:00.000000000 +0100", "b/x") + MADE, {"x": "hi\n"}),
    ("made, no dates", {}, pair("a/d/x", "b/d/x") + MADE, {"d/x": "hi\n"}),
    ("made where an empty file is", {"x": ""}, pair("/dev/null", "b/x") + MADE, {"x": "hi\n"}),
    ("lines for a file, no dates", {"x": "one\n"}, pair("a/x") + MADE, {"x": "hi\none\n"}),
    ("removed, west of Greenwich", {"x": "one\n"}, pair("a/x", "b/x\t1969-12-31 19:00:00 -0500") + GONE, {}),
    ("removed, old form of dates", {"x": "one\n"}, pair("a/x", "b/x\tThu Jan  1 00:00:00 1970") + GONE, {}),
    ("removed, Mercurial", {"x": "one\n"},
     pair("a/x\tTue Jan 02 10:00:00 2024 +0000", "/dev/null\tThu Jan 01 00:00:00 1970 +0000") + GONE, {}),
    ("removed with its folders", {"a/b/x": "one\n", "a/y": ""}, pair("a/a/b/x", "/dev/null") + GONE, {"a/y": ""}),
    ("emptied, no dates", {"x": "one\n"}, pair("a/x") + GONE, {"x": ""}),
    ("emptied, other date", {"x": "one\n"}, pair("a/x", "b/x\t1970-02-01 00:00:00 +0000") + GONE, {"x": ""}),
    ("changed, though dated 1970", {"x": "one\n"}, pair(f"a/x\t{EPOCH}") + HUNK, {"x": "two\n"}),
    ("made, then changed", {}, pair("/dev/null", "b/x") + "@@ -0,0 +1 @@\n+one\n" + pair("a/x") + HUNK, {"x": "two\n"}),
    ("removed, then made", {"x": "one\n"}, pair("a/x", "/dev/null") + GONE + pair("/dev/null", "b/x") + MADE,
     {"x": "hi\n"}),
    # Text around the diff.
    ("mail", {"x": "one\n"}, "From: me\nSubject: --- why\n\n---\n x | 2 +-\n\n" + pair("a/x") + HUNK + "-- \n2.39.5\n",
     {"x": "two\n"}),
    ("Only in", {"x": "one\n"}, "Only in a: y\ndiff -ru a/x b/x\n" + pair("a/x") + HUNK + "Only in b: z\n",
     {"x": "two\n"}),
    ("lines between names and hunk", {"x": "one\n"}, pair("a/x") + "\nwords\n" + HUNK, {"x": "two\n"}),
    ("comments", {"x": "one\n"}, "# why\n" + pair("a/x") + "@@ -1 +1 @@\n# why\n-one\n+two\n", {"x": "two\n"}),
    ("text of patches in a file", {"x": "one\n"}, pair("a/x") + "@@ -1 +1,2 @@\n one\n+GIT binary patch\n",
     {"x": "one\nGIT binary patch\n"}),
    # Line ends.
    ("CRLF patch, LF file", {"x": "one\n"}, (pair("a/x") + HUNK).replace("\n", "\r\n"), {"x": "two\n"}),
    ("CRLF patch, removed", {"x": "one\n"}, (pair("a/x", "/dev/null") + GONE).replace("\n", "\r\n"), {}),
    ("CRLF patch, made", {}, (pair(f"a/x\t{EPOCH}", f"b/x\t{DATE}") + MADE).replace("\n", "\r\n"), {"x": "hi\n"}),
    ("CRLF patch, no line end", {"x": "one"},
     (pair("a/x") + f"@@ -1 +1 @@\n-one\n{NOTE}+two\n{NOTE}").replace("\n", "\r\n"), {"x": "two"}),
    ("CRLF only in +++ and on", {"x": "one\n"}, "--- a/x\n" + ("+++ b/x\n" + HUNK).replace("\n", "\r\n"),
     {"x": "two\n"}),
    ("LF patch, CRLF file", {"x": "one\r\n"},
     pair("a/x") + HUNK.replace("one\n", "one\r\n").replace("two\n", "two\r\n"), {"x": "two\r\n"}),
    ("line end removed", {"x": "one\n"}, pair("a/x") + f"@@ -1 +1 @@\n-one\n+one\n{NOTE}", {"x": "one"}),
    ("line end added", {"x": "one"}, pair("a/x") + f"@@ -1 +1 @@\n-one\n{NOTE}+one\n", {"x": "one\n"}),
    ("no line end in context", {"x": "one\n2"}, pair("a/x") + f"@@ -1,2 +1,2 @@\n-one\n+two\n 2\n{NOTE}",
     {"x": "two\n2"}),
    ("no line end, but lines follow", {"x": "one\n2\n"}, pair("a/x") + f"@@ -1 +1 @@\n-one\n+two\n{NOTE}",
     {"x": "two\n2\n"}),
    # Hunks.
    ("no context", {"x": "1\none\n3\n"}, pair("a/x") + "@@ -1,0 +2 @@\n+new\n@@ -2 +3 @@\n-one\n+two\n",
     {"x": "1\nnew\ntwo\n3\n"}),
    ("blanks lost from empty lines", {"x": "one\n\n\tx\n"}, pair("a/x") + "@@ -1,3 +1,3 @@\n-one\n+two\n\n\tx\n",
     {"x": "two\n\n\tx\n"}),
    ("empty lines lost at the end", {"x": "one\n\n\n"}, pair("a/x") + "@@ -1,3 +1,3 @@\n-one\n+two\n",
     {"x": "two\n\n\n"}),
    ("hunks that share context", {"x": "1\n2\n3\n4\n"},
     pair("a/x") + "@@ -1,3 +1,3 @@\n 1\n-2\n+two\n 3\n@@ -3,2 +3,2 @@\n 3\n-4\n+four\n", {"x": "1\ntwo\n3\nfour\n"}),
    # Git's lines.
    ("git: moved", {"d/x": "one\n"},
     git("d/x", "similarity index 100%", "rename from d/x", "rename to e/y", new="e/y"), {"e/y": "one\n"}),
    ("git: moved, quoted", {"\u00e9": "one\n"},
     'diff --git "a/\\303\\251" b/y\nrename from "\\303\\251"\nrename to y\n', {"y": "one\n"}),
    ("git: copied and changed", {"x": "one\n"},
     git("x", "copy from x", "copy to y", new="y") + pair("a/x", "b/y") + HUNK, {"x": "one\n", "y": "two\n"}),
    ("git: copied as it was before", {"x": "one\n"},
     git("x") + pair("a/x") + HUNK + git("x", "copy from x", "copy to y", new="y"), {"x": "two\n", "y": "one\n"}),
    ("git: two files change places", {"x": "1\n", "y": "2\n"},
     git("y", "rename from y", "rename to x", new="x") + git("x", "rename from x", "rename to y", new="y"),
     {"x": "2\n", "y": "1\n"}),
    ("git: other names without a rename", {"x": "one\n"}, git("x", new="y") + pair("a/x", "b/y") + HUNK,
     {"x": "two\n"}),
    ("git: new empty file", {}, git("d/e", "new file mode 100644", "index 0000000..e69de29"), {"d/e": ""}),
    ("git: removed empty file", {"d/e": ""}, git("d/e", "deleted file mode 100644", "index e69de29..0000000"), {}),
    ("git: made, then changed", {},
     git("x", "new file mode 100644") + pair("/dev/null", "b/x") + "@@ -0,0 +1 @@\n+one\n" + git("x") + pair("a/x")
     + HUNK, {"x": "two\n"}),
    ("comments between hunks", {"x": "one\n2\nold\n"}, pair("a/x") + HUNK + "# why\n@@ -3 +3 @@\n-old\n+new\n",
     {"x": "two\n2\nnew\n"}),
]  # fmt: skip

# As above, but GNU patch does not find these names, or fails on its own result. Git gives the same result for each.
GIT_ROWS: list[Row] = [
    ("moved, blanks", {"a b": "one\n"}, git("a b", "rename from a b", "rename to c d", new="c d"), {"c d": "one\n"}),
    ("new empty file, blanks", {}, git("d e", "new file mode 100644", "index 0000000..e69de29"), {"d e": ""}),
    ("moved, then changed", {"x": "one\n"},
     git("x", "rename from x", "rename to y", new="y") + git("y") + pair("a/y") + HUNK, {"y": "two\n"}),
    ("a file, then a folder", {"x": "one\n"}, pair("a/x", "/dev/null") + GONE + pair("/dev/null", "b/x/y") + MADE,
     {"x/y": "hi\n"}),
    ("CRLF patch, CRLF file", {"x": "one\r\n"}, (pair("a/x") + HUNK).replace("\n", "\r\n"), {"x": "two\r\n"}),
]  # fmt: skip


def tree_of(files: Files) -> patch_cases.Tree:
    return {name: (as_bytes(text), False) for name, text in files.items()}


@pytest.mark.parametrize("row", ROWS + GIT_ROWS, ids=lambda row: row[0])
def test_a_patch_gives_the_expected_tree(tmp_path: Path, row: Row) -> None:
    case = Case(row[0], as_bytes(row[2]), tree_of(row[1]))
    (outcome,) = patch_cases.ours(tmp_path, [case], apply)

    assert (outcome.log, outcome.tree) == ("", tree_of(row[3]))


@pytest.mark.parametrize(("rows", "command"), [(ROWS, GNU), (GIT_ROWS, "git apply")], ids=["GNU patch", "git"])
def test_another_program_gives_the_same_tree(tmp_path: Path, rows: list[Row], command: str) -> None:
    cases = [Case(row[0], as_bytes(row[2]), tree_of(row[1])) for row in rows]
    outcomes = patch_cases.outcomes(tmp_path, cases, command)

    found = {case.style: outcome.tree for case, outcome in zip(cases, outcomes, strict=True)}
    assert found == {row[0]: tree_of(row[3]) for row in rows}


MODE = ["old mode 100644", "new mode 100755"]
SERIES = f"From {'0' * 40} Mon Sep 17\n"
REFUSED: list[tuple[str, Files, str | bytes, str]] = [
    ("made, but there", {"x": "q\n"}, pair(f"a/x\t{EPOCH}", "b/x") + MADE,
     "line 1: it creates x, which already exists"),
    ("made twice, no dates", {"x": "hi\n"}, pair("a/x") + MADE, "creates x, which already exists"),
    ("made empty twice", {"x": ""}, git("x", "new file mode 100644"), "creates x, which already exists"),
    ("removed, but not there", {}, git("x", "deleted file mode 100644"), "line 1: it changes x, which the source does"),
    ("removed, but longer", {"x": "one\n2\n"}, pair("a/x", f"b/x\t{EPOCH}") + GONE, "removes x, which has lines that"),
    ("applied already", {"x": "two\n"}, pair("a/x") + HUNK,
     "does not apply to x: the lines it adds are already there"),
    ("neither file there", {}, pair("a/x.orig", "b/x") + HUNK,
     r"changes x\.orig and x, which the source does not have"),
    ("blanks and no tab", {"my x": "one\n"}, pair("a/my x") + HUNK, "changes my, which the source does not have"),
    ("bytes in a message", {}, b"--- a/\xff\n+++ b/\xff\n" + HUNK.encode(), r"changes \\xff, which"),
    ("LF patch, CRLF file", {"x": "one\r\n"}, pair("a/x") + HUNK, "the file has CRLF line ends, but the hunk has LF"),
    ("a folder", {"x/y": ""}, pair("a/x") + HUNK, "changes x, which is not a file"),
    ("in place of a folder", {"x/y": "", "z": ""}, git("z", "rename from z", "rename to x", new="x"),
     "x already exists"),
    ("a folder removed and a file made", {"x/y": "one\n"},
     pair("a/x/y", "/dev/null") + GONE + pair("/dev/null", "b/x") + MADE, "not a file"),
    ("made and removed below a file", {"x": "one\n"},
     pair("/dev/null", "b/x/y") + "@@ -0,0 +1 @@\n+one\n" + pair("a/x/y", "/dev/null") + GONE, "writes x/y below"),
    ("below a file", {"x": "one\n"}, pair("a/x") + HUNK + pair("/dev/null", "b/x/y") + MADE,
     "writes x/y below x, which is a file"),
    ("a later part fails", {"x": "one\n", "y": "1\n"}, pair("a/x") + HUNK + pair("a/y") + HUNK, "not apply to y"),
    # Faults that GNU patch ignores without a message.
    ("names and no hunk", {"x": "one\n"}, pair("a/y") + pair("a/x") + HUNK,
     "line 1: the line names a file, but no hunk follows"),
    ("a hunk on its own", {"x": "one\n"}, pair("a/x") + HUNK + "\n" + HUNK, "line 7: the hunk does not follow"),
    ("more lines than counted", {"x": "one\n"}, pair("a/x") + HUNK + "+three\n",
     "line 3: the hunk's counts don't match"),
    ("cut in a line", {"x": "one\n"}, (pair("a/x") + HUNK)[:-1], "line 3: the last line of the patch has no line end"),
    ("nothing changed", {"x": "one\n"}, pair("a/x") + "@@ -1 +1 @@\n one\n", "line 3: the hunk changes no line"),
    ("a context diff too", {"x": "one\n"}, pair("a/x") + HUNK + "*** a/y\n--- b/y\n*****************\n*** 1 ****\n",
     "line 8: this is a context diff"),
    ("a plain diff too", {"x": "one\n"}, pair("a/x") + HUNK + "1c1\n< a\n---\n> b\n",
     "line 6: this is a diff in the format of diff without -u"),
    ("indented", {"x": "one\n"}, pair("a/x") + "  @@ -1 +1 @@\n  -one\n  +two\n", "line 3: this is an indented diff"),
    ("no line end in the middle", {"x": "one\n2\n"}, pair("a/x") + f"@@ -1,2 +1,2 @@\n-one\n{NOTE}+two\n 2\n",
     "in its middle"),
    # Places that GNU patch would accept with fuzz, or without a check.
    ("short context before", {"x": "0\n1\n2\n"}, pair("a/x") + "@@ -1,2 +1,3 @@\n+n\n 1\n 2\n",
     "not there at the start of the file"),
    ("short context after", {"x": "1\n2\n3\n"}, pair("a/x") + "@@ -1,2 +1,2 @@\n 1\n-2\n+two\n",
     "not there at the end of the file"),
    ("added past the end", {"x": "1\n"}, pair("a/x") + "@@ -7,0 +8 @@\n+n\n", "it adds lines without context"),
    ("added after an offset", {"x": "0\none\n2\n"}, pair("a/x") + HUNK + "@@ -2,0 +3 @@\n+n\n",
     "hunk 2 of 2 .* without context"),
    ("hunks in wrong order", {"x": "1\n2\n3\n4\n5\n"}, pair("a/x") + "@@ -5 +5 @@\n-5\n+five\n@@ -1 +1 @@\n-1\n+o\n",
     "hunk 2 of 2"),
    # Git's lines.
    ("move without a source", {"y": "1\n"}, git("x", "rename from x", "rename to y", new="y"),
     "changes x, which the source"),
    ("move onto a file", {"x": "1\n", "y": "2\n"}, git("x", "rename from x", "rename to y", new="y"),
     "creates y from x, but y already exists"),
    ("move of a changed file", {"x": "one\n"},
     git("x") + pair("a/x") + HUNK + git("x", "rename from x", "rename to y", new="y"),
     "Make a separate patch for each commit"),
    ("copy of a file that another commit changed", {"x": "one\n"},
     SERIES + git("x") + pair("a/x") + HUNK + SERIES + git("x", "copy from x", "copy to y", new="y"),
     "Make a separate patch for each commit"),
    ("half a move", {"x": "1\n"}, git("x", "rename from x", new="y"),
     "line 1: a rename or copy needs a 'from' line and a 'to' line"),
    ("a move of others", {"x": "1\n"}, git("x", "rename from x", "rename to z", new="y"),
     "line 1: the rename or copy lines name other"),
    ("modes and other names", {"x": "one\n", "y": "one\n"}, git("x", *MODE) + pair("a/y") + HUNK,
     "line 1: git's lines name x"),
    ("two names with blanks", {"a b": ""}, git("a b", *MODE, new="c d"),
     "line 1: the two names in this line can't be separated"),
    ("a wrong mode", {"x": ""}, git("x", "old mode 100644", "new mode yes"), "line 3: 'yes' is not a mode"),
    ("a link made", {}, git("x", "new file mode 120000") + pair("/dev/null", "b/x") + MADE,
     "line 2: the patch changes a symbolic link"),
    ("a link changed", {"x": "one\n"}, git("x", "index 1234567..2345678 120000") + pair("a/x") + HUNK,
     "line 2: .* a symbolic link"),
    ("a submodule", {}, git("x", "new file mode 160000"), "line 2: the patch changes a Git submodule"),
    # Outside.
    ("above", {}, pair("a/../../x", "b/x") + MADE, "outside the source tree"),
    ("moved to above", {"x": ""}, git("x", "rename from x", "rename to ../x", new="../x"), "outside the source tree"),
    ("quoted control characters", {}, pair('"a/\\n"', '"b/\\n"') + MADE, "outside the source tree"),
    ("a long name", {}, pair("a/" + "x" * 256) + MADE, "a file name of more than 255 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "patch", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_refused_patch_leaves_the_tree_unchanged(tmp_path: Path, files: Files, patch: str | bytes, says: str) -> None:
    tree = patch_cases.write(tmp_path / "tree", tree_of(files))
    (tmp_path / "0001-the.patch").write_bytes(as_bytes(patch))

    with pytest.raises(ActionError, match=says) as raised:
        apply(tmp_path / "0001-the.patch", tree)
    assert str(raised.value).startswith("the.patch")
    assert "\n" not in str(raised.value)
    assert patch_cases.read(tree) == tree_of(files)


@pytest.mark.parametrize(
    ("before", "lines", "after"),
    [
        (False, MODE, True),
        (True, ["old mode 100755", "new mode 100644"], False),
        (True, ["index 1234567..89abcde 100644"], True),
        (False, [], False),
        (True, [], True),
    ],
    ids=["set", "unset", "index says otherwise", "stays off", "stays on"],
)
@pytest.mark.parametrize("hunk", [pair("a/x") + HUNK, ""], ids=["with a hunk", "alone"])
def test_modes(tmp_path: Path, before: bool, lines: list[str], after: bool, hunk: str) -> None:
    """GNU patch ignores the mode in git's line ``index``."""
    patch = git("x", *lines) + hunk + git("y") + pair("a/y") + HUNK
    case = Case("", patch.encode(), {"x": (b"one\n", before), "y": (b"one\n", False)})
    (our,) = patch_cases.ours(tmp_path / "our", [case], apply)

    assert our.log == ""
    assert our.tree["x"] == (b"two\n" if hunk else b"one\n", after)


def test_a_renamed_file_keeps_its_mode_and_a_new_file_gets_one(tmp_path: Path) -> None:
    patch = git("x", "rename from x", "rename to y", new="y") + git("z", "new file mode 100755")
    (our,) = patch_cases.ours(tmp_path, [Case("", patch.encode(), {"x": (b"1\n", True)})], apply)

    assert our.tree == {"y": (b"1\n", True), "z": (b"", True)}
