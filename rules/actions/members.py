"""Judge what an archive holds by its member list alone, before a byte of it is written."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from errors import ActionError

MAX_BYTES = 8 << 30
MAX_NAME = 1024
MAX_MEMBERS = 200_000
# A source tree packs at most about 1:60 as a whole; this allows for more, and only small archives may pass it.
MAX_RATIO = 200
RATIO_FREE_BYTES = 64 << 20

Kind = Literal["file", "folder", "symlink", "hardlink"]


class Member(NamedTuple):
    """One entry of an archive, by what the archive says of it."""

    name: str
    kind: Kind
    size: int
    executable: bool = False
    target: str = ""


def most_bytes(archive: Path) -> int:
    """Return how many bytes an archive may grow to before it counts as a decompression bomb."""
    return max(RATIO_FREE_BYTES, MAX_RATIO * archive.stat().st_size)


def check(archive: str, members: list[Member]) -> str:
    """Judge a whole member list; return the name of its one top-level folder.

    Raises:
        ActionError: naming the archive, the first bad member and why.
    """
    paths = [_parts(archive, member.name) for member in members]
    links = {"/".join(parts) for member, parts in zip(members, paths, strict=True) if member.kind == "symlink"}
    _refuse_doubles(archive, members, paths, links)
    for member in members:
        if member.kind in ("symlink", "hardlink"):
            _check_link(archive, member, links)
    total = sum(member.size for member in members)
    if total > MAX_BYTES:
        raise ActionError(f"{archive} grows to {total:,} bytes when unpacked")
    tops = {parts[0] for parts in paths}
    if len(tops) != 1:
        raise ActionError(f"{archive} has {len(tops)} top-level entries, a source has one folder: {sorted(tops)[:5]}")
    (top,) = tops
    if any(member.name.strip("/") == top and member.kind != "folder" for member in members):
        raise ActionError(f"{archive}: its top-level entry {top!r} is no folder")
    return top


def _refuse_doubles(archive: str, members: list[Member], paths: list[tuple[str, ...]], links: set[str]) -> None:
    """No two members may meet in one path, in a file system that folds case or Unicode either."""
    seen: dict[str, str] = {}
    files: set[str] = set()
    above: set[str] = set()
    for member, parts in zip(members, paths, strict=True):
        name = "/".join(parts)
        folded = name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
        if folded in seen and (member.kind != "folder" or name in files):
            raise ActionError(f"{archive}: {member.name!r} appears twice (as {seen[folded]!r})")
        if links and not links.isdisjoint(_parents(name)):
            raise ActionError(f"{archive}: {member.name!r} lies below a link")
        seen.setdefault(folded, member.name)
        for parent in _parents(name):
            if parent in above:
                break  # and so are those above it
            above.add(parent)
        if member.kind != "folder":
            files.add(name)
    if files & above:
        raise ActionError(f"{archive}: {min(files & above)!r} appears twice, as a file and as a folder")


def _parents(name: str) -> Iterator[str]:
    """Yield the folders that a path lies in, the nearest first."""
    while name := name.rpartition("/")[0]:
        yield name


def _parts(archive: str, name: str) -> tuple[str, ...]:
    if not name or len(name) > MAX_NAME:
        raise ActionError(f"{archive}: a member name of {len(name)} characters")
    if name.startswith("/") or "\\" in name or not _is_plain_text(name):
        raise ActionError(f"{archive}: {name!r} is absolute, or holds a backslash, control or undecodable character")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if ".." in parts or not parts:
        raise ActionError(f"{archive}: {name!r} leaves the archive's folder")
    if len(parts[0]) == 2 and parts[0].endswith(":"):
        raise ActionError(f"{archive}: {name!r} names a drive")
    return parts


def _is_plain_text(name: str) -> bool:
    if name.isascii():
        return name.isprintable()
    return not any(unicodedata.category(c) in ("Cc", "Cs") for c in name)


def _check_link(archive: str, member: Member, links: set[str]) -> None:
    """Judge where a link points: a symlink's target is relative to its folder, a hard link's to the archive.

    A target may not pass through another link, since `..` after a link is not where the text says.
    """
    top, *folders = _parts(archive, member.name)[:-1] or [""]
    base = [top, *folders] if member.kind == "symlink" else []
    inside = (
        bool(member.target)
        and not member.target.startswith("/")
        and "\\" not in member.target
        and "\0" not in member.target
    )
    for part in PurePosixPath(member.target).parts if inside else ():
        if "/".join(base) in links or (part == ".." and len(base) <= 1):
            inside = False
        elif part == "..":
            base.pop()
        elif part != ".":
            base.append(part)
    if not inside or not base or base[0] != top or (member.kind == "hardlink" and "/".join(base) in links):
        raise ActionError(f"{archive}: link {member.name!r} points outside or through a link, to {member.target!r}")
