"""What a toolchain compiles for."""

import re
from typing import NamedTuple

from actions.errors import ActionError

CPUS = ("x86_64", "aarch64")
LIBCS = ("glibc", "musl")


class Target(NamedTuple):
    """A processor and a C library."""

    cpu: str
    libc: str
    glibc: str = ""
    """Oldest version of glibc that the code runs with; empty for musl."""

    @property
    def zig(self) -> str:
        """The target as zig names it."""
        return f"{self.cpu}-linux-musl" if self.libc == "musl" else f"{self.cpu}-linux-gnu.{self.glibc}"

    @property
    def triple(self) -> str:
        """The target as clang names it."""
        return f"{self.cpu}-unknown-linux-{'musl' if self.libc == 'musl' else 'gnu'}"


def checked(target: Target) -> Target:
    """Return a target that can be named to zig.

    Raises:
        ActionError: the processor or the C library is not known, or the version does not belong to it.
    """
    if target.cpu not in CPUS or target.libc not in LIBCS:
        raise ActionError(
            f"no toolchain for {target.cpu} with {target.libc}: processors are {', '.join(CPUS)}, and C libraries "
            f"{', '.join(LIBCS)}"
        )
    if (target.libc == "musl") != (target.glibc == ""):
        raise ActionError(
            f"{target.libc} with the glibc version {target.glibc!r}: name a version for glibc, and only then"
        )
    if target.glibc and not re.fullmatch(r"2\.\d{1,3}", target.glibc):
        raise ActionError(f"{target.glibc!r} is not a version of glibc; versions are such as 2.17 and 2.28")
    return target
