"""Pre-built wheels that a team provides: those in `wheels-repo`, and those of a variant's wheel server.

Fromager serves `wheels-repo` as an index and asks it before the public one. If a `wheel_server_url` is set, it asks
only that server.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename
from packaging.version import Version

from fromager_gen.files import sha256_of
from fromager_gen.index_file import IndexFile
from fromager_gen.names import WHEEL_FOLDERS, is_file_name
from fromager_gen.standards import wheel_filename

_log = logging.getLogger(__name__)


@dataclass
class WheelsRepo:
    """The wheels in Fromager's `wheels-repo`, in the form in which an index lists them."""

    folder: Path
    _wheels: dict[str, dict[str, Path]] | None = None
    _hashed: dict[Path, IndexFile] = field(default_factory=dict)

    def files(self, project: str) -> dict[str, IndexFile]:
        """Return a project's wheels by file name; the first folder takes precedence, as in Fromager.

        Raises:
            LockError: a wheel can't be read.
        """
        if self._wheels is None:
            self._wheels = self._read()
        return {name: self._file(path) for name, path in self._wheels.get(project, {}).items()}

    def _read(self) -> dict[str, dict[str, Path]]:
        found: dict[str, dict[str, Path]] = {}
        for folder in WHEEL_FOLDERS:
            for path in sorted((self.folder / folder).glob("*.whl")):
                if is_file_name(path.name) and (name := _project(path.name)) is not None:
                    found.setdefault(name, {}).setdefault(path.name, path.absolute())
        return found

    def _file(self, path: Path) -> IndexFile:
        if path not in self._hashed:
            self._hashed[path] = IndexFile(path.as_uri(), sha256_of(path), path.stat().st_size)
        return self._hashed[path]


def _project(filename: str) -> str | None:
    try:
        return str(wheel_filename(filename)[0])
    except InvalidWheelFilename:
        return None


def best_wheel(filenames: Iterable[str], name: str, version: str, tags: Mapping[Tag, int]) -> str | None:
    """Return the best wheel for a platform, the highest build tag first, or None if no wheel fits.

    Args:
        filenames: names of wheels and other files.
        name: canonical name of the package.
        version: its version.
        tags: rank of each tag that the platform supports; a higher rank is preferred.
    """
    ranked = []
    for filename in filenames:
        try:
            project, found, build, wheel_tags = wheel_filename(filename)
        except InvalidWheelFilename as err:
            _log.debug("%s is ignored: %s", filename, err)
            continue
        ranks = [tags[tag] for tag in wheel_tags if tag in tags]
        if project == name and found == Version(version) and ranks:
            ranked.append((build, max(ranks), filename))
    return max(ranked)[2] if ranked else None
