"""Files of known name and hash, whose address an index states."""

from typing import TYPE_CHECKING

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import LockError
from fromager_gen.lock.model import LockedFile

if TYPE_CHECKING:
    from fromager_gen.net import Index


def pinned_file(index: "Index", project: str, filename: str, sha256: str, use: str) -> LockedFile:
    """Return a file with its address and size.

    Args:
        index: the index to ask.
        project: the project that the file belongs to.
        filename: the file's name.
        sha256: its hash.
        use: what the file is for, such as "the build actions use"; the error says it.

    Raises:
        FetchError: the index can't be asked.
        LockError: the index does not have the file.
    """
    found = index.files(project).get(filename)
    if found is None:
        raise LockError(f"the index {without_credentials(index.url)} does not have {filename}, which {use}")
    return LockedFile(filename, sha256, found.size, url=without_credentials(found.url))
