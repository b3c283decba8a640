"""toolchains.lock.json: the address, sha256 and size of every file of the hermetic toolchains."""

from fromager_gen.toolchains.model import (
    CcToolchains,
    ToolchainsLock,
    default_platform,
    exec_platform,
    platforms,
    read_toolchains,
    runs_here,
    toolchains_text,
)
from fromager_gen.toolchains.pin import has_platforms, with_platforms

__all__ = [
    "CcToolchains",
    "ToolchainsLock",
    "default_platform",
    "exec_platform",
    "has_platforms",
    "platforms",
    "read_toolchains",
    "runs_here",
    "toolchains_text",
    "with_platforms",
]
