"""Addresses of files and repositories: one judgement of what may be one, for graphs and locks alike."""

import re
from urllib.parse import urlsplit

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
