"""Checks of wheels, and the pages of a package index. The actions use the same modules, so that all indexes agree."""

from pathlib import Path

from fromager_gen import bundle

bundle.add_actions()

from actions.errors import ActionError  # noqa: E402 - needs the line above
from actions.index.listed import (  # noqa: E402 - needs the line above
    METADATA_SUFFIX,
    Listed,
    describe,
    describe_with_metadata,
    metadata_of,
)
from actions.index.pages import (  # noqa: E402 - needs the line above
    FOLDER,
    HTML,
    HTML_V1,
    JSON_V1,
    TYPES,
    metadata_files,
    project_page,
    root_page,
    site,
)
from actions.wheel.planned import Planned  # noqa: E402 - needs the line above
from actions.wheel.wheel_file import DAMAGES, reading  # noqa: E402 - needs the line above

__all__ = [
    "DAMAGES",
    "FOLDER",
    "HTML",
    "HTML_V1",
    "JSON_V1",
    "METADATA_SUFFIX",
    "TYPES",
    "Listed",
    "describe",
    "describe_with_metadata",
    "metadata_files",
    "metadata_of",
    "problem_of",
    "problem_of_planned",
    "project_page",
    "reading",
    "root_page",
    "site",
]


def problem_of(wheel: Path) -> str | None:
    """Return why a wheel is damaged or is not what its file name says, or None if it is whole.

    Raises:
        OSError: the file can't be read.
    """
    from actions.wheel.indexed import check_own  # noqa: PLC0415 - imports a library that only this check needs

    try:
        check_own(wheel)
    except ActionError as err:
        return str(err)
    return None


def problem_of_planned(
    wheel: Path, name: str, version: str, install_requires: frozenset[str], is_published: bool
) -> str | None:
    """Return why a wheel is damaged or is not the planned one, or None if it is.

    Args:
        wheel: the wheel.
        name: canonical name of the package.
        version: its version.
        install_requires: names that the wheel may require.
        is_published: whether it is a published wheel, whose RECORD may have faults that pip and uv ignore.
    """
    from actions.wheel.indexed import check  # noqa: PLC0415 - imports a library that only this check needs

    try:
        check(wheel, Planned(name, version, install_requires), is_published)
    except ActionError as err:
        return str(err)
    return None
