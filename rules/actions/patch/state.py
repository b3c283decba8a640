"""A source tree as the parts of a patch make it; nothing is written before the whole patch is known to fit."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from actions.patch.names import shown
from actions.patch.text import FilePatch


@dataclass(frozen=True)
class File:
    """A file's content and whether it may be run."""

    content: bytes
    executable: bool


@dataclass(frozen=True)
class _Result:
    file: File | None
    mail: int
    is_moved: bool


@dataclass
class State:
    """The tree, and what becomes of its files.

    Attributes:
        tree: the source's folder.
        leaving: files that the patch moves away or removes.
    """

    tree: Path
    leaving: frozenset[str]
    results: dict[str, _Result] = field(default_factory=dict)

    def exists(self, path: str) -> bool:
        """Return whether something has this name after the parts of the patch so far."""
        if path in self.results:
            return self.results[path].file is not None
        return os.path.lexists(self.tree / path)

    def new_folders(self, path: str) -> int:
        """Return how many folders have to be made for a file of this name."""
        there = {parent for made, result in self.results.items() if result.file for parent in _parents(made)}
        return sum(parent not in there and not (self.tree / parent).is_dir() for parent in _parents(path))

    def read(self, path: str) -> File | None:
        """Return a file as the parts of the patch so far leave it, or None.

        Raises:
            ValueError: it is a link, below a link, or a folder.
        """
        self._refuse_links(path)
        if path in self.results:
            return self.results[path].file
        return self._original(path)

    def source(self, path: str, patch: FilePatch) -> File:
        """Return the file that a rename or copy starts from: for git, the file before any part of the diff.

        Raises:
            ValueError: there is none, or the patch changes it before.
        """
        self._refuse_links(path)
        original = self._original(path)
        result = self.results.get(path)
        file = original if original or result is None else result.file
        if file is None:
            raise ValueError(f"it changes {shown(path)}, which the source does not have")
        # GNU patch and git would drop the change: both read the file as it was before the patch.
        if original and result and (result.mail != patch.mail or not (result.is_moved or patch.move == "copy")):
            raise ValueError(f"it moves {shown(path)}, which it changes before. Make one patch of each commit.")
        return file

    def leave(self, path: str, patch: FilePatch) -> None:
        """Take away a renamed file, unless another one was moved to its place."""
        result = self.results.get(path)
        if result is None or not (result.is_moved and self._original(path)):
            self.results[path] = _Result(None, patch.mail, False)

    def put(self, path: str, file: File | None, patch: FilePatch) -> None:
        """Set what becomes of a file; None removes it.

        Raises:
            ValueError: the path leads through a link.
        """
        self._refuse_links(path)
        self.results[path] = _Result(file, patch.mail, patch.move is not None)

    def check(self) -> None:
        """Check that all results can be written together.

        Raises:
            ValueError: a file would lie below a file, or in place of a folder.
        """
        for path in self.results:
            if (self.tree / path).is_dir():
                raise ValueError(f"it writes {shown(path)} in place of a folder")
            above = next((parent for parent in _parents(path) if self._is_file(parent)), None)
            if above is not None:
                raise ValueError(f"it writes {shown(path)} below a file, {shown(above)}")

    def write(self) -> None:
        """Write all results: first what goes, with the folders that this leaves empty, then what stays."""
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
                raise ValueError(f"it writes {shown(path)!r} through a link")

    def _is_file(self, path: str) -> bool:
        result = self.results.get(path)
        return (self.tree / path).is_file() if result is None else result.file is not None

    def _remove_empty_folders(self, path: str) -> None:
        """As GNU patch and git do: https://www.gnu.org/software/diffutils/manual/html_node/Creating-and-Removing.html."""
        for parent in _parents(path):
            try:
                (self.tree / parent).rmdir()
            except OSError:  # it holds other files, or was never made
                continue


def _parents(path: str) -> Iterator[str]:
    """Yield the folders that a path lies in, the nearest first."""
    while path := path.rpartition("/")[0]:
        yield path
