"""Addresses of files and repositories: which texts are valid addresses, and how an address is shown or stored."""

import re
from urllib.parse import urlsplit, urlunsplit

# The characters that RFC 3986 allows in an address, without the quote, which would end a string in generated files.
# https://www.rfc-editor.org/rfc/rfc3986#section-2
_REST = re.compile(r"//[!#-&(-;=?-\[\]_a-z~]+")


def is_address(text: str, *schemes: str) -> bool:
    """Return whether a text is an address with one of these schemes."""
    scheme, _, rest = text.partition(":")
    try:
        urlsplit(text)
    except ValueError:
        return False
    return scheme in schemes and _REST.fullmatch(rest) is not None


def hide_credentials(text: str) -> str:
    """Return a text from another program, such as an error of git, without the credentials in its addresses."""
    return re.sub(r"//[^/@\s]+@", "//", text)


def without_credentials(url: str) -> str:
    """Return an address without user and password.

    Credentials belong in netrc and must not be written to generated files.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that can't be read"
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def split_sha256(url: str) -> tuple[str, str | None]:
    """Return an address without its fragment, and the file's sha256 if the fragment states it."""
    address, _, fragment = url.partition("#")
    return address, fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else None
