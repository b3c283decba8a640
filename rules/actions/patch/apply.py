"""Apply unified diffs strictly: with all lines of context, to all files or none, and only inside the source tree.

The names in a patch, and whether a file is created or removed, are interpreted as ``patch -p1`` does:
https://man7.org/linux/man-pages/man1/patch.1.html. But GNU patch guesses (fuzz), runs ed scripts and leaves a failed
patch half applied. A build must not depend on guesses. As in git, the lines of a hunk can be at another line number
than the hunk gives, but only if they occur exactly once.
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
"""Longest name of a file in bytes: NAME_MAX of Linux, https://man7.org/linux/man-pages/man0/limits.h.0p.html."""


def apply(patch: Path, tree: Path) -> None:
    """Apply one patch file, with ``-p1``, to a source tree.

    Raises:
        ActionError: the patch does not apply. The text names the patch, the file and the hunk; the tree is unchanged.
    """
    name = re.sub(r"^\d{4}-", "", patch.name)  # the author's name of the patch: the workspace numbers patches
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
    """Return the file that a part of a patch changes, by the rules of GNU patch, or None.

    It is the best of the names that exist or, if the patch creates a file, of those that need the fewest new folders:
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
    """Return a sort key: fewest folders, then shortest last part, then shortest name; of equals the old name wins."""
    raw = os.fsencode(name)
    return raw.count(b"/"), len(raw.rpartition(b"/")[2]), len(raw)


def _leaving(file_patches: list[FilePatch]) -> Iterator[str]:
    """Yield the files that a patch renames or removes: git may list a file that takes such a name before it."""
    for patch in file_patches:
        if patch.old is not None and (patch.move == "rename" or patch.after is Presence.ABSENT):
            yield patch.old


def _change(patch: FilePatch, state: State) -> None:
    """Change, create or remove one file."""
    path = target(patch, state)
    if path is None:
        names = " and ".join(shown(one) for one in dict.fromkeys((patch.old, patch.new)) if one)
        raise ValueError(
            f"it changes {names}, which the source does not have. Patches are applied with -p1. The patch may be for "
            "another version."
        )
    file = state.read(path)
    if file is None and patch.after is Presence.ABSENT:
        raise ValueError(f"it removes {shown(path)}, which the source does not have. The patch may be applied twice.")
    if file is not None and _is_made_twice(patch, file):
        raise ValueError(f"it creates {shown(path)}, which already exists. The patch may be applied twice.")
    content = _content(patch, file.content if file else b"")
    executable = bool(file and file.executable) if patch.executable is None else patch.executable
    if patch.after is not Presence.ABSENT:
        state.put(path, File(content, executable), patch)
    elif content:
        raise ValueError(
            f"it removes {shown(path)}, which has lines that the patch does not have. Make the patch again."
        )
    else:
        state.put(path, None, patch)


def _is_made_twice(patch: FilePatch, file: File) -> bool:
    """Return whether a patch creates a file that already exists.

    Without dates, such a patch looks like one that adds lines at the top of a file.
    """
    if patch.before is Presence.ABSENT:
        return bool(file.content) or not patch.hunks
    if patch.before is Presence.EMPTY and len(patch.hunks) == 1:
        return bool(file.content) and file.content == b"".join(patch.hunks[0].new)
    return False


def _move(patch: FilePatch, state: State) -> None:
    """Rename or copy one file and apply the hunks to it."""
    old, new = patch.old or "", patch.new or ""  # the parser refuses a move without both names
    file = state.source(old, patch)
    if state.exists(new) and new not in state.leaving:
        raise ValueError(f"it creates {shown(new)} from {shown(old)}, but {shown(new)} already exists")
    content = _content(patch, file.content)
    if patch.move == "rename":
        state.leave(old, patch)
    state.put(new, File(content, file.executable if patch.executable is None else patch.executable), patch)


def _content(patch: FilePatch, content: bytes) -> bytes:
    """Apply hunks to a file's content.

    If the lines of the patch end in CRLF, they are tried with LF first, as GNU patch does. Unlike GNU patch, they are
    then tried unchanged: the patch may be for a file with CRLF.
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
        raise ValueError(f"it has a file name of more than {_MOST_NAME} bytes: {shown(path[:80])}...")
