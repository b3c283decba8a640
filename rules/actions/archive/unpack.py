"""Unpack a source archive that nobody has vouched for.

Python's own ``data`` filter can be escaped on patch levels that are in use, and Bazel's extraction writes outside its
folder, so neither is trusted: the whole member list is judged first, and only then are bytes written.
"""

import importlib
import zlib
from pathlib import Path

from actions.archive.format import MAGIC
from actions.contract import GIT_SUFFIX
from actions.errors import ActionError

_SUFFIX_MAGIC = {**MAGIC, ".crate": MAGIC[".tar.gz"]}


def unpack(archive: Path, into: Path) -> Path:
    """Unpack a tar or zip archive with one top-level folder into an existing folder; return the folder made there.

    Raises:
        ActionError: the archive is damaged, is another kind than its name says, is too large, or holds a member that
            is not a plain file, folder or link inside the tree. Nothing is written in that case.
    """
    # Only one of them is loaded: many a wheel is built in a time in which such things count.
    kind = importlib.import_module(f"actions.archive.{'zip' if _suffix(archive) == '.zip' else 'tar'}")
    try:
        top: str = kind.unpack(archive, into)
    except UnicodeDecodeError as err:
        raise ActionError(f"{archive.name} has a member whose name is not UTF-8") from err
    # The last two come of numbers in headers that are none, or too great for a file.
    except (*kind.Damaged, EOFError, zlib.error, ValueError, OverflowError) as err:
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    except OSError as err:
        if err.errno is not None:
            raise  # the disk's trouble, not the archive's
        raise ActionError(f"{archive.name} is damaged: {err}") from err
    except NotImplementedError as err:
        raise ActionError(f"{archive.name} can't be unpacked: {err}") from err
    except RuntimeError as err:  # zipfile's word for an encrypted member
        raise ActionError(f"{archive.name} can't be unpacked: {err}") from err
    return into / top


def _suffix(archive: Path) -> str:
    """Return the archive's kind by name, after checking that its first bytes agree."""
    with archive.open("rb") as file:
        start = file.read(6)
    for suffix, magic in _SUFFIX_MAGIC.items():
        if archive.name.endswith(suffix):
            if not start.startswith(magic):
                raise ActionError(f"{archive.name} is no {suffix} archive: it begins with {start!r}")
            return suffix
    if archive.name.endswith(GIT_SUFFIX):
        return GIT_SUFFIX
    known = ", ".join([GIT_SUFFIX, *_SUFFIX_MAGIC])
    raise ActionError(f"{archive.name}: unknown format of archive; a source is one of {known}")
