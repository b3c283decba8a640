"""Explain the first difference between two contents: where it is, what differs there, and what may have caused it."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import IO, NamedTuple

_CHUNK = 1 << 20
_BEFORE = 1 << 10
_AFTER = 4 << 10
_LINES = 12
_WIDEST = 160
_BYTES = 16
_PATH = re.compile(rb"/[\w.+@~-]+(?:/[\w.+@~-]+)+")
_TIME = re.compile(
    rb"\b(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?|\b\d\d:\d\d:\d\d\b|\b[12]\d{9}(?:\.\d+)?\b"
)
_SHOWN = 2


class Mark(NamedTuple):
    """A condition of two builds, such as the host name, whose values can be found in their wheels."""

    name: str
    first: str
    second: str


class Excerpt(NamedTuple):
    """The first difference between two contents."""

    offset: int
    lines: tuple[str, ...]
    """Lines of a unified diff, or the bytes in hex."""
    causes: tuple[str, ...]


def first_difference(first: IO[bytes], second: IO[bytes], marks: Sequence[Mark] = ()) -> Excerpt | None:
    """Compare two contents; return None if they are equal. No more than some chunks are kept in memory."""
    start, before = 0, b""
    while True:
        one, other = first.read(_CHUNK), second.read(_CHUNK)
        if one != other:
            break
        if not one:
            return None
        start, before = start + len(one), one[-_BEFORE:]
    at = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    # The end of a chunk is not the end of the content.
    windows = _window(before, one, at, first), _window(before, other, at, second)
    lines = _text_lines(*windows) or _byte_lines(start + at, one[at : at + _BYTES], other[at : at + _BYTES])
    return Excerpt(start + at, tuple(lines), tuple(_causes(windows, marks)))


def _window(before: bytes, chunk: bytes, at: int, file: IO[bytes]) -> bytes:
    """Return the bytes around a difference, from the beginning of a line if one begins shortly before."""
    chunk += file.read(max(0, at + _AFTER - len(chunk)))
    known = before + chunk
    place = len(before) + at
    start = max(0, place - _BEFORE)
    if start > 0 or len(before) == _BEFORE:
        start = known.find(b"\n", start, place) + 1 or start
    end = place + _AFTER
    if end < len(known):
        end = known.rfind(b"\n", place, end) + 1 or end
    return known[start:end]


def _text_lines(one: bytes, other: bytes) -> list[str]:
    """Return a unified diff of two texts; empty if one of them is not a text."""
    texts = _text(one), _text(other)
    if texts[0] is None or texts[1] is None:
        return []
    found = difflib.unified_diff(texts[0].splitlines(), texts[1].splitlines(), n=1, lineterm="")
    lines = [_clean(line) for line in found][3:]
    return lines[:_LINES] + ([f"({len(lines) - _LINES} more lines)"] if len(lines) > _LINES else [])


def _text(window: bytes) -> str | None:
    if b"\0" in window:
        return None
    for cut in range(4):  # the window may end within a character
        try:
            return window[: len(window) - cut].decode("utf-8")
        except UnicodeDecodeError:
            continue
    return None


def _byte_lines(offset: int, one: bytes, other: bytes) -> list[str]:
    """Return the first bytes of each content that differ."""
    parts = zip("-+", (one, other), strict=True)
    return [f"{sign}{offset:#x}: {part.hex(' ') or 'end'}  {_ascii(part)}".rstrip() for sign, part in parts]


def _ascii(data: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in data)


def _clean(line: str) -> str:
    """Return a line that can't control a terminal."""
    text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def _causes(windows: tuple[bytes, bytes], marks: Sequence[Mark]) -> Iterator[str]:
    """Yield what may have caused a difference; only hints, because a text can look like a time by chance."""
    for mark in marks:
        if _found(windows, mark):
            yield f"it contains the {mark.name} of the build"
    for pattern, what in ((_TIME, "a time"), (_PATH, "an absolute path")):
        found = [set(pattern.findall(window)) for window in windows]
        only = [sorted(found[0] - found[1]), sorted(found[1] - found[0])]
        if all(only):
            shown = " and ".join(", ".join(_ascii(text) for text in texts[:_SHOWN]) for texts in only)
            yield f"it seems to contain {what}: {shown}"
    words = [sorted(re.findall(rb"[^\s,;]+", window)) for window in windows]
    if words[0] == words[1]:
        yield "it has the same words in another order"


def _found(windows: tuple[bytes, bytes], mark: Mark) -> bool:
    if not mark.first or not mark.second or mark.first == mark.second:
        return False
    return mark.first.encode() in windows[0] and mark.second.encode() in windows[1]
