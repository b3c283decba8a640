"""Unpack an untrusted source archive.

Python's ``data`` filter has bugs in patch releases that are in use
(https://docs.python.org/3/library/tarfile.html#extraction-filters), and Bazel's extraction can write outside its
folder. So neither is used: the whole member list is checked before any file is written.
"""

import contextlib
import importlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from actions.archive.format import MAGIC
from actions.contract import GIT_SUFFIX
from actions.errors import ActionError

_SUFFIX_MAGIC = {**MAGIC, ".crate": MAGIC[".tar.gz"]}


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a tar or zip archive with one top-level folder into an existing folder; return the new folder.

    Raises:
        ActionError: the archive is damaged or too large, its name does not match its format, or it has a member that
            is not a regular file, folder or link inside the tree. Nothing is written in that case.
    """
    # Only one module is imported: the time matters in the build of a small wheel.
    kind = importlib.import_module(f"actions.archive.{'zip' if _suffix(archive) == '.zip' else 'tar'}")
    with _refused(archive, kind.Damaged):
        top: str = kind.unpack(archive, into)
    return into / top


def unpack_wheel(archive: Path, into: Path, wanted: Callable[[str], bool]) -> Path:
    """Unpack some files of a wheel, all in one top-level folder, into an existing folder; return the new folder.

    Args:
        archive: the wheel.
        into: an existing folder.
        wanted: whether a member is unpacked, by its name.

    Raises:
        ActionError: as for `unpack`.
    """
    from actions.archive import zip as zips

    with _refused(archive, zips.Damaged):
        return into / zips.unpack(archive, into, wanted)


@contextlib.contextmanager
def _refused(archive: Path, damaged: tuple[type[Exception], ...]) -> Iterator[None]:
    """Report what the readers of archives raise for a damaged one."""
    # The last two come from header fields that are not numbers, or are too large for a file.
    all_damaged: tuple[type[Exception], ...] = (*damaged, EOFError, zlib.error, ValueError, OverflowError)
    try:
        yield
    except UnicodeDecodeError as err:
        raise ActionError(f"{archive.name} has a member whose name is not valid UTF-8") from err
    except all_damaged as err:
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    except OSError as err:
        if err.errno is not None:
            raise  # an error of the file system, not of the archive
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    except NotImplementedError as err:
        raise ActionError(f"{archive.name} can't be unpacked: {err}") from err
    except RuntimeError as err:  # zipfile raises it for an encrypted member
        raise ActionError(f"{archive.name} can't be unpacked: {err}") from err


def _suffix(archive: Path) -> str:
    """Return the suffix of an archive's name, after a check that the first bytes match it."""
    with archive.open("rb") as file:
        start = file.read(6)
    for suffix, magic in _SUFFIX_MAGIC.items():
        if archive.name.endswith(suffix):
            if not start.startswith(magic):
                raise ActionError(f"{archive.name} is not a valid {suffix} archive: it begins with {start!r}")
            return suffix
    if archive.name.endswith(GIT_SUFFIX):
        return GIT_SUFFIX
    known = ", ".join([GIT_SUFFIX, *_SUFFIX_MAGIC])
    raise ActionError(f"{archive.name}: unknown archive format; a source must be one of {known}")
