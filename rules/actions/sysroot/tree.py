"""The files of a sysroot that are not headers."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from actions.errors import ActionError
from actions.sysroot.config import clang_config, linker_scripts
from actions.sysroot.target import Target
from actions.sysroot.zig import Zig

# An archive without members. Such libraries exist because programs name them, and libc has their functions.
_EMPTY_ARCHIVE = b"!<arch>\n"
_PARTS_OF_LIBC = ("crypt", "dl", "m", "pthread", "resolv", "rt", "util")
# Programs that clang looks up in the folder that `-B` names. The first is the driver, the others are links.
_PROGRAMS = ("ld.lld", "ar", "ld", "ranlib")
_BUILTINS = "libclang_rt.builtins.a"


def write_libraries(zig: Zig, inputs: Iterable[str], target: Target, out: Path) -> None:
    """Write ``usr/lib`` and the folder of clang's runtime library.

    Args:
        zig: zig, whose folder the inputs are relative to.
        inputs: libraries and start files that zig linked.
        target: the target.
        out: the sysroot.
    """
    folder = out / "usr" / "lib"
    folder.mkdir(parents=True)
    files = {os.path.basename(path): path for path in inputs}
    cxx = [files.pop(name, "") for name in ("libc++.a", "libc++abi.a")]
    runtime = files.pop("libcompiler_rt.a", "")
    if not all((*cxx, runtime)):
        raise ActionError(f"zig linked no libc++, libc++abi or compiler-rt, but {', '.join(sorted(files))}")
    for name, path in files.items():
        shutil.copyfile(zig.folder / path, folder / name)
    # One archive, so that `-static-libstdc++` and `-lc++` need no other one.
    zig.run("ar", "qcsLD", "libc++.a", *cxx)
    shutil.copyfile(zig.folder / "libc++.a", folder / "libc++.a")
    shutil.copyfile(zig.folder / runtime, folder / _BUILTINS)
    for name, text in linker_scripts(name for name in files if ".so." in name and name != "libc.so.6").items():
        (folder / name).write_text(text)
    _name_libraries(target, folder)
    _link(out / "resource" / "lib" / target.triple / _BUILTINS, f"../../../usr/lib/{_BUILTINS}")


def _name_libraries(target: Target, folder: Path) -> None:
    """Make ``libm.so`` of ``libm.so.6``, and empty archives for libraries that are parts of libc."""
    for path in sorted(folder.glob("lib*.so.[0-9]*")):
        name = path.name.partition(".so")[0] + ".so"
        if name not in ("libc.so", "libld.so", "libgcc_s.so"):
            _link(folder / name, path.name)
    for part in _PARTS_OF_LIBC:
        # glibc's libcrypt is a library of its own, which zig does not have.
        if not (folder / f"lib{part}.so").exists() and (part != "crypt" or target.libc == "musl"):
            (folder / f"lib{part}.a").write_bytes(_EMPTY_ARCHIVE)


def write_start_files(zig: Zig, source: bytes, target: Target, out: Path) -> None:
    """Compile the start files that clang names and zig does not have.

    Args:
        zig: zig.
        source: ``crt.c``.
        target: the target.
        out: the sysroot.
    """
    (zig.folder / "crt.c").write_bytes(source)
    (zig.folder / "empty.c").write_bytes(b"")
    common = (
        "clang",
        "--no-default-config",
        f"--target={target.triple}",
        "-Os",
        "-fPIC",
        "-ffreestanding",
        "-g0",
        "-c",
    )
    for name, options in {
        "crtbegin.o": ["crt.c"],
        "crtbeginT.o": ["crt.c"],
        "crtbeginS.o": ["-DSHARED", "crt.c"],
        **{name: ["empty.c"] for name in ("crti.o", "crtn.o", "crtend.o", "crtendS.o")},
    }.items():
        zig.run(*common, *options, "-o", name)
        shutil.copyfile(zig.folder / name, out / "usr" / "lib" / name)


def write_programs(driver: Path, out: Path) -> None:
    """Write the folder in which clang finds the linker."""
    first, *others = _PROGRAMS
    path = out / "bin" / first
    path.parent.mkdir()
    shutil.copyfile(driver, path)
    path.chmod(0o755)
    for name in others:
        _link(path.with_name(name), first)


def write_config(target: Target, defines: Iterable[str], out: Path) -> None:
    """Write clang's configuration."""
    (out / "clang.cfg").write_text(clang_config(target, defines))


def _link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
