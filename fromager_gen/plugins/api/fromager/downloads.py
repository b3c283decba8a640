"""Download files on the host, before a build."""

import pathlib
import re
import urllib.parse
from collections.abc import Callable

from fromager import _build
from fromager._missing import names_of

# Set by the host: downloads an address to a path.
fetch: Callable[[str, pathlib.Path], None] | None = None


def extract_filename_from_url(url: str) -> str:
    """Return the file name at the end of an address."""
    return urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition("/")[2])


def download_url(*, destination_dir: pathlib.Path, url: str, destination_filename: str | None = None) -> pathlib.Path:
    """Download a file, unless it is there; return its path.

    Raises:
        RuntimeError: a build runs, which has no network.
    """
    if fetch is None or _build.is_running():
        raise RuntimeError(f"{url} can't be downloaded in a build; download_source and get_resolver_provider can")
    name = destination_filename or extract_filename_from_url(url)
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._+!-]*", name):
        raise ValueError(f"{url} can't be downloaded: {name!r} is not a valid file name")
    destination_dir.mkdir(parents=True, exist_ok=True)
    path = destination_dir / name
    if not path.exists():
        fetch(url, path)
    return path


__getattr__ = names_of(__name__)
