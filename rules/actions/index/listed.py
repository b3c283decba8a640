"""What an index states about a file."""

import hashlib
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from actions.errors import ActionError
from actions.names import normalize
from actions.wheel import wheel_file

METADATA_SUFFIX = ".metadata"
_SDIST_SUFFIX = ".tar.gz"
# Genuine metadata has less than a megabyte, most of it the description.
_LARGEST_METADATA = 16 << 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Listed(NamedTuple):
    """A file of a project as an index lists it."""

    name: str
    sha256: str
    size: int
    requires_python: str = ""
    metadata_sha256: str = ""
    """Hash of the file that is served as the metadata; empty if there is none."""

    @property
    def project(self) -> str:
        """The normalized name of the project."""
        return normalize(self._parts()[0])

    @property
    def version(self) -> str:
        """The version in the file's name; empty if the name has none."""
        return self._parts()[1]

    def _parts(self) -> tuple[str, str]:
        if self.name.endswith(_SDIST_SUFFIX):
            # The names of older sdists contain dashes.
            project, _, version = self.name.removesuffix(_SDIST_SUFFIX).rpartition("-")
            return project, version
        project, _, rest = self.name.partition("-")
        return project, rest.partition("-")[0] if "-" in rest else ""


def describe(path: Path) -> Listed:
    """Read a wheel or a source distribution. A damaged wheel is listed without metadata.

    Raises:
        OSError: the file can't be read.
    """
    return describe_with_metadata(path)[0]


def describe_with_metadata(path: Path) -> tuple[Listed, bytes | None]:
    """Read a wheel or a source distribution, and also return the metadata; None if it is listed without.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    metadata = metadata_of(path)
    if metadata is None:
        return Listed(path.name, digest, size), None
    requires = _requires_python(metadata)
    return Listed(path.name, digest, size, requires, hashlib.sha256(metadata).hexdigest()), metadata


def metadata_of(path: Path) -> bytes | None:
    """Return the METADATA of a wheel (https://peps.python.org/pep-0658/); None of a damaged wheel or another file.

    Raises:
        OSError: the file can't be read.
    """
    if path.suffix != ".whl":
        return None
    try:
        with wheel_file.reading(), zipfile.ZipFile(path) as opened:
            info = opened.getinfo(wheel_file.metadata_name(opened))
            if info.file_size > _LARGEST_METADATA:
                return None
            data = opened.read(info)
            wheel_file.fields(data)
    except ActionError:
        return None
    return data


def _requires_python(metadata: bytes) -> str:
    """Return the versions of Python that a project is for; empty if it does not state them, or not in one line."""
    found = wheel_file.fields(metadata).get("requires-python", [""])[-1]
    return "" if _CONTROL.search(found) else found
