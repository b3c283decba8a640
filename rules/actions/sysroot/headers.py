"""The headers of a sysroot: those of its target, merged from zig's folders."""

import os
import shutil
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from actions.archive.trees import files_below
from actions.sysroot.target import Target

# Headers of clang for other processors, for GPUs and for Windows.
_X86 = (
    "*mmintrin.h", "__wmmintrin_*", "a[dm][cmx]*intrin.h", "avx*", "bmi*", "c[elmr]*intrin.h", "cet.h", "cpuid.h",
    "enqcmdintrin.h", "f16cintrin.h", "fma*intrin.h", "fxsr*", "gfni*", "hreset*", "ia32*", "immintrin.h", "invpcid*",
    "keylocker*", "lwp*", "lzcnt*", "mm3dnow.h", "movdir*", "movrs*", "mwaitx*", "pconfig*", "pku*", "popcnt*",
    "prfch*", "ptwrite*", "raoint*", "rdpru*", "rdseed*", "rtm*", "serialize*", "sgx*", "sha*intrin.h", "sm[34]*",
    "tbm*", "tsx*", "uintr*", "usermsr*", "vaes*", "vpclmul*", "waitpkg*", "wbnoinvd*", "x86*", "xop*", "xsave*",
    "xtest*",
)  # fmt: skip
_ARM = ("arm_*.h",)
_FOREIGN = (
    "__clang_*", "altivec.h", "amo.h", "andes_vector.h", "arm64intr.h", "armintr.h", "hexagon_*", "htm*", "hvx_*",
    "intrin.h", "intrin0.h", "larchintrin.h", "lasxintrin.h", "llvm_libc_wrappers/*", "lsxintrin.h",
    "module.modulemap", "msa.h", "openmp_wrappers/*", "ppc_wrappers/*", "riscv_*", "s390intrin.h", "sifive_*",
    "spirv*", "vadefs.h", "vecintrin.h", "velintrin*", "wasm_*", "yvals_core.h",
)  # fmt: skip

# Interfaces of the kernel's drivers that no other header includes.
_DRIVERS = ("cxl/*", "fwctl/*", "misc/*", "mtd/*", "regulator/*", "video/*", "xen/*")
_NOT_C = ("*.modulemap", "*.modulemap.in", "*/CMakeLists.txt", "CMakeLists.txt")


def builtin_is_wanted(name: str, target: Target) -> bool:
    """Return whether a target needs one of clang's own headers.

    Args:
        name: path below the folder of these headers.
        target: the target.
    """
    other = _ARM if target.cpu == "x86_64" else _X86
    return not any(fnmatch(name, pattern) for pattern in (*_FOREIGN, *other))


def header_is_wanted(name: str) -> bool:
    """Return whether a header of the C library, of the kernel or of libc++ is used by programs."""
    return not any(fnmatch(name, pattern) for pattern in (*_DRIVERS, *_NOT_C))


def copy_headers(zig: Path, folders: Iterable[str], target: Target, out: Path) -> None:
    """Copy the headers that a compilation of zig found.

    Args:
        zig: the folder that the names of the folders begin at.
        folders: the folders in zig's order: a header of the first one hides the same of the next.
        target: the target.
        out: the sysroot.
    """
    for name in folders:
        folder = zig / name
        kind = folder.parent.name
        if kind == "libunwind":  # clang has its own unwind.h, and packages do not use libunwind.h
            continue
        own = folder.name == "include" and kind == "lib"
        into = out / ("resource/include" if own else "usr/include")
        if kind.startswith("libcxx"):
            into = out / "usr/include/c++/v1"
        for path in files_below(folder):
            below = path.relative_to(folder).as_posix()
            wanted = builtin_is_wanted(below, target) if own else header_is_wanted(below)
            if wanted and not (into / below).exists():
                os.makedirs((into / below).parent, exist_ok=True)
                shutil.copyfile(path, into / below)
