"""Parse the text of a patch as ``patch -p1`` does: the changes to each file, and its hunks.

If GNU patch would ignore a part of a patch without a message, or pass it to another program, this raises an error.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from actions.errors import ActionError
from actions.patch import hunks, names
from actions.patch.hunks import Hunk, is_hunk, lines_of

_FIRST_OF_MAIL = re.compile(rb"From [0-9a-f]{40} ")
_BINARY = re.compile(rb"GIT binary patch|Binary files .* differ\s*$")
_INDENTED = re.compile(rb"[ \tX]+@@ -\d+(,\d+)? \+\d+(,\d+)? @@")
_NORMAL = re.compile(rb"\d+(,\d+)?[acd]\d+(,\d+)?\s*$")
_INDEX = re.compile(rb"index ([0-9a-f]+)\.\.([0-9a-f]+)(?: (\d{6}))?\s*$")
# Git's object name of an empty file: `git hash-object /dev/null`.
_EMPTY = b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
_KINDS = {
    0o120000: "a symbolic link, which a patch can't add or remove",
    0o160000: "a Git submodule, which a source can't contain",
}


class Presence(IntEnum):
    """State of a file before or after a patch, as far as the patch gives it."""

    THERE = 0
    EMPTY = 1
    ABSENT = 2


@dataclass
class FilePatch:
    """The part of a patch that changes one file."""

    line: int
    """Number of its first line in the patch, from 1."""
    old: str | None
    new: str | None
    before: Presence = Presence.THERE
    after: Presence = Presence.THERE
    hunks: list[Hunk] = field(default_factory=list)
    executable: bool | None = None
    move: Literal["rename", "copy"] | None = None
    crlf: bool = False
    """The lines of the patch itself end in CRLF."""
    mail: int = 0
    """Number of the mail in a series of commits."""


@dataclass
class _Git:
    """Git's extended header of a file: https://git-scm.com/docs/diff-format#generate_patch_text_with_p."""

    old: str | None
    new: str | None
    before: Presence = Presence.THERE
    after: Presence = Presence.THERE
    executable: bool | None = None
    moves: dict[str, str | None] = field(default_factory=dict)
    """Names by ``rename from``, ``rename to``, ``copy from`` and ``copy to``."""

    def changes(self) -> bool:
        """Return whether the header itself is a change, even without a hunk."""
        gone = Presence.ABSENT in (self.before, self.after)
        return gone or self.executable is not None or bool(self.moves)


@dataclass
class _Header:
    """The lines before a file's hunks that have been read so far."""

    line: int = 0
    old: str | None = None
    new: str | None = None
    index: str | None = None
    old_is_epoch: bool = False
    new_is_epoch: bool = False
    is_named: bool = False
    """Whether there was a line with a name, even if -p1 leaves nothing of the name."""
    pair: int = 0
    """Number of the last ``---`` line with a ``+++`` line below it, from 1."""
    crlf: bool = False
    git: _Git | None = None


def parse(text: bytes, name: str) -> list[FilePatch]:
    """Return the parts of a patch, in order.

    Args:
        text: the patch.
        name: name of the patch, for error messages.

    Raises:
        ActionError: the patch has no change, is not a unified diff, or is incomplete or damaged.
    """
    reader = _Reader(lines_of(text), name)
    reader.read()
    if not reader.found:
        raise ActionError(f"{name} changes nothing: it does not contain a unified diff")
    if reader.unused:
        raise ActionError(
            f"{name}, line {reader.unused}: the line names a file, but no hunk follows. Remove the line or add hunks."
        )
    return reader.found


class _Reader:
    """Reads a patch line by line, and hunks as a whole."""

    def __init__(self, lines: list[bytes], name: str):
        self.lines = lines
        self.name = name
        self.at = 0
        self.found: list[FilePatch] = []
        self.header = _Header()
        self.mail = 0
        self.unused = 0

    def error(self, text: str) -> ActionError:
        return ActionError(f"{self.name}, line {self.at + 1}: {text}")

    def following(self) -> bytes:
        return self.lines[self.at + 1] if self.at + 1 < len(self.lines) else b""

    def read(self) -> None:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if is_hunk(line):
                self.hunks()
                continue
            self.refuse_other_kinds(line)
            if line.startswith(b"diff --git "):
                self.end_header()
                self.header = _Header(self.at + 1, is_named=True, git=_Git(*names.git_names(line[11:])))
            elif self.header.git is None or not _git_line(self.header.git, line, self.error):
                self.name_line(line)
            self.at += 1
        self.end_header()

    def name_line(self, line: bytes) -> None:
        header = self.header
        if line.startswith(b"--- "):
            if self.following().startswith(b"+++ "):
                self.begin_pair()
                header = self.header
            header.old, header.old_is_epoch = _named(line, header.old)
        elif line.startswith(b"+++ "):
            header.new, header.new_is_epoch = _named(line, header.new)
        elif line.startswith(b"Index:"):
            header.index = names.stripped(names.whole_name(line[6:].lstrip()) or b"")
        else:
            if _FIRST_OF_MAIL.match(line):
                self.end_header()
                self.mail += 1
            return
        header.line = header.line or self.at + 1
        header.is_named = True
        header.crlf = line.endswith(b"\r\n")

    def begin_pair(self) -> None:
        """Start a new pair of name lines, and drop the names of an earlier pair without hunks."""
        if self.header.pair:
            self.end_header()
        git = self.header.git
        self.header = _Header(self.header.line, index=self.header.index, pair=self.at + 1, git=git)

    def end_header(self) -> None:
        """Add the changes of git's extended header for a file without hunks."""
        header, self.header = self.header, _Header()
        if header.pair:
            self.unused = self.unused or header.pair
        if header.git is not None and header.git.changes():
            self.found.append(self.file_patch(header))

    def hunks(self) -> None:
        header, self.header = self.header, _Header()
        if not header.is_named:
            if self.found:
                raise self.error("the hunk does not follow a file name or another hunk. Remove the lines above it.")
            raise self.error("the hunk comes before any file name. Add the lines --- and +++ above it.")
        first = self.at
        patch = self.file_patch(header)
        at: int | None = self.at
        while at is not None:
            hunk, self.at = hunks.read(self.lines, at, header.crlf, self.name)
            patch.hunks.append(hunk)
            at = self.next_hunk()
        # GNU patch uses the first hunk for this; a diff without context can have several hunks for a new file.
        if patch.hunks[0].start == 0:
            patch.before = max(patch.before, Presence.ABSENT if header.old_is_epoch else Presence.EMPTY)
        if patch.hunks[0].new_start == 0:
            patch.after = max(patch.after, Presence.ABSENT if header.new_is_epoch else Presence.EMPTY)
        if patch.old is None and patch.new is None:
            self.at = first
            raise self.error(_nameless(header))
        self.found.append(patch)

    def next_hunk(self) -> int | None:
        """Return the line of the next hunk of the same file, or None; only comments may be before it."""
        at = self.at
        while at < len(self.lines) and self.lines[at].startswith(b"#"):
            at += 1
        return at if at < len(self.lines) and self.lines[at].startswith(b"@@ -") else None

    def file_patch(self, header: _Header) -> FilePatch:
        old, new = (header.old, header.new) if header.old or header.new else (header.index, None)
        patch = FilePatch(header.line, old, new, crlf=header.crlf, mail=self.mail)
        git = header.git
        if git is not None:
            old, new = _moved(git, self.name, header.line)
            if git.changes() and any(a and b and a != b for a, b in ((header.old, old), (header.new, new))):
                raise ActionError(
                    f"{self.name}, line {header.line}: git's lines name {names.shown(old or new or '')}, but the "
                    "--- and +++ lines below name another file. Make the names equal."
                )
            patch.old, patch.new = header.old or old, header.new or new
            patch.before, patch.after, patch.executable = git.before, git.after, git.executable
            if git.moves:
                patch.move = "copy" if "copy from" in git.moves else "rename"
            if git.changes() and not (patch.old or patch.new):
                raise ActionError(
                    f"{self.name}, line {header.line}: the two names in this line can't be separated. Quote them."
                )
        return patch

    def refuse_other_kinds(self, line: bytes) -> None:
        if _BINARY.match(line):
            raise self.error("binary changes are not supported. Remove this file from the patch.")
        what = ""
        if line.startswith(b"********") and self.following().startswith(b"*** "):
            what = "this is a context diff"
        elif _NORMAL.match(line) and self.following()[:2] in (b"< ", b"> "):
            what = "this is a diff in the format of diff without -u"
        elif self.header.is_named and _INDENTED.match(line):
            what = "this is an indented diff"
        if what:
            raise self.error(f"{what}, which is not supported. Make it a unified diff (diff -u).")


def _named(line: bytes, known: str | None) -> tuple[str | None, bool]:
    """Return the name in a ``---`` or ``+++`` line, and whether the line marks the file as absent."""
    name, date = names.header_name(line[4:])
    if name is None or name == b"/dev/null":
        return known, name is not None
    return names.stripped(name) or known, names.is_epoch(date)


def _nameless(header: _Header) -> str:
    if header.old_is_epoch and header.new_is_epoch:
        return "the file is absent both before and after this hunk"
    return "the names above this hunk have no folder that -p1 can remove. Write a/setup.py instead of setup.py."


def _git_line(git: _Git, line: bytes, error: Callable[[str], ActionError]) -> bool:
    """Read a line of git's extended header; return whether the line is part of it."""
    key, _, value = line.partition(b" mode ")
    if key in (b"old", b"new", b"new file", b"deleted file"):
        mode = _mode(value, error)
        if key.startswith(b"new"):
            git.executable = bool(mode & 0o100)
        if key == b"new file":
            git.before = Presence.ABSENT
        elif key == b"deleted file":
            git.after = Presence.ABSENT
        return True
    match = _INDEX.match(line)
    if match is not None:
        git.before = max(git.before, _presence(match[1]))
        git.after = max(git.after, _presence(match[2]))
        if match[3]:
            _mode(match[3], error)
        return True
    match = re.match(rb"((?:rename|copy) (?:from|to)) ", line)
    if match is None:
        return False
    name = names.whole_name(line[match.end() :])
    git.moves[match[1].decode()] = names.cleaned(name) if name else None
    return True


def _mode(text: bytes, error: Callable[[str], ActionError]) -> int:
    text = text.strip()
    if not re.fullmatch(rb"[0-7]{6}", text):
        raise error(f"{text.decode('utf-8', 'replace')!r} is not a mode such as 100644")
    mode = int(text, 8)
    kind = mode & 0o170000
    if kind != 0o100000:
        raise error(f"the patch changes {_KINDS.get(kind, 'a file of an unknown kind')}. Remove it from the patch.")
    return mode


def _presence(digest: bytes) -> Presence:
    if not digest.strip(b"0"):
        return Presence.ABSENT
    return Presence.EMPTY if _EMPTY.startswith(digest) else Presence.THERE


def _moved(git: _Git, name: str, line: int) -> tuple[str | None, str | None]:
    """Return git's names; for a rename or copy, the names in its lines."""
    if not git.moves:
        return git.old, git.new
    kind = next(iter(git.moves)).partition(" ")[0]
    old, new = git.moves.get(f"{kind} from"), git.moves.get(f"{kind} to")
    if len(git.moves) != 2 or old is None or new is None:
        raise ActionError(
            f"{name}, line {line}: a rename or copy needs a 'from' line and a 'to' line, each with a name"
        )
    if any(said is not None and said != moved for said, moved in ((git.old, old), (git.new, new))):
        raise ActionError(f"{name}, line {line}: the rename or copy lines name other files. Make the names equal.")
    return old, new
