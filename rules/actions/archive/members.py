"""Check the member list of an archive before any file is written."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from actions.archive.format import MAX_NAME, LinkError, Links
from actions.contract import MAX_ARCHIVE_BYTES, MAX_ARCHIVE_RATIO, RATIO_FREE_BYTES
from actions.errors import ActionError

Kind = Literal["file", "folder", "symlink", "hardlink"]


class Member(NamedTuple):
    """One member of an archive, with the attributes that the archive gives it."""

    name: str
    kind: Kind
    size: int
    executable: bool = False
    target: str = ""


class Entry(NamedTuple):
    """One path of the unpacked tree; each path has one entry, and hard links are resolved."""

    path: str
    kind: Literal["file", "folder", "symlink"]
    member: int
    """Position in the archive of the member with the file's content."""
    size: int = 0
    executable: bool = False
    target: str = ""


class Layout(NamedTuple):
    """The unpacked tree of an archive."""

    archive: str
    """Name of the archive, for error messages."""
    top: str
    """Name of its one top-level folder."""
    entries: list[Entry]
    twins: tuple[str, str] | None
    """Two paths that are the same on a file system that ignores case or normalizes Unicode."""


def most_bytes(archive: Path) -> int:
    """Return the largest unpacked size of an archive in bytes; a larger one counts as a decompression bomb."""
    return max(RATIO_FREE_BYTES, MAX_ARCHIVE_RATIO * archive.stat().st_size)


def check(archive: Path, members: list[Member]) -> Layout:
    """Check the whole member list of an archive; return the tree that tar would make of it.

    Args:
        archive: the file; its size limits that of the tree.
        members: all of its members, in order.

    Raises:
        ActionError: a member is refused. The text names the archive, the first such member and the reason.
    """
    name = archive.name
    entries = _last_of_each(name, members)
    # A hard link becomes a copy, so it has the size of its file.
    total = max(sum(entry.size for entry in entries.values()), sum(member.size for member in members))
    if total > min(MAX_ARCHIVE_BYTES, most_bytes(archive)):
        raise ActionError(f"{name} unpacks to {total:,} bytes; it may be a decompression bomb")
    tops = {path.partition("/")[0] for path in entries}
    if len(tops) != 1:
        raise ActionError(
            f"{name} has {len(tops)} top-level entries, but a source must have one folder: {sorted(tops)[:5]}"
        )
    (top,) = tops
    if top in entries and entries[top].kind != "folder":
        raise ActionError(f"{name}: its top-level entry {top!r} is not a folder")
    _check_places(name, entries)
    _check_links(name, top, entries)
    return Layout(name, top, list(entries.values()), _twins(entries))


def _last_of_each(archive: str, members: list[Member]) -> dict[str, Entry]:
    """Return the entries by path; of several members with the same name the last one is used, as in tar."""
    entries: dict[str, Entry] = {}
    later: list[tuple[str, Member]] = []
    for number, member in enumerate(members):
        if member.kind == "folder" and not member.name.strip("./"):
            continue  # the packed folder itself, as `tar -C FOLDER .` writes it
        path = "/".join(_parts(archive, member.name))
        if member.kind == "hardlink":
            target = "/".join(_hardlink_target(archive, member))
            if target in entries:
                _add(archive, entries, entries[target]._replace(path=path))
            else:
                later.append((path, member))  # in some archives a link comes before its file
        else:
            _add(archive, entries, Entry(path, member.kind, number, member.size, member.executable, member.target))
    for path, member in later:
        found = entries.get("/".join(_hardlink_target(archive, member)))
        if found is None or found.kind == "folder":
            raise ActionError(
                f"{archive}: the hard link {member.name!r} points to {member.target!r}, which is not a file"
            )
        if path not in entries:
            _add(archive, entries, found._replace(path=path))
    return entries


def _add(archive: str, entries: dict[str, Entry], entry: Entry) -> None:
    other = entries.get(entry.path)
    if other is not None and (other.kind == "folder") != (entry.kind == "folder"):
        raise ActionError(f"{archive}: {entry.path!r} appears twice, as a file and as a folder")
    entries[entry.path] = entry


def _hardlink_target(archive: str, member: Member) -> tuple[str, ...]:
    try:
        return _parts(archive, member.target)
    except ActionError:
        raise ActionError(
            f"{archive}: the link {member.name!r} points outside the archive, to {member.target!r}"
        ) from None


def _check_places(archive: str, entries: dict[str, Entry]) -> None:
    """Refuse a member below a file, and one below a link: its place on the disk would depend on the link."""
    checked: set[str] = set()
    for path in entries:
        for parent in _parents(path):
            if parent in checked:
                break  # and so are those above it
            checked.add(parent)
            above = entries.get(parent)
            if above is not None and above.kind == "symlink":
                raise ActionError(f"{archive}: {path!r} is below a symbolic link")
            if above is not None and above.kind == "file":
                raise ActionError(f"{archive}: {parent!r} appears twice, as a file and as a folder")


def _check_links(archive: str, top: str, entries: dict[str, Entry]) -> None:
    """Refuse symbolic links that point outside the archive, directly or through other links."""
    start = len(top) + 1
    targets = {path[start:]: entry.target for path, entry in entries.items() if entry.kind == "symlink"}
    links = Links(targets)
    for path in targets:
        try:
            links.follow(path)
        except LinkError as err:
            raise ActionError(f"{archive}: link {top}/{path!s} -> {targets[path][:200]!r}: {err}") from None


def _twins(entries: dict[str, Entry]) -> tuple[str, str] | None:
    seen: dict[str, str] = {}
    for path in entries:
        folded = path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()
        other = seen.setdefault(folded, path)
        if other != path:
            return other, path
    return None


def _parents(name: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while name := name.rpartition("/")[0]:
        yield name


def _parts(archive: str, name: str) -> tuple[str, ...]:
    if not name or len(name) > MAX_NAME:
        raise ActionError(f"{archive}: a member name has {len(name)} characters; the limit is 1 to {MAX_NAME}")
    if name.startswith("/") or "\\" in name or not _is_plain_text(name):
        raise ActionError(f"{archive}: {name!r} is absolute, or contains a backslash or a control character")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts or not parts:
        raise ActionError(f"{archive}: {name!r} is outside the archive's folder")
    if len(parts[0]) == 2 and parts[0].endswith(":"):
        raise ActionError(f"{archive}: {name!r} starts with a drive letter")
    return parts


def _is_plain_text(name: str) -> bool:
    """Return whether a name has no control characters; bytes that are not UTF-8 are surrogate escapes in it.

    See https://peps.python.org/pep-0383/.
    """
    if name.isascii():
        return name.isprintable()
    return not any(
        unicodedata.category(c) == "Cc" or (unicodedata.category(c) == "Cs" and not "\udc80" <= c <= "\udcff")
        for c in name
    )
