"""toolchains.lock.json: the address, sha256 and size of every file of the hermetic toolchains."""

from fromager_gen.toolchains.model import (
    CcToolchains,
    ToolchainsLock,
    read_toolchains,
    toolchains_text,
)
from fromager_gen.toolchains.pin import has_platforms, with_platforms

__all__ = [
    "CcToolchains",
    "ToolchainsLock",
    "has_platforms",
    "read_toolchains",
    "toolchains_text",
    "with_platforms",
]
