"""Parse the hunks of a unified diff, and apply them to a file.

See https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from actions.errors import ActionError

_HEADER = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
# If a patch ends early, GNU patch assumes that up to this many empty lines of context were lost.
_MOST_LOST = 3
_EDGE = " at the {} of the file (the hunk has less context {} the change than {} it)"


@dataclass
class Hunk:
    """One change: the old lines and the new lines, each with its line end."""

    start: int
    new_start: int
    old: list[bytes] = field(default_factory=list)
    new: list[bytes] = field(default_factory=list)
    lead: int = 0
    """Lines of context before the first change."""
    trail: int = 0
    """Lines of context after the last change."""

    def without_cr(self) -> "Hunk":
        """Return the hunk with LF for each CRLF."""
        old, new = ([re.sub(rb"\r\n\Z", b"\n", line) for line in side] for side in (self.old, self.new))
        return replace(self, old=old, new=new)


class MisfitError(Exception):
    """A hunk does not apply to a file; the text is the reason."""

    def __init__(self, number: int, hunk: Hunk, why: str):
        super().__init__(why)
        self.number = number
        self.hunk = hunk


def lines_of(content: bytes) -> list[bytes]:
    """Split content into lines with their line ends; only LF ends a line."""
    return re.findall(rb"[^\n]*\n|[^\n]+", content)


def is_hunk(line: bytes) -> bool:
    """Return whether a line starts a hunk."""
    return _HEADER.match(line) is not None


def read(lines: Sequence[bytes], at: int, crlf: bool, name: str) -> tuple[Hunk, int]:
    """Read the hunk that starts at line ``at``; return it and the number of the line after it.

    Args:
        lines: the patch.
        at: number of the hunk's first line, from 0.
        crlf: whether the lines of the patch end in CRLF.
        name: name of the patch, for error messages.

    Raises:
        ActionError: the line does not start a hunk, or its counts do not match the lines that follow.
    """
    match = _HEADER.match(lines[at])
    if match is None:
        raise ActionError(
            f"{name}, line {at + 1}: this line does not start a hunk. It must have the form @@ -1,3 +1,3 @@."
        )
    hunk = Hunk(int(match[1]), int(match[3]))
    body = _Body(hunk, int(match[2] or 1), int(match[4] or 1), crlf)
    first, at = at, at + 1
    while body.is_short():
        if at >= len(lines) or (at == len(lines) - 1 and not lines[at].endswith(b"\n")):
            _fill(body, lines[at:], f"{name}, line {first + 1}")
            at = len(lines)
        elif not body.add(lines[at]):
            raise ActionError(f"{name}, line {first + 1}: the hunk is incomplete; it ends before line {at + 1}")
        else:
            at += 1
    if lines[at : at + 1] and lines[at].startswith(b"\\"):
        body.add(lines[at])
        at += 1
    _check(body, lines[at : at + 1], f"{name}, line {first + 1}")
    return hunk, at


@dataclass
class _Body:
    """The lines of a hunk while they are read."""

    hunk: Hunk
    wanted_old: int
    wanted_new: int
    crlf: bool
    signs: bytes = b""

    def is_short(self) -> bool:
        return len(self.hunk.old) < self.wanted_old or len(self.hunk.new) < self.wanted_new

    def add(self, line: bytes) -> bool:
        """Add a line of the patch; return False if the line can't be part of a hunk."""
        sign, text = line[:1], line[1:]
        if sign == b"#":
            return True  # a comment: https://man7.org/linux/man-pages/man1/patch.1.html
        if sign == b"\\":
            self._drop_line_end()
            return True
        if sign == b"\t" or line in (b"\n", b"\r\n"):  # context without its first space: an editor removed it
            sign, text = b" ", line
        if sign not in (b" ", b"+", b"-"):
            return False
        if sign in b" -":
            self.hunk.old.append(text)
        if sign in b" +":
            self.hunk.new.append(text)
        self.signs += sign
        return True

    def _drop_line_end(self) -> None:
        r"""Remove the line end of the last line: `\ No newline at end of file` applies to the line before it."""
        for side, signs in ((self.hunk.old, b" -"), (self.hunk.new, b" +")):
            if self.signs and self.signs[-1] in signs and side:
                side[-1] = side[-1].removesuffix(b"\n")
                if self.crlf:
                    side[-1] = side[-1].removesuffix(b"\r")


def _fill(body: _Body, rest: Sequence[bytes], where: str) -> None:
    """Add the empty lines of context that an editor removed at the end of a patch, as GNU patch does."""
    if rest and rest[0].strip():
        raise ActionError(f"{where}: the last line of the patch has no line end; it may be incomplete. Add a line end.")
    lost = body.wanted_new - len(body.hunk.new)
    if lost > _MOST_LOST or lost != body.wanted_old - len(body.hunk.old):
        raise ActionError(f"{where}: the hunk is incomplete; the patch ends in it")
    for _ in range(lost):
        body.add(b" \n")


def _check(body: _Body, following: Sequence[bytes], where: str) -> None:
    hunk = body.hunk
    if (len(hunk.old), len(hunk.new)) != (body.wanted_old, body.wanted_new):
        raise ActionError(f"{where}: the hunk's counts don't match its lines")
    # GNU patch ignores such a line without a message.
    if following and re.match(rb"\+(?!\+\+ )|-(?!-)", following[0]):
        raise ActionError(f"{where}: the hunk's counts don't match its lines: more changed lines follow")
    if any(not line.endswith(b"\n") for side in (hunk.old, hunk.new) for line in side[:-1]):
        raise ActionError(f"{where}: the hunk marks a line in its middle as having no line end")
    changes = body.signs.strip(b" ")
    if not changes:
        raise ActionError(f"{where}: the hunk changes no line")
    hunk.lead = len(body.signs) - len(body.signs.lstrip(b" "))
    hunk.trail = len(body.signs) - len(body.signs.rstrip(b" "))


def changed(content: bytes, hunks: Sequence[Hunk]) -> bytes:
    """Apply hunks, in order, to a file's content.

    Raises:
        MisfitError: the lines of a hunk are not in the file.
    """
    lines = lines_of(content)
    result: list[bytes] = []
    done, offset = 0, 0
    for number, hunk in enumerate(hunks, 1):
        guess = (hunk.start - 1 if hunk.old else hunk.start) + offset
        try:
            at = _place(lines, hunk, guess, done, bool(offset))
        except ValueError as err:
            raise MisfitError(number, hunk, str(err)) from None
        result += lines[done : at + hunk.lead]
        result += hunk.new[hunk.lead : len(hunk.new) - hunk.trail]
        done = at + len(hunk.old) - hunk.trail
        offset += at - guess
    result += lines[done:]
    # As in GNU patch, a line without a line end gets one if another line follows.
    return b"".join(line if line.endswith(b"\n") else line + b"\n" for line in result[:-1]) + b"".join(result[-1:])


def _place(lines: list[bytes], hunk: Hunk, guess: int, done: int, moved: bool) -> int:
    """Return the position of a hunk's lines; earlier hunks have changed the lines before ``done``.

    Less context on one side means that the file begins or ends there, as in GNU patch without fuzz and in git:
    https://www.gnu.org/software/diffutils/manual/html_node/Inexact.html
    """
    if not hunk.old:
        if moved or not done <= guess <= len(lines):
            raise ValueError(
                "it adds lines without context, so their position is unknown. Make the patch with context."
            )
        return guess
    places = range(max(done - hunk.lead, 0), len(lines) - len(hunk.old) + 1)
    anchored, edge = places, ""
    if hunk.start <= 1 and hunk.lead < hunk.trail:
        anchored, edge = places[:1] if done <= hunk.lead else places[:0], _EDGE.format("start", "before", "after")
    elif hunk.trail < hunk.lead:
        anchored, edge = places[-1:], _EDGE.format("end", "after", "before")
    if guess in anchored and _is_at(lines, hunk.old, guess):
        return guess
    found = [at for at in places if _is_at(lines, hunk.old, at)]
    if not any(at in anchored for at in found):
        raise ValueError(_misfit(lines, hunk, guess, edge))
    if len(found) > 1:
        raise ValueError("the lines it expects occur more than once. Make the patch again for this version.")
    return found[0]


def _is_at(lines: list[bytes], wanted: list[bytes], at: int) -> bool:
    return lines[at : at + 1] == wanted[:1] and lines[at : at + len(wanted)] == wanted


def _misfit(lines: list[bytes], hunk: Hunk, guess: int, edge: str) -> str:
    if len(hunk.new) > hunk.lead + hunk.trail and guess >= 0 and _is_at(lines, hunk.new, guess):
        return "the lines it adds are already there. Remove the patch if the source has this change."
    ends = {line.endswith(b"\r\n") for line in lines if line.endswith(b"\n")}
    wanted = {line.endswith(b"\r\n") for line in hunk.old if line.endswith(b"\n")}
    if len(ends) == len(wanted) == 1 and ends != wanted:
        return (
            f"the file has {_ends(ends)} line ends, but the hunk has {_ends(wanted)}. Make the patch with the file's."
        )
    return f"the lines it expects are not there{edge}. Make the patch again for this version."


def _ends(found: set[bool]) -> str:
    return "CRLF" if True in found else "LF"
