"""Parse file names and dates in the header lines of a patch as ``patch -p1`` does."""

import os
import re
from datetime import UTC, datetime, timedelta, timezone

_WEEKDAY = rb"(?:[A-Z][a-z]{2},?\s+)?"
_MONTH = rb"(?P<month>[A-Z][a-z]{2})\s+"
_DAY = rb"(?P<day>\d\d?)\s+"
_YEAR = rb"(?P<year>\d{4})"
_TIME = rb"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
_ZONE = rb"(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_DATES = (
    # 1970-01-01 01:00:00.000000000 +0100, as `diff -u` writes it
    re.compile(_YEAR + rb"-(?P<month>\d\d)-(?P<day>\d\d)(?:[T \t]+" + _TIME + _ZONE + rb")?"),
    # Thu Jan  1 00:00:00 1970 +0000, as Mercurial and older diffs write it
    re.compile(_WEEKDAY + _MONTH + _DAY + _TIME + rb"\s+(?:(?:UTC|GMT)\s+)?" + _YEAR + _ZONE),
    # Thu, 01 Jan 1970 00:00:00 +0000, as mails have it
    re.compile(_WEEKDAY + _DAY + _MONTH + _YEAR + rb"\s+" + _TIME + _ZONE),
)
_MONTHS = {b"Jan": 1, b"Dec": 12}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-3][0-7]{2})')
_QUOTED = re.compile(rb'"((?:[^"\\]|\\([abfnrtv"\\]|[0-3][0-7]{2}))*)"')
_ESCAPED = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))


def shown(path: str) -> str:
    """Return a path for a message; bytes that are not UTF-8 become escapes."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def stripped(name: bytes) -> str | None:
    """Return a name without its first folder, as ``-p1`` does, or None if it has no slash.

    Several slashes count as one: https://www.gnu.org/software/diffutils/manual/html_node/patch-Options.html
    """
    _, slash, rest = name.partition(b"/")
    return cleaned(rest.lstrip(b"/")) if slash else None


def cleaned(name: bytes) -> str | None:
    """Return a path as text, without empty and ``.`` parts; bytes that are not UTF-8 are kept.

    A leading slash is kept too, so that the path is refused: it may be meant as an absolute path.
    """
    parts = [part for part in name.split(b"/") if part not in (b"", b".")]
    path = os.fsdecode(b"/".join(parts))
    return f"/{path}" if name.startswith(b"/") else path or None


def header_name(text: bytes) -> tuple[bytes | None, bytes]:
    """Split the text after ``---`` or ``+++`` into a name and a date.

    A name can contain spaces only if a tab separates it from the date, as diff and git write it.
    """
    text = text.lstrip().rstrip(b" \r\n")
    if text.startswith(b'"'):
        return _quoted(text)
    if b"\t" in text:
        name, _, date = text.partition(b"\t")
        return name.rstrip(), date.strip()
    words = [*text.split(None, 1), b"", b""]
    return words[0], words[1]


def whole_name(text: bytes) -> bytes | None:
    """Return the name in a line that has only a name, as in ``Index:`` and ``rename from``."""
    text = text.rstrip(b"\r\n")
    return _quoted(text)[0] if text.startswith(b'"') else text


def git_names(text: bytes) -> tuple[str | None, str | None]:
    """Return the two names of a ``diff --git`` line; None for both if spaces make them ambiguous.

    Git does not quote spaces. Such a line can still be split if both names are equal without their first folder:
    https://git-scm.com/docs/diff-format#generate_patch_text_with_p
    """
    text = text.rstrip(b"\r\n")
    if text.startswith(b'"'):
        first, rest = _quoted(text)
        pairs = [(first, whole_name(rest))]
    elif text.endswith(b'"') and b' "' in text:
        at = text.index(b' "')
        pairs = [(text[:at], whole_name(text[at + 1 :]))]
    else:
        pairs = [(text[: m.start()], text[m.end() :]) for m in re.finditer(rb" ", text)]
    names = [(stripped(old), stripped(new)) for old, new in pairs if old is not None and new is not None]
    equal = [(old, new) for old, new in names if old == new]
    return (equal or names)[0] if len(names) == 1 or len(equal) == 1 else (None, None)


def is_epoch(date: bytes) -> bool:
    """Return whether a date is 1970-01-01 00:00:00 in any time zone, which marks a file as absent.

    The date may be local time without a zone, so GNU patch accepts every time within the offsets that POSIX allows:
    https://www.gnu.org/software/diffutils/manual/html_node/Creating-and-Removing.html
    """
    match = next(filter(None, (form.fullmatch(date) for form in _DATES)), None)
    if match is None or int(match["year"]) not in (1969, 1970):
        return False
    month = int(match["month"]) if match["month"].isdigit() else _MONTHS.get(match["month"], 0)
    hour, minute, second = (int(match[part] or 0) for part in ("hour", "minute", "second"))
    try:
        when = datetime(int(match["year"]), month, int(match["day"]), hour, minute, second, tzinfo=_zone(match["zone"]))
    except ValueError:
        return False
    return timedelta(hours=-25) < when - _EPOCH < timedelta(hours=26)


def _zone(text: bytes | None) -> timezone:
    if text is None or text[:1] not in (b"+", b"-"):
        return UTC
    digits = text[1:].replace(b":", b"")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text.startswith(b"-") else offset)


def _quoted(text: bytes) -> tuple[bytes | None, bytes]:
    """Split a C string from the text after it; the string is None if it is malformed."""
    match = _QUOTED.match(text)
    if match is None:
        return None, b""
    return _ESCAPE.sub(_unescaped, match[1]), text[match.end() :].strip()


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    return bytes([int(code, 8) if len(code) == 3 else _ESCAPED[code[0]]])
