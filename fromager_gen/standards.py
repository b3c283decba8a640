"""Parse versions, requirements and file names from untrusted input; every failure is one of packaging's errors.

packaging's own parsers also raise errors of Python itself: ValueError for a number with more digits than Python reads,
RecursionError for parentheses nested deeper than its stack.
"""

from collections.abc import Mapping
from functools import cache

from packaging.requirements import InvalidRequirement, Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags
from packaging.utils import (
    BuildTag,
    InvalidSdistFilename,
    InvalidWheelFilename,
    NormalizedName,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from fromager_gen.contract import ARCHIVE_SUFFIXES

# No meaningful requirement is longer. The limit also keeps numbers below the count of digits that Python reads.
_LONGEST = 4000


def version(text: str) -> Version:
    """Parse a version (https://packaging.python.org/en/latest/specifications/version-specifiers/).

    Raises:
        InvalidVersion: the text is not a valid version.
    """
    try:
        return Version(text)
    except ValueError as err:
        raise InvalidVersion(f"Invalid version: {text[:80]!r}") from err


def requirement(text: str) -> Requirement:
    """Parse a requirement (https://packaging.python.org/en/latest/specifications/dependency-specifiers/).

    Raises:
        InvalidRequirement: the text is not a valid requirement.
    """
    if len(text) > _LONGEST:
        raise InvalidRequirement(f"it has {len(text):,} characters; a requirement has at most {_LONGEST:,}")
    try:
        return Requirement(text)
    except RecursionError:
        raise InvalidRequirement("its marker is nested too deeply") from None


def sdist_filename(name: str) -> tuple[NormalizedName, Version]:
    """Return the project and version in the file name of a source archive.

    packaging accepts only the suffixes of the current specification; older releases have others.
    https://packaging.python.org/en/latest/specifications/source-distribution-format/

    Raises:
        InvalidSdistFilename: it is not the file name of a source archive.
    """
    suffix = next((suffix for suffix in ARCHIVE_SUFFIXES if name.endswith(suffix)), None)
    if suffix is None:
        raise InvalidSdistFilename(f"{name!r} does not end in any of {', '.join(ARCHIVE_SUFFIXES)}")
    try:
        return parse_sdist_filename(f"{name.removesuffix(suffix)}.tar.gz")
    except ValueError as err:
        raise InvalidSdistFilename(str(err)) from err


def wheel_filename(name: str) -> tuple[NormalizedName, Version, BuildTag, frozenset[Tag]]:
    """Return the project, version, build tag and platform tags in the file name of a wheel.

    Raises:
        InvalidWheelFilename: it is not the file name of a wheel.
    """
    try:
        return parse_wheel_filename(name)
    except ValueError as err:
        raise InvalidWheelFilename(str(err)) from err


@cache
def wheel_tags(python: str) -> Mapping[Tag, int]:
    """Return the wheel tags that a Python on this machine supports, each with its rank; a higher rank is preferred.

    Args:
        python: minor version, such as ``3.12``.
    """
    major, minor = map(int, python.split("."))
    supported = [
        *cpython_tags((major, minor)),
        *compatible_tags((major, minor), interpreter=f"cp{major}{minor}"),
    ]
    return {tag: len(supported) - at for at, tag in enumerate(supported)}
