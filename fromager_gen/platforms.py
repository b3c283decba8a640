"""The names of platforms that wheels are built for, such as ``linux_x86_64_glibc_2_17``."""

import platform
from collections.abc import Sequence

from fromager_gen.contract import CPUS, CUDA_VERSIONS, LIBC_VERSIONS

# The C library of the platform for which wheels are built if none is named: that of manylinux_2_28.
_DEFAULT_LIBC = ("glibc", "2.28")
# What precedes the version of CUDA in a name.
_CUDA = "_cuda_"


def platforms() -> tuple[str, ...]:
    """Return the names of all platforms without an accelerator."""
    versions = [(libc, version) for libc in LIBC_VERSIONS for version in LIBC_VERSIONS[libc]]
    return tuple(_name(cpu, libc, version) for cpu in CPUS for libc, version in versions)


def platforms_since(cpu: str, libc: str, version: str) -> tuple[str, ...]:
    """Return the names of the platforms of a CPU whose C library has at least a version."""
    known = (one for one in LIBC_VERSIONS[libc] if _numbers(one) >= _numbers(version))
    return tuple(_name(cpu, libc, one) for one in known)


def platforms_with_accelerators() -> tuple[str, ...]:
    """Return the names of all platforms: ``linux_x86_64_glibc_2_28``, ``linux_x86_64_glibc_2_28_cuda_13_5``."""
    cuda = [f"{_CUDA}{version.replace('.', '_')}" for version in CUDA_VERSIONS]
    return (*platforms(), *(name + end for name in platforms() for end in cuda if "_glibc_" in name))


def without_accelerator(name: str) -> str:
    """Return the platform with the same CPU and C library that has no accelerator."""
    return name.partition(_CUDA)[0]


def cuda_of(name: str) -> str:
    """Return the version of a platform's CUDA, such as ``13.5``; empty if it has none."""
    return name.partition(_CUDA)[2].replace("_", ".")


def default_platform() -> str:
    """Return the platform for which wheels are built if none is named; its CPU is that of this machine."""
    return _name(platform.machine() if platform.machine() in CPUS else CPUS[-1], *_DEFAULT_LIBC)


def exec_platform(wanted: Sequence[str]) -> str:
    """Return the platform of build tools: the first wanted one that this machine can run, else the default."""
    return next((without_accelerator(name) for name in wanted if runs_here(name)), default_platform())


def runs_here(name: str) -> bool:
    """Return whether this machine runs programs for a platform."""
    return is_for(name, platform.machine(), "glibc")


def is_for(name: str, cpu: str, libc: str) -> bool:
    """Return whether a platform has a CPU and any version of a C library."""
    return name.startswith(f"linux_{cpu}_{libc}_")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _name(cpu: str, libc: str, version: str) -> str:
    return f"linux_{cpu}_{libc}_{version.replace('.', '_')}"
