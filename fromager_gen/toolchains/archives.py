"""Download archives of toolchains by the addresses that the user gives, and read them."""

import bz2
import gzip
import lzma
import re
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from fromager_gen.addresses import is_address, split_sha256, without_credentials
from fromager_gen.archive_format import copy_data
from fromager_gen.contract import MAX_ARCHIVE_BYTES
from fromager_gen.errors import InputError, LockError
from fromager_gen.lock import LockedFile
from fromager_gen.terminal import warn
from fromager_gen.zstd import ZstdError, open_zstd

if TYPE_CHECKING:
    import requests

# Suffixes of archives that Bazel unpacks, and that `members` reads.
SUFFIXES = (".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst", ".tar", ".deb")
# What reading a damaged archive raises.
DAMAGED = (tarfile.TarError, lzma.LZMAError, zlib.error, ZstdError, EOFError, OSError, ValueError, RecursionError)
_LONGEST_NAME = 200
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
            url, sha256 = _checked_address(address)
            filename = _filename(url, suffixes)
            path = Path(folder, str(number), filename)
            path.parent.mkdir()
            got = download(client, url, path, sha256, lambda _: None)
            archives.append((LockedFile(filename, got.sha256, got.size, url=without_credentials(url)), path))
        yield archives


def _checked_address(address: str) -> tuple[str, str | None]:
    """Return an address without its fragment, and the sha256 that the fragment states."""
    url, sha256 = split_sha256(address)
    fragment = address.partition("#")[2]
    if fragment and not re.fullmatch(r"[0-9a-f]{64}", sha256 or ""):
        raise InputError(
            f"{without_credentials(url)}: #{fragment[:80]} is not a hash; write #sha256= and 64 hexadecimal digits in "
            "lower case"
        )
    if sha256 is None and url.startswith("http:"):
        warn(
            f"{without_credentials(url)} is not https and has no #sha256=HASH: the hash of the received file is "
            "pinned, whoever sent it"
        )
    return url, sha256


def _filename(url: str, suffixes: tuple[str, ...]) -> str:
    """Return the name of an archive's file, as it is pinned."""
    if not is_address(url, "https", "http", "file"):
        raise InputError(f"{without_credentials(url)!r} is not an https, http or file address of an archive")
    name = _OTHER.sub("_", unquote(urlsplit(url).path.rpartition("/")[2])).lstrip(".+-")
    if len(name) > _LONGEST_NAME:
        raise InputError(f"the name of the file {name[:40]}… has more than {_LONGEST_NAME} characters")
    if not name.endswith(suffixes):
        raise InputError(f"{without_credentials(url)}: the name of the file does not end with {', '.join(suffixes)}")
    return name


Member = tuple[tarfile.TarInfo, tarfile.TarFile]


@contextmanager
def members(path: Path) -> Iterator[Iterator[Member]]:
    """Yield the members of a tar or Debian package, each with the tar that it is in.

    Args:
        path: the file. Its name has one of `SUFFIXES`.

    Raises:
        LockError: the program that unpacks it is missing.
        DAMAGED: the archive is damaged, or has more than MAX_ARCHIVE_BYTES.
    """
    with tempfile.TemporaryFile() as plain, path.open("rb") as file, tempfile.TemporaryFile() as data:
        if path.name.endswith(".deb"):
            _decompress(data, copy_data(file, data), plain)
        else:
            _decompress(file, path.name, plain)
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:") as tar:
            yield ((member, tar) for member in tar)


def for_each_member(
    paths: Iterable[Path], shown: str, look: Callable[[tarfile.TarInfo, tarfile.TarFile], None]
) -> None:
    """Call a function for each member of archives.

    Args:
        paths: the files. Their names have one of `SUFFIXES`.
        shown: their addresses, for messages.
        look: is called with the member and its tar.

    Raises:
        LockError: an archive is damaged.
    """
    for path in paths:
        try:
            with members(path) as inside:
                for member, tar in inside:
                    look(member, tar)
        except DAMAGED as err:
            raise LockError(f"{shown}: {path.name} is damaged: {err}") from err


def _decompress(file: IO[bytes], name: str, plain: IO[bytes]) -> None:
    readers: dict[str, Any] = {
        ".gz": gzip.open, ".tgz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open, ".zst": open_zstd,
    }  # fmt: skip
    reader = next((readers[suffix] for suffix in readers if name.endswith(suffix)), None)
    _copy(reader(file) if reader else file, plain)


def _copy(source: IO[bytes], plain: IO[bytes]) -> None:
    while chunk := source.read(1 << 20):
        plain.write(chunk)
        if plain.tell() > MAX_ARCHIVE_BYTES:
            raise ValueError(f"it has more than {MAX_ARCHIVE_BYTES} bytes")
