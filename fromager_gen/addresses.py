"""Addresses of files and repositories: one judgement of what may be one, and how one is shown or kept."""

import re
from urllib.parse import urlsplit, urlunsplit

# What RFC 3986 lets stand in an address, less the quote that would end a text elsewhere.
_REST = re.compile(r"//[!#-&(-;=?-\[\]_a-z~]+")


def is_address(text: str, *schemes: str) -> bool:
    """Tell whether a text is an address of one of these schemes."""
    scheme, _, rest = text.partition(":")
    try:
        urlsplit(text)
    except ValueError:
        return False
    return scheme in schemes and _REST.fullmatch(rest) is not None


def hide_credentials(text: str) -> str:
    """Return a text of somebody else's, such as an error of git's, without users and passwords of addresses in it."""
    return re.sub(r"//[^/@\s]+@", "//", text)


def without_credentials(url: str) -> str:
    """Return an address without user and password, which belong in netrc and in no file of ours."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that can't be read"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def split_sha256(url: str) -> tuple[str, str | None]:
    """Return an address without its fragment, and the sha256 that the fragment states of the file, if it does."""
    address, _, fragment = url.partition("#")
    return address, fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None
