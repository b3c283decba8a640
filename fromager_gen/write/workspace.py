"""Put a tree of files into a workspace: only what changed, each file whole, nothing of the user's lost.

A manifest lists the files that are ours, with the hash we wrote. A file whose hash is another was changed by hand; one
that the new tree does not have is stale. Where a run is cut short, the hashes it was about to write are on disk
already, so that the next run knows its own files again.
"""

import difflib
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from fromager_gen.errors import WorkspaceError, listed
from fromager_gen.render import Tree
from fromager_gen.write.files import write_text

STATE = ".fromager-gen"
_MANIFEST = "manifest.json"
_PENDING = "pending.json"
_STAGE = "stage"


@dataclass
class Changes:
    """What differs between a tree and a workspace, by path."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Tell whether there is any difference."""
        return bool(self.new or self.changed or self.stale)

    def __str__(self) -> str:
        """Return a count of each kind."""
        return f"{len(self.new)} new, {len(self.changed)} changed, {len(self.stale)} removed"


def write_workspace(
    tree: Tree, workspace: Path, overwrite: bool = False, taken_over: Set[str] = frozenset()
) -> Changes:
    """Write a tree into a workspace; two runs at once wait for each other.

    Args:
        tree: the files to be.
        workspace: the folder; made if it is not there.
        overwrite: whether files of ours that were changed by hand are replaced; never those of somebody else.
        taken_over: files that the tree was made from: a change that was made there by hand is in it already.

    Raises:
        WorkspaceError: a file of ours was changed by hand, or one of the user's is in the way, or nothing can be
            written there. Nothing is changed then.
    """
    try:
        (workspace / STATE).mkdir(parents=True, exist_ok=True)
        with _locked(workspace / STATE / "lock"):
            return _write(tree, workspace, overwrite, taken_over)
    except OSError as err:
        # Of a file that can't be moved the second name is where it was to go.
        raise WorkspaceError(f"{err.filename2 or err.filename or workspace} can't be written: {err.strerror}") from err


def difference(tree: Tree, workspace: Path) -> tuple[Changes, Iterator[str]]:
    """Return what `write_workspace` would change, and the lines of a diff that shows it; nothing is written."""
    changes = _compare(tree, workspace, _recorded(workspace))
    return changes, _diff(tree, workspace, changes)


def _write(tree: Tree, workspace: Path, overwrite: bool, taken_over: Set[str]) -> Changes:
    state = workspace / STATE
    if (state / _STAGE).exists():
        shutil.rmtree(state / _STAGE)
    if overwrite:
        _begin_anew_where_damaged(state, tree)
    recorded = _recorded(workspace)
    changes = _compare(tree, workspace, recorded)
    _refuse_foreign(workspace, changes, {*recorded, *taken_over})
    if not overwrite:
        _refuse_hand_edits(workspace, changes, recorded, taken_over)
    manifest = {path: {hash_} for path, hash_ in _hashes(tree)}
    # The manifest alone counts: what is recorded may also be what a run meant to write that was cut short.
    if manifest != {path: set(hashes) for path, hashes in _read_manifest(state / _MANIFEST).items()}:
        pending = {path: recorded.get(path, set()) | manifest.get(path, set()) for path in {*recorded, *manifest}}
        _write_manifest(state / _PENDING, pending)
        _put(tree, workspace, changes.new + changes.changed)
        for path in changes.stale:
            _remove(workspace, path)
        _write_manifest(state / _MANIFEST, manifest)
    elif changes:
        _put(tree, workspace, changes.new + changes.changed)
    (state / _PENDING).unlink(missing_ok=True)
    return changes


def _put(tree: Tree, workspace: Path, paths: list[str]) -> None:
    """Write every file to the stage before the first is moved to its place: a full disk then leaves all as it was.

    A folder that the workspace does not have is moved as one.
    """
    stage = workspace / STATE / _STAGE
    moved = dict.fromkeys(_movable(workspace, paths))
    for parent in {os.path.dirname(f"{workspace}/{path}") for path in moved}:
        if not os.access(parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), parent)
    try:
        for parent in sorted({os.path.dirname(path) for path in paths}):
            os.makedirs(f"{stage}/{parent}", exist_ok=True)
        for path in paths:
            with open(f"{stage}/{path}", "wb") as file:
                file.write(_content(tree, path))
        for path in moved:
            os.replace(f"{stage}/{path}", f"{workspace}/{path}")
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _movable(workspace: Path, paths: list[str]) -> Iterator[str]:
    """Yield for each file the topmost folder above it that is to be made, or else the file."""
    there: dict[str, bool] = {}
    for path in paths:
        parts = path.split("/")
        for folder in ("/".join(parts[:number]) for number in range(1, len(parts))):
            if folder not in there:
                there[folder] = os.path.isdir(f"{workspace}/{folder}")
                if not there[folder] and os.path.lexists(f"{workspace}/{folder}"):
                    raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), f"{workspace}/{folder}")
            if not there[folder]:
                yield folder
                break
        else:
            yield path


def _compare(tree: Tree, workspace: Path, recorded: dict[str, set[str]]) -> Changes:
    changes = Changes()
    for path in [*tree.texts, *tree.copies]:
        content = _existing(f"{workspace}/{path}")
        if content is None:
            changes.new.append(path)
        elif content != _content(tree, path):
            changes.changed.append(path)
    changes.stale = sorted(
        path
        for path in recorded
        if path not in tree.texts and path not in tree.copies and _existing(workspace / path) is not None
    )
    return changes


def _refuse_foreign(workspace: Path, changes: Changes, ours: Set[str]) -> None:
    foreign = [path for path in changes.changed if path not in ours]
    if foreign:
        raise WorkspaceError(
            listed(f"files in {workspace} are somebody else's", foreign) + "\nMove them away, or name another folder."
        )


def _refuse_hand_edits(workspace: Path, changes: Changes, recorded: dict[str, set[str]], taken_over: Set[str]) -> None:
    edited = [
        path
        for path in changes.changed + changes.stale
        if path not in taken_over and _hash(_existing(workspace / path) or b"") not in recorded[path]
    ]
    if edited:
        raise WorkspaceError(
            listed(f"files in {workspace} are not as fromager-gen wrote them", edited)
            + "\nKeep your change by moving it (settings, patches, user.bazelrc), or lose it by `fromager-gen generate "
            f"GRAPH --output {workspace} --overwrite`."
        )


def _recorded(workspace: Path) -> dict[str, set[str]]:
    """Return the hashes that each of our files may have: as last written, or as runs cut short meant to write it."""
    found: dict[str, set[str]] = {}
    for name in (_MANIFEST, _PENDING):
        for path, hashes in _read_manifest(workspace / STATE / name).items():
            found.setdefault(path, set()).update(hashes)
    return found


def _begin_anew_where_damaged(state: Path, tree: Tree) -> None:
    """Where a record does not tell which files are ours, take for ours what is to be written."""
    for path in (state / _MANIFEST, state / _PENDING):
        try:
            _read_manifest(path)
        except WorkspaceError:
            _write_manifest(path, {name: set() for name in (*tree.texts, *tree.copies)})


def _read_manifest(path: Path) -> dict[str, list[str]]:
    try:
        manifest = json.loads(path.read_text())
        damaged = any(Path(name).is_absolute() or ".." in Path(name).parts for name in manifest)
        return {str(name): list(hashes) for name, hashes in manifest.items()} if not damaged else _refuse(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        return _refuse(path)


def _refuse(path: Path) -> NoReturn:
    raise WorkspaceError(
        f"{path} is damaged. It lists which files are ours: `fromager-gen generate` with --overwrite takes all that it "
        "writes for ours, and begins the list anew"
    )


def _write_manifest(path: Path, manifest: dict[str, set[str]]) -> None:
    rows = {name: sorted(hashes) for name, hashes in sorted(manifest.items())}
    write_text(path, json.dumps(rows, indent=0) + "\n")


def _hashes(tree: Tree) -> Iterator[tuple[str, str]]:
    return ((path, _hash(_content(tree, path))) for path in [*tree.texts, *tree.copies])


def _content(tree: Tree, path: str) -> bytes:
    return tree.texts[path].encode() if path in tree.texts else tree.copies[path].read_bytes()


def _existing(path: Path | str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        raise WorkspaceError(f"{path} is a folder, where a generated file is to be; move it away") from None


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _remove(workspace: Path, path: str) -> None:
    """Remove a stale file and the folders that it leaves empty."""
    (workspace / path).unlink(missing_ok=True)
    for folder in list((workspace / path).parents):
        if folder == workspace or any(folder.iterdir()):
            return
        folder.rmdir()


def _diff(tree: Tree, workspace: Path, changes: Changes) -> Iterator[str]:
    for path in sorted(changes.new + changes.changed + changes.stale):
        old = (_existing(workspace / path) or b"").decode(errors="replace")
        new = "" if path in changes.stale else _content(tree, path).decode(errors="replace")
        before, after = (
            "/dev/null" if path in changes.new else f"a/{path}",
            "/dev/null" if path in changes.stale else f"b/{path}",
        )
        yield from difflib.unified_diff(old.splitlines(True), new.splitlines(True), before, after)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
