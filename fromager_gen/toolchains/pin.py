"""Pin the files of the hermetic toolchains that a workspace's platforms need."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from fromager_gen.contract import CPUS
from fromager_gen.lock import pinned_file
from fromager_gen.platforms import without_accelerator
from fromager_gen.toolchains.model import CcToolchains, ToolchainsLock

if TYPE_CHECKING:
    from fromager_gen.net import Index

# The wheel with clang and lld, by the CPU that runs them. fromager-gen is tested with this version: the action that
# makes a sysroot changes some of its files, and refuses another version.
_ZIGLANG = {
    "aarch64": (
        "ziglang-0.17.1-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
        "b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e",
    ),
    "x86_64": (
        "ziglang-0.17.1-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64.whl",
        "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54",
    ),
}
_USE = (
    "hermetic C toolchains are made of. Use an index that has it (--index-url, or pip's index-url), or "
    "--toolchains=machine"
)


def has_platforms(lock: ToolchainsLock, wanted: Iterable[str]) -> bool:
    """Return whether a lock has C compilers of each CPU for all platforms."""
    targets = {one.exec: set(one.targets) for one in lock.cc}
    return all(cpu in targets and targets[cpu].issuperset(map(without_accelerator, wanted)) for cpu in CPUS)


def with_platforms(lock: ToolchainsLock, wanted: Iterable[str], index: "Index") -> ToolchainsLock:
    """Add compilers for platforms to a lock; files that it has already stay.

    Args:
        lock: the lock.
        wanted: names of platforms.
        index: index that has the wheel `ziglang`.

    Raises:
        FetchError: the index can't be asked.
        LockError: the index does not have the wheel.
    """
    files, toolchains = dict(lock.files), {one.exec: one for one in lock.cc}
    wanted = [without_accelerator(name) for name in wanted]
    for cpu in CPUS:
        one = toolchains.get(cpu, CcToolchains(cpu, f"ziglang_{cpu}", ()))
        if one.file not in files:
            files[one.file] = pinned_file(index, "ziglang", *_ZIGLANG[cpu], _USE)
        toolchains[cpu] = replace(one, targets=tuple(dict.fromkeys((*one.targets, *wanted))))
    return replace(lock, files=files, cc=tuple(toolchains[cpu] for cpu in sorted(toolchains)))
