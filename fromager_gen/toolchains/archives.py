"""Download archives of toolchains by the addresses that the user gives."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from fromager_gen.addresses import is_address, split_sha256, without_credentials
from fromager_gen.errors import InputError
from fromager_gen.lock import LockedFile

if TYPE_CHECKING:
    import requests

_OTHER = re.compile(r"[^A-Za-z0-9._+-]")


@contextmanager
def fetched(
    addresses: Sequence[str], client: "requests.Session", suffixes: tuple[str, ...]
) -> Iterator[list[tuple[LockedFile, Path]]]:
    """Download archives into a temporary folder, which is removed afterwards; yield each with its file.

    Args:
        addresses: https, http or file addresses, each optionally with ``#sha256=HASH``.
        client: from `net.session`.
        suffixes: how the names of the files may end.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: an address is not valid.
        LockError: a file has another hash.
    """
    from fromager_gen.net import download  # noqa: PLC0415 - slow to import

    archives = []
    with tempfile.TemporaryDirectory() as folder:
        for number, address in enumerate(addresses):
            url, sha256 = split_sha256(address)
            filename = _filename(url, suffixes)
            path = Path(folder, str(number), filename)
            path.parent.mkdir()
            got = download(client, url, path, sha256, lambda _: None)
            archives.append((LockedFile(filename, got.sha256, got.size, url=without_credentials(url)), path))
        yield archives


def _filename(url: str, suffixes: tuple[str, ...]) -> str:
    """Return the name of an archive's file, as it is pinned."""
    if not is_address(url, "https", "http", "file"):
        raise InputError(f"{without_credentials(url)!r} is not an https, http or file address of an archive")
    name = _OTHER.sub("_", unquote(urlsplit(url).path.rpartition("/")[2])).lstrip(".+-")
    if not name.endswith(suffixes):
        raise InputError(f"{without_credentials(url)}: the name of the file does not end with {', '.join(suffixes)}")
    return name
