"""Fromager's folders: what was built goes where Fromager and its users look for it."""

import hashlib
import html
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from packaging.utils import canonicalize_name

from fromager_gen.errors import BuildError


@dataclass(frozen=True)
class Repos:
    """The folders of wheels and sdists."""

    wheels: Path
    sdists: Path

    @property
    def wheel_downloads(self) -> Path:
        """Where built wheels are kept."""
        return self.wheels / "downloads"

    @property
    def simple(self) -> Path:
        """The index of all wheels: a folder of links for each project, with a page."""
        return self.wheels / "simple"

    def add_wheels(self, files: Iterable[Path], prebuilt: frozenset[str]) -> list[Path]:
        """Copy wheels to ``downloads``, those of ``prebuilt`` packages to ``prebuilt``, and list all in ``simple``."""
        copied = []
        for file in files:
            name = str(canonicalize_name(file.name.split("-")[0]))
            folder = self.wheels / "prebuilt" if name in prebuilt else self.wheel_downloads
            copied.append(copy(file, folder / file.name))
        for project, paths in _by_project(copied).items():
            self._link(project, paths)
        return copied

    def add_sdists(self, files: Iterable[Path], folder: str) -> list[Path]:
        """Copy sdists to ``downloads`` (as published) or ``builds`` (as they are built from)."""
        return [copy(file, self.sdists / folder / file.name) for file in files]

    def _link(self, project: str, paths: list[Path]) -> None:
        folder = self.simple / project
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            link = folder / path.name
            link.unlink(missing_ok=True)
            link.symlink_to(os.path.relpath(path, folder))
        rows = [
            f'<a href="{html.escape(quote(link.name))}#sha256={_sha256(link)}">{html.escape(link.name)}</a><br>'
            for link in sorted(folder.glob("*.whl"))
        ]
        (folder / "index.html").write_text("<!DOCTYPE html>\n<html><body>\n" + "\n".join(rows) + "\n</body></html>\n")


def copy(source: Path, target: Path) -> Path:
    """Copy a file whole or not at all, unless the same bytes are there; Bazel's outputs are read-only, copies are not.

    Raises:
        BuildError: it can't be written.
    """
    try:
        if target.exists() and _sha256(target) == _sha256(source):
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            shutil.copyfile(source, temporary)
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as err:
        raise BuildError(f"{target} can't be written: {err.strerror}") from err
    return target


def _by_project(paths: Iterable[Path]) -> dict[str, list[Path]]:
    projects: dict[str, list[Path]] = {}
    for path in paths:
        projects.setdefault(str(canonicalize_name(path.name.split("-")[0])), []).append(path)
    return projects


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
