"""Apply unified diffs strictly: every line of context must be there, all files or none, nothing outside the tree.

GNU patch guesses (fuzz), runs ed scripts and leaves half of a failed patch behind; a build must not depend on guesses.
A hunk may stand at another line than it says, as git allows, but only where its lines occur exactly once.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import cast

from errors import ActionError

_UNDERSTOOD = (b"new file mode ", b"deleted file mode ", b"new mode ", b"rename ", b"copy ")
_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass
class Hunk:
    """One change: the lines it expects and the lines it leaves, each with its line end."""

    start: int
    old: list[bytes] = field(default_factory=list)
    new: list[bytes] = field(default_factory=list)


@dataclass
class FilePatch:
    """All changes to one file; no old path makes the file, no new path removes it."""

    old: str | None
    new: str | None
    hunks: list[Hunk] = field(default_factory=list)
    executable: bool | None = None


def apply(patch: Path, tree: Path) -> None:
    """Apply one patch file, with ``-p1``, to a source tree.

    Raises:
        ActionError: naming the patch, the file and the hunk; the tree is then as it was.
    """
    name = re.sub(r"^\d{4}-", "", patch.name)  # as its author named it: the workspace numbers patches
    file_patches = parse(patch.read_bytes(), name)
    results: dict[str, tuple[bytes | None, bool | None]] = {}
    for file_patch in file_patches:
        for path in (file_patch.old, file_patch.new):
            if path is not None:
                _refuse_outside(name, tree, path)
        content = b""
        if file_patch.old is not None:
            content = _content(name, tree, file_patch.old, results)
        elif (tree / str(file_patch.new)).exists():
            raise ActionError(f"{name} makes {file_patch.new}, which is there already: is it applied twice?")
        mode = file_patch.executable
        if mode is None and file_patch.old is not None:
            mode = os.access(tree / file_patch.old, os.X_OK)
        changed = _changed(name, file_patch, content)
        if file_patch.old is not None and file_patch.old != file_patch.new:
            results[file_patch.old] = (None, None)
        if file_patch.new is not None:
            results[file_patch.new] = (changed, mode)
    _write(tree, results)


def parse(text: bytes, name: str) -> list[FilePatch]:
    """Read a diff's files.

    Raises:
        ActionError: it holds no change, a binary or ed-style change, or a hunk whose counts are wrong.
    """
    if b"GIT binary patch" in text or re.search(rb"^Binary files .* differ$", text, re.M):
        raise ActionError(f"{name} holds a binary change, which a text patch can't carry")
    lines = text.splitlines(keepends=True) if b"\r" not in text else re.findall(rb"[^\n]*\n|[^\n]+", text)
    found: list[FilePatch] = []
    at = 0
    while at < len(lines):
        if lines[at].startswith(b"diff --git "):
            at = _git_header(lines, at, found, name)
        elif lines[at].startswith(b"--- ") and at + 1 < len(lines) and lines[at + 1].startswith(b"+++ "):
            at = _file_header(lines, at, found, name)
        elif _HUNK.match(lines[at]):
            if not found:
                raise ActionError(f"{name}, line {at + 1}: a hunk before any file name")
            at = _hunk(lines, at, found[-1], name)
        else:
            at += 1
    changes = [p for p in found if p.hunks or p.old != p.new or p.executable is not None]
    if not changes:
        raise ActionError(f"{name} changes nothing: it holds no unified diff")
    return changes


def _git_header(lines: list[bytes], at: int, found: list[FilePatch], name: str) -> int:
    """Read what git says of a file before its hunks: that it is new, gone, renamed or executable."""
    match = re.fullmatch(rb'diff --git a/([^\s"]+) b/([^\s"]+)\s*', lines[at])
    first = at
    patch = FilePatch(match[1].decode("utf-8", "replace"), match[2].decode("utf-8", "replace")) if match else None
    said = False
    at += 1
    while at < len(lines) and not lines[at].startswith((b"diff --git ", b"--- ", b"@@ ")):
        line = lines[at].rstrip()
        if line.startswith(_UNDERSTOOD):
            said = True
            if patch is not None:
                _git_line(line, patch, name)
        at += 1
    if patch is not None:
        found.append(patch)
    elif said and not (at < len(lines) and lines[at].startswith(b"--- ")):
        text = lines[first].decode("utf-8", "replace").strip()
        raise ActionError(f"{name}, line {first + 1}: {text!r}: names with blanks or quotes are not understood")
    return at


def _git_line(line: bytes, patch: FilePatch, name: str) -> None:
    if line.startswith(b"copy "):
        raise ActionError(f"{name} copies {patch.old}, which patch does not do: add the file in full")
    if line.startswith(b"new file mode "):
        patch.old, patch.executable = None, line.endswith(b"755")
        if line.endswith(b"120000"):
            raise ActionError(f"{name} makes {patch.new} a link, which a source may not gain")
    elif line.startswith(b"deleted file mode "):
        patch.new = None
    elif line.startswith(b"new mode "):
        patch.executable = line.endswith(b"755")


def _file_header(lines: list[bytes], at: int, found: list[FilePatch], name: str) -> int:
    old, new = (_path(lines[at + n], name, at + n) for n in (0, 1))
    if found and not found[-1].hunks and (found[-1].old, found[-1].new) == (old, new):
        return at + 2  # the git header said the same
    found.append(FilePatch(old, new))
    if old is None and new is None:
        raise ActionError(f"{name}, line {at + 1}: a change from nothing to nothing")
    return at + 2


def _path(line: bytes, name: str, at: int) -> str | None:
    text = line[4:].rstrip(b"\r\n").split(b"\t")[0].strip()
    if text == b"/dev/null":
        return None
    try:
        parts = text.decode("utf-8").split("/", 1)
    except UnicodeDecodeError:
        raise ActionError(f"{name}, line {at + 1}: a file name that is not UTF-8") from None
    if len(parts) < 2 or text.startswith(b"/"):
        raise ActionError(f"{name}, line {at + 1}: {text.decode()!r} is no path of the form a/..., b/...")
    return parts[1]


def _hunk(lines: list[bytes], at: int, patch: FilePatch, name: str) -> int:
    match = cast(re.Match[bytes], _HUNK.match(lines[at]))  # the caller looked
    hunk = Hunk(int(match[1]))
    wanted_old, wanted_new = int(match[2] or 1), int(match[4] or 1)
    first = at
    at += 1
    while len(hunk.old) < wanted_old or len(hunk.new) < wanted_new:
        if at >= len(lines) or lines[at][:1] not in (b" ", b"+", b"-", b"\\", b"\n", b"\r"):
            raise ActionError(f"{name}, line {first + 1}: the hunk ends early")
        at = _hunk_line(lines, at, hunk)
    if at < len(lines) and lines[at].startswith(b"\\"):
        _drop_line_end(hunk, lines[at - 1][:1])
        at += 1
    if (len(hunk.old), len(hunk.new)) != (wanted_old, wanted_new):
        raise ActionError(f"{name}, line {first + 1}: the hunk's counts don't match its lines")
    patch.hunks.append(hunk)
    return at


def _hunk_line(lines: list[bytes], at: int, hunk: Hunk) -> int:
    sign, text = lines[at][:1], lines[at][1:]
    if sign == b"\\":
        _drop_line_end(hunk, lines[at - 1][:1])
    elif sign in (b"\n", b"\r"):  # an empty context line whose blank an editor has stripped
        hunk.old.append(lines[at])
        hunk.new.append(lines[at])
    else:
        if sign in b" -":
            hunk.old.append(text)
        if sign in b" +":
            hunk.new.append(text)
    return at + 1


def _drop_line_end(hunk: Hunk, sign: bytes) -> None:
    r"""`\ No newline at end of file` speaks of the line before it."""
    for side, signs in ((hunk.old, b" -"), (hunk.new, b" +")):
        if sign in signs and side:
            side[-1] = side[-1].removesuffix(b"\n")


def _content(name: str, tree: Path, path: str, results: dict[str, tuple[bytes | None, bool | None]]) -> bytes:
    known = results[path][0] if path in results else None
    if known is not None:
        return known
    if path in results or not (tree / path).is_file():
        raise ActionError(f"{name} changes {path}, which the source does not have")
    return (tree / path).read_bytes()


def _changed(name: str, patch: FilePatch, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True) if b"\r" not in content else re.findall(rb"[^\n]*\n|[^\n]+", content)
    moved = 0
    for number, hunk in enumerate(patch.hunks, 1):
        at = _find(lines, hunk, hunk.start - 1 + moved if hunk.old else hunk.start + moved)
        if at is None:
            raise ActionError(
                f"{name}: hunk {number} of {len(patch.hunks)} (line {hunk.start}) does not apply to {patch.old}: the "
                "lines it expects are not there, or are there more than once. Make the patch anew for this version."
            )
        lines[at : at + len(hunk.old)] = hunk.new
        moved += len(hunk.new) - len(hunk.old)
    if patch.new is None and lines:
        raise ActionError(f"{name} removes {patch.old}, which holds more than the patch says")
    return b"".join(lines)


def _find(lines: list[bytes], hunk: Hunk, expected: int) -> int | None:
    size = len(hunk.old)
    if expected >= 0 and lines[expected : expected + size] == hunk.old and expected <= len(lines):
        return expected
    if not size:
        return None
    places = [
        at for at in range(len(lines) - size + 1) if lines[at] == hunk.old[0] and lines[at : at + size] == hunk.old
    ]
    return places[0] if len(places) == 1 else None


def _refuse_outside(name: str, tree: Path, path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\\" in path or any(ord(c) < 32 for c in path):
        raise ActionError(f"{name} names {path!r}, which is outside the source tree")
    for n in range(1, len(parts) + 1):
        if (tree / Path(*parts[:n])).is_symlink():
            raise ActionError(f"{name} writes {path!r} through a link")
        if n < len(parts) and (tree / Path(*parts[:n])).is_file():
            raise ActionError(f"{name} writes {path!r} below a file")


def _write(tree: Path, results: dict[str, tuple[bytes | None, bool | None]]) -> None:
    for path, (content, executable) in results.items():
        target = tree / path
        if content is None:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(0o755 if executable else 0o644)
