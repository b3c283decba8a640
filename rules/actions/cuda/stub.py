"""A stub of the driver's library: it has the names of libcuda.so.1 to link with, and no code.

The library itself belongs to the driver of the machine that runs a program, and no wheel contains it. The names are
those that cuda.h declares.
"""

import re
import subprocess
from pathlib import Path

from actions.errors import ActionError

SONAME = "libcuda.so.1"
_FUNCTION = re.compile(r"\bCUDAAPI\s+(cu[A-Z]\w*)\s*\(")
# `#define cuMemAlloc cuMemAlloc_v2`: programs link with the second name.
_RENAMED = re.compile(r"^\s*#\s*define\s+cu[A-Z]\w*\s+(cu[A-Z]\w*)\s*$", re.M)
# `#define cuLaunchKernel __CUDA_API_PTSZ(cuLaunchKernel)`: with an option of nvcc, the name has a suffix.
_PER_THREAD = re.compile(r"__CUDA_API_(PTDS|PTSZ)\((cu[A-Z]\w*)\)")


def driver_functions(header: str) -> list[str]:
    """Return the sorted names of all functions of the driver that cuda.h names."""
    names = {*_FUNCTION.findall(header), *_RENAMED.findall(header)}
    for suffix, name in _PER_THREAD.findall(header):
        names |= {name, f"{name}_{suffix.lower()}"}
    return sorted(names)


def write_stub(zig: Path, cpu: str, header: Path, out: Path, work: Path) -> None:
    """Compile and link the stub.

    Args:
        zig: program with clang and lld.
        cpu: CPU to compile for.
        header: cuda.h.
        out: the library to write.
        work: empty folder for temporary files.

    Raises:
        ActionError: the header declares no functions, or a compiler failed.
    """
    names = driver_functions(header.read_text(encoding="utf-8", errors="replace"))
    if not names:
        raise ActionError("cuda.h of the wheels declares no functions of the driver; it may be of a newer CUDA")
    (work / "stub.c").write_text("".join(f"void {name}(void) {{}}\n" for name in names))
    program = str(zig.resolve())
    _run(
        [program, "clang", "--no-default-config", f"--target={cpu}-unknown-linux-gnu", "-Os", "-fPIC", "-ffreestanding",
         "-nostdinc", "-g0", "-c", "stub.c", "-o", "stub.o"], work,
    )  # fmt: skip
    _run(
        [program, "ld.lld", "-shared", "-soname", SONAME, "--hash-style=gnu", "--build-id=none", "-s", "stub.o",
         "-o", str(out.absolute())], work,
    )  # fmt: skip


def _run(command: list[str], work: Path) -> None:
    done = subprocess.run(
        command, cwd=work, env={"LC_ALL": "C", "PATH": str(work), "TMPDIR": str(work)}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        raise ActionError(f"the stub of {SONAME} can't be made: {done.stderr.strip()[-500:]}")
