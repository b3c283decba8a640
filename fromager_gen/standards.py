"""Versions, requirements and file names that anybody may have written: whatever is wrong with one is packaging's error.

packaging's own readers let through what Python itself refuses: a number of more digits than Python reads, parentheses
deeper than its stack.
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

# No requirement that means something is longer; and no number in it then has more digits than Python reads.
_LONGEST = 4000


def version(text: str) -> Version:
    """Return a version.

    Raises:
        InvalidVersion: it is none.
    """
    try:
        return Version(text)
    except ValueError as err:
        raise InvalidVersion(f"Invalid version: {text[:80]!r}") from err


def requirement(text: str) -> Requirement:
    """Return a requirement.

    Raises:
        InvalidRequirement: it is none.
    """
    if len(text) > _LONGEST:
        raise InvalidRequirement(f"it has {len(text):,} characters; a requirement has at most {_LONGEST:,}")
    try:
        return Requirement(text)
    except RecursionError:
        raise InvalidRequirement("its marker is nested too deep") from None


def sdist_filename(name: str) -> tuple[NormalizedName, Version]:
    """Return the project and version that a source's file name says.

    packaging knows the suffixes of today's standard alone; older releases have others.

    Raises:
        InvalidSdistFilename: it is not the name of a source.
    """
    suffix = next((suffix for suffix in ARCHIVE_SUFFIXES if name.endswith(suffix)), None)
    if suffix is None:
        raise InvalidSdistFilename(f"{name!r} ends in none of {', '.join(ARCHIVE_SUFFIXES)}")
    try:
        return parse_sdist_filename(f"{name.removesuffix(suffix)}.tar.gz")
    except ValueError as err:
        raise InvalidSdistFilename(str(err)) from err


def wheel_filename(name: str) -> tuple[NormalizedName, Version, BuildTag, frozenset[Tag]]:
    """Return the project, version, build tag and tags that a wheel's file name says.

    Raises:
        InvalidWheelFilename: it is no name of a wheel.
    """
    try:
        return parse_wheel_filename(name)
    except ValueError as err:
        raise InvalidWheelFilename(str(err)) from err


@cache
def wheel_tags(python: str) -> Mapping[Tag, int]:
    """Return the tags of wheels for a Python on this machine, with a rank: the higher the better.

    Args:
        python: minor version, such as ``3.12``.
    """
    major, minor = map(int, python.split("."))
    supported = [
        *cpython_tags((major, minor)),
        *compatible_tags((major, minor), interpreter=f"cp{major}{minor}"),
    ]
    return {tag: len(supported) - at for at, tag in enumerate(supported)}
