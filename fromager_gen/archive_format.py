"""What the generator and the actions both know of source archives: the actions' own module, loaded from the rules."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive_format import (
        GIT_SUFFIX,
        MAX_MEMBERS,
        MAX_RATIO,
        RATIO_FREE_BYTES,
        SUFFIXES,
        BoundedFile,
        LinkError,
        Links,
    )
else:
    from fromager_gen.bundle import actions_module

    _format = actions_module("archive_format")
    GIT_SUFFIX, SUFFIXES = _format.GIT_SUFFIX, _format.SUFFIXES
    MAX_MEMBERS, MAX_RATIO = _format.MAX_MEMBERS, _format.MAX_RATIO
    RATIO_FREE_BYTES = _format.RATIO_FREE_BYTES
    BoundedFile, LinkError, Links = _format.BoundedFile, _format.LinkError, _format.Links

__all__ = [
    "GIT_SUFFIX",
    "MAX_MEMBERS",
    "MAX_RATIO",
    "RATIO_FREE_BYTES",
    "SUFFIXES",
    "BoundedFile",
    "LinkError",
    "Links",
]
