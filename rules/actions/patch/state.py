"""Collect the changes of a patch to a source tree; they are written only after the whole patch has been checked."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from actions.patch.names import shown
from actions.patch.text import FilePatch


@dataclass(frozen=True)
class File:
    """A file's content, and whether it is executable."""

    content: bytes
    executable: bool


@dataclass(frozen=True)
class _Result:
    file: File | None
    mail: int
    is_moved: bool


@dataclass
class State:
    """A source tree and the changes to its files.

    Attributes:
        tree: the source's folder.
        leaving: files that the patch renames or removes.
        results: the changed files by path.
    """

    tree: Path
    leaving: frozenset[str]
    results: dict[str, _Result] = field(default_factory=dict)

    def exists(self, path: str) -> bool:
        """Return whether this path exists after the parts of the patch so far."""
        if path in self.results:
            return self.results[path].file is not None
        return os.path.lexists(self.tree / path)

    def new_folders(self, path: str) -> int:
        """Return how many folders must be created for a file with this path."""
        there = {parent for made, result in self.results.items() if result.file for parent in _parents(made)}
        return sum(parent not in there and not (self.tree / parent).is_dir() for parent in _parents(path))

    def read(self, path: str) -> File | None:
        """Return a file after the parts of the patch so far, or None if it does not exist.

        Raises:
            ValueError: the path is a link, below a link, or a folder.
        """
        self._refuse_links(path)
        if path in self.results:
            return self.results[path].file
        return self._original(path)

    def source(self, path: str, patch: FilePatch) -> File:
        """Return the source of a rename or copy: as in git, the file before any part of the diff.

        Raises:
            ValueError: the file does not exist, or an earlier part of the patch changes it.
        """
        self._refuse_links(path)
        original = self._original(path)
        result = self.results.get(path)
        file = original if original or result is None else result.file
        if file is None:
            raise ValueError(f"it changes {shown(path)}, which the source does not have")
        # GNU patch and git would lose the earlier change: both read the file as it was before the patch.
        if original and result and (result.mail != patch.mail or not (result.is_moved or patch.move == "copy")):
            raise ValueError(
                f"it moves {shown(path)} after an earlier change of that file. Make a separate patch for each commit."
            )
        return file

    def leave(self, path: str, patch: FilePatch) -> None:
        """Remove a renamed file, unless another file was renamed to its path."""
        result = self.results.get(path)
        if result is None or not (result.is_moved and self._original(path)):
            self.results[path] = _Result(None, patch.mail, False)

    def put(self, path: str, file: File | None, patch: FilePatch) -> None:
        """Set a file's new content; None removes the file.

        Raises:
            ValueError: the path goes through a link.
        """
        self._refuse_links(path)
        self.results[path] = _Result(file, patch.mail, patch.move is not None)

    def check(self) -> None:
        """Check that all results can be written together.

        Raises:
            ValueError: a file would be below another file, or would replace a folder.
        """
        for path in self.results:
            if (self.tree / path).is_dir():
                raise ValueError(f"it writes the file {shown(path)}, which is a folder")
            above = next((parent for parent in _parents(path) if self._is_file(parent)), None)
            if above is not None:
                raise ValueError(f"it writes {shown(path)} below {shown(above)}, which is a file")

    def write(self) -> None:
        """Write all results: first remove files, and the folders that become empty, then write the others."""
        for path, result in self.results.items():
            if result.file is None:
                (self.tree / path).unlink(missing_ok=True)
                self._remove_empty_folders(path)
        for path, result in self.results.items():
            if result.file is not None:
                place = self.tree / path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(result.file.content)
                place.chmod(0o755 if result.file.executable else 0o644)

    def _original(self, path: str) -> File | None:
        place = self.tree / path
        if not os.path.lexists(place):
            return None
        mode = place.stat().st_mode
        if not stat.S_ISREG(mode):
            raise ValueError(f"it changes {shown(path)}, which is not a file")
        return File(place.read_bytes(), bool(mode & stat.S_IXUSR))

    def _refuse_links(self, path: str) -> None:
        for part in (*_parents(path), path):
            if (self.tree / part).is_symlink():
                raise ValueError(f"it writes {shown(path)!r} through a symbolic link")

    def _is_file(self, path: str) -> bool:
        result = self.results.get(path)
        return (self.tree / path).is_file() if result is None else result.file is not None

    def _remove_empty_folders(self, path: str) -> None:
        """Remove the empty folders above a path, as GNU patch and git do.

        See https://www.gnu.org/software/diffutils/manual/html_node/Creating-and-Removing.html.
        """
        for parent in _parents(path):
            try:
                (self.tree / parent).rmdir()
            except OSError:  # the folder has other files, or does not exist
                continue


def _parents(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path
