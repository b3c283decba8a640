"""Apply unified diffs strictly: every line of context must be there, all files or none, nothing outside the tree.

A patch is read as ``patch -p1`` reads it: which file it names, and whether the file is made or removed. But GNU patch
guesses (fuzz), runs ed scripts and leaves half of a failed patch behind; a build must not depend on guesses. A hunk may
stand at another line than it says, as git allows, but only where its lines occur exactly once.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from actions.errors import ActionError
from actions.patch.hunks import MisfitError, changed
from actions.patch.names import shown
from actions.patch.state import File, State
from actions.patch.text import FilePatch, Presence, parse

_MOST_NAME = 255
"""Bytes of a file's name that every common file system holds."""


def apply(patch: Path, tree: Path) -> None:
    """Apply one patch file, with ``-p1``, to a source tree.

    Raises:
        ActionError: naming the patch, the file and the hunk; the tree is then as it was.
    """
    name = re.sub(r"^\d{4}-", "", patch.name)  # as its author named it: the workspace numbers patches
    file_patches = parse(patch.read_bytes(), name)
    state = State(tree, leaving=frozenset(_leaving(file_patches)))
    try:
        for file_patch in file_patches:
            for path in (file_patch.old, file_patch.new):
                if path is not None:
                    _refuse_outside(path)
            if file_patch.move is None:
                _change(file_patch, state)
            else:
                _move(file_patch, state)
    except MisfitError as err:
        raise ActionError(
            f"{name}: hunk {err.number} of {len(file_patch.hunks)} (line {err.hunk.start}) does not apply to "
            f"{shown(target(file_patch, state) or '')}: {err}"
        ) from None
    except ValueError as err:
        raise ActionError(f"{name}, line {file_patch.line}: {err}") from None
    try:
        state.check()
    except ValueError as err:
        raise ActionError(f"{name}: {err}") from None
    state.write()


def target(patch: FilePatch, state: State) -> str | None:
    """Return the file that a part of a patch is for, by GNU patch's rule, or None.

    The best name of those that exist, or, where the patch makes a file, of those that need the fewest new folders:
    https://www.gnu.org/software/diffutils/manual/html_node/Multiple-Patches.html
    """
    if patch.move is not None:
        return patch.old
    names = list(dict.fromkeys(name for name in (patch.old, patch.new) if name is not None))
    known = [name for name in names if state.exists(name)]
    if known or patch.before is Presence.THERE:
        return min(known, key=_worth, default=None)
    return min(names, key=lambda name: (state.new_folders(name), _worth(name)), default=None)


def _worth(name: str) -> tuple[int, int, int]:
    """Fewest folders, then shortest last part, then shortest name; the old name goes first among equals."""
    raw = os.fsencode(name)
    return raw.count(b"/"), len(raw.rpartition(b"/")[2]), len(raw)


def _leaving(file_patches: list[FilePatch]) -> Iterator[str]:
    """Yield the files that a patch moves away or removes: git may list the file that takes the place first."""
    for patch in file_patches:
        if patch.old is not None and (patch.move == "rename" or patch.after is Presence.ABSENT):
            yield patch.old


def _change(patch: FilePatch, state: State) -> None:
    """Change, make or remove one file."""
    path = target(patch, state)
    if path is None:
        names = " and ".join(shown(one) for one in dict.fromkeys((patch.old, patch.new)) if one)
        raise ValueError(
            f"it changes {names}, which the source does not have. Patches are applied with -p1. Was it made for "
            "another version?"
        )
    file = state.read(path)
    if file is None and patch.after is Presence.ABSENT:
        raise ValueError(f"it removes {shown(path)}, which the source does not have. Is it applied twice?")
    if file is not None and _is_made_twice(patch, file):
        raise ValueError(f"it makes {shown(path)}, which is there already. Is it applied twice?")
    content = _content(patch, file.content if file else b"")
    executable = bool(file and file.executable) if patch.executable is None else patch.executable
    if patch.after is not Presence.ABSENT:
        state.put(path, File(content, executable), patch)
    elif content:
        raise ValueError(f"it removes {shown(path)}, which holds more than the patch says. Make the patch anew.")
    else:
        state.put(path, None, patch)


def _is_made_twice(patch: FilePatch, file: File) -> bool:
    """Return whether a patch makes a file that is there already.

    Without dates, such a patch reads like one that adds lines at the top of a file.
    """
    if patch.before is Presence.ABSENT:
        return bool(file.content) or not patch.hunks
    if patch.before is Presence.EMPTY and len(patch.hunks) == 1:
        return bool(file.content) and file.content == b"".join(patch.hunks[0].new)
    return False


def _move(patch: FilePatch, state: State) -> None:
    """Rename or copy one file, and change it on the way."""
    old, new = patch.old or "", patch.new or ""  # the parser refuses a move without both names
    file = state.source(old, patch)
    if state.exists(new) and new not in state.leaving:
        raise ValueError(f"it makes {shown(new)} of {shown(old)}, but {shown(new)} is there already")
    content = _content(patch, file.content)
    if patch.move == "rename":
        state.leave(old, patch)
    state.put(new, File(content, file.executable if patch.executable is None else patch.executable), patch)


def _content(patch: FilePatch, content: bytes) -> bytes:
    """Apply hunks. In a patch whose own lines end in CRLF, they are tried as LF first, as GNU patch does.

    They are tried as they are too, which GNU patch does not do: the patch may be for a file with CRLF.
    """
    if not patch.crlf:
        return changed(content, patch.hunks)
    try:
        return changed(content, [hunk.without_cr() for hunk in patch.hunks])
    except MisfitError:
        if b"\r\n" not in content:
            raise
    return changed(content, patch.hunks)


def _refuse_outside(path: str) -> None:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or "\\" in path or any(ord(c) < 32 or ord(c) == 127 for c in path):
        raise ValueError(f"it names {shown(path)!r}, which is outside the source tree")
    if any(len(os.fsencode(part)) > _MOST_NAME for part in parts):
        raise ValueError(f"it names a file of more than {_MOST_NAME} bytes: {shown(path[:80])}...")
