"""toolchains.lock.json: the address, sha256 and size of every file of the hermetic toolchains."""

from fromager_gen.toolchains.debian import Suite, machines_mirror, read_suite
from fromager_gen.toolchains.file import read_toolchains, toolchains_text
from fromager_gen.toolchains.model import Toolchain, ToolchainsLock
from fromager_gen.toolchains.pin import has_platforms, with_platforms
from fromager_gen.toolchains.pin_cuda import with_cuda
from fromager_gen.toolchains.pin_external import with_external
from fromager_gen.toolchains.pin_posix import with_posix
from fromager_gen.toolchains.pin_python import with_python
from fromager_gen.toolchains.pin_rust import with_rust
from fromager_gen.toolchains.pin_sysroot import with_sysroot

__all__ = [
    "Suite",
    "Toolchain",
    "ToolchainsLock",
    "has_platforms",
    "machines_mirror",
    "read_suite",
    "read_toolchains",
    "toolchains_text",
    "with_cuda",
    "with_external",
    "with_platforms",
    "with_posix",
    "with_python",
    "with_rust",
    "with_sysroot",
]
