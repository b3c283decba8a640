"""Fromager's folders, to which built files are copied."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.files import check_writable, copy, create, replacing, same, write_text
from fromager_gen.names import BUILT_WHEELS, FRESH_WHEELS, PREBUILT_WHEELS, WHEEL_FOLDERS
from fromager_gen.wheel_index import HTML, describe, project_page


@dataclass(frozen=True)
class Repos:
    """The folders of wheels and sdists."""

    wheels: Path
    sdists: Path

    @property
    def wheel_downloads(self) -> Path:
        """The folder of built wheels."""
        return self.wheels / BUILT_WHEELS

    @property
    def simple(self) -> Path:
        """The index of all wheels. Each project has a folder with links and a page."""
        return self.wheels / "simple"

    def check(self, wheels: bool = True) -> None:
        """Check that sdists and optionally wheels can be written to the folders, before a long run.

        Raises:
            WriteError: a folder can't be written. The message names it.
        """
        sdists = self.sdists / "downloads", self.sdists / "builds"
        for folder in (*sdists, *((self.wheel_downloads, self.simple) if wheels else ())):
            check_writable(folder)

    def has(self, wheel: Path, prebuilt: bool) -> bool:
        """Return whether the folders already contain an identical wheel."""
        target = self._folder(prebuilt) / wheel.name
        return same(wheel, target)

    def _folder(self, prebuilt: bool) -> Path:
        return self.wheels / PREBUILT_WHEELS if prebuilt else self.wheel_downloads

    def add_wheels(self, files: Iterable[Path], prebuilt: frozenset[str]) -> list[Path]:
        """Copy wheels to ``downloads``, or to ``prebuilt`` for pre-built packages, and list all in ``simple``.

        Raises:
            WriteError: a file can't be written.
        """
        copied = []
        self._create()
        for file in files:
            project = str(canonicalize_name(file.name.split("-")[0]))
            copied.append(copy(file, self._folder(project in prebuilt) / file.name))
            self._link(project, copied[-1])
        return copied

    def add_sdists(self, files: Iterable[Path], folder: str, name: str | None = None) -> list[Path]:
        """Copy sdists to ``downloads`` (as published) or ``builds`` (prepared for the build).

        Args:
            files: the sdists.
            folder: one of these folders.
            name: name of the copy, or None for that of the file.
        """
        return [copy(file, self.sdists / folder / (name or file.name)) for file in files]

    def add_fresh(self, wheel: Path) -> Path:
        """Copy a wheel to ``build``, where Fromager leaves it for the caller."""
        self._create()
        return copy(wheel, self.wheels / FRESH_WHEELS / wheel.name)

    def _create(self) -> None:
        """Create the folders that Fromager has, also those that stay empty: scripts move files to them.

        Raises:
            WriteError: a folder can't be created.
        """
        for name in (FRESH_WHEELS, *WHEEL_FOLDERS, self.simple.name):
            create(self.wheels / name)

    def _link(self, project: str, path: Path) -> None:
        """Link a wheel into the folder of its project, and update the page. Broken links are not listed."""
        folder = self.simple / project
        link, target = folder / path.name, os.path.relpath(path, folder)
        if not link.is_symlink() or os.readlink(link) != target:
            with replacing(link) as temporary:
                temporary.symlink_to(target)
        # Without metadata: a file server would not find it next to the links.
        files = [describe(link)._replace(metadata_sha256="") for link in sorted(folder.glob("*.whl")) if link.exists()]
        page, text = folder / "index.html", project_page(HTML, project, files, "").decode()
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            write_text(page, text)
