"""What the generator and the actions both know of source archives: the actions' own module, loaded from the rules."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive_format import (
        GIT_SUFFIX,
        MAX_HEADERS,
        MAX_MEMBERS,
        MAX_RATIO,
        RATIO_FREE_BYTES,
        SUFFIXES,
        LinkError,
        Links,
    )
else:
    from fromager_gen.bundle import actions_module

    _format = actions_module("archive_format")
    GIT_SUFFIX, SUFFIXES = _format.GIT_SUFFIX, _format.SUFFIXES
    MAX_HEADERS, MAX_MEMBERS = _format.MAX_HEADERS, _format.MAX_MEMBERS
    MAX_RATIO, RATIO_FREE_BYTES = _format.MAX_RATIO, _format.RATIO_FREE_BYTES
    LinkError, Links = _format.LinkError, _format.Links

__all__ = [
    "GIT_SUFFIX",
    "MAX_HEADERS",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "RATIO_FREE_BYTES",
    "SUFFIXES",
    "LinkError",
    "Links",
]
