"""Make a sysroot and its driver with the zig of a wheel."""

import pkgutil
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from actions.archive.unpack import unpack_wheel
from actions.errors import ActionError
from actions.sysroot import changes, debian, pack, tree
from actions.sysroot.headers import copy_headers
from actions.sysroot.target import Target
from actions.sysroot.zig import Zig, compilation, link_inputs

_TOP = "ziglang"
# Parts of the wheel that compile nothing for Linux, or that only zig's own language needs.
_NOT_NEEDED = (
    "build-web/", "docs/", "init/", "libc/darwin/", "libc/freebsd/", "libc/mingw/", "libc/netbsd/", "libc/openbsd/",
    "libc/wasi/", "libtsan/", "lldb/",
)  # fmt: skip
_HEADERS = "libc/include/"
_HEADERS_NEEDED = ("aarch64-linux-", "any-linux-", "generic-glibc/", "generic-musl/", "x86-linux-", "x86_64-linux-")

# Without debug information, which would name folders of the action, and without the checks of zig's debug mode.
_COMMON = ("-s", "-O2", "-fno-sanitize=all")
_MAIN = "int main(void) { return 0; }\n"


class Toolchain(NamedTuple):
    """A toolchain to make."""

    wheel: Path
    """The wheel `ziglang` for the machine that runs the compiler."""
    exec_cpu: str
    """Processor of that machine."""
    target: Target
    root: str
    """Folder in which builds find the sysroot, the driver and zig."""
    driver: Path | None
    """The driver, made before for another target; None to compile it."""
    packages: tuple[Path, ...] = ()
    """Debian packages with the headers and libraries; empty for those of the wheel."""


class Outputs(NamedTuple):
    """The files to write, or None for those that another action writes. The last two are the same for all targets."""

    sysroot: Path | None
    driver: Path | None
    zig: Path | None


def make(toolchain: Toolchain, place: Path, outputs: Outputs) -> None:
    """Make the files of a toolchain.

    Args:
        toolchain: what to make.
        place: new folder for the work, which is removed; its name is in no output.
        outputs: the files to write.

    Raises:
        ActionError: the wheel is refused, or zig failed.
    """
    place.mkdir(parents=True)
    try:
        program = _unpacked(toolchain.wheel, place)
        driver = toolchain.driver or _compile_driver(Zig(place, "cache-exec"), toolchain.exec_cpu, toolchain.root)
        if outputs.sysroot is not None:
            _make_tree(toolchain, place, driver)
            pack.write(place / "sysroot", outputs.sysroot)
        _refuse_names([driver, *(place / "sysroot").rglob("*")], str(place))
        _copy_program(driver, outputs.driver)
        _copy_program(program, outputs.zig)
    finally:
        shutil.rmtree(place)


def _copy_program(source: Path, to: Path | None) -> None:
    if to is not None:
        shutil.copyfile(source, to)
        to.chmod(0o755)


def _unpacked(wheel: Path, place: Path) -> Path:
    """Unpack a wheel and return the path of zig."""
    unpack_wheel(wheel, place, _is_needed)
    program = place / _TOP / "zig"
    if not program.exists():
        raise ActionError(f"{wheel.name} contains no {_TOP}/zig; it is not a wheel of ziglang for Linux")
    program.chmod(0o755)
    return program


def _is_needed(name: str) -> bool:
    """Return whether a member of the wheel is unpacked."""
    if not name.startswith(f"{_TOP}/lib/"):
        return name == f"{_TOP}/zig"
    below = name.removeprefix(f"{_TOP}/lib/")
    if below.startswith(_HEADERS):
        return below.removeprefix(_HEADERS).startswith(_HEADERS_NEEDED)
    return not below.startswith(_NOT_NEEDED)


def _source(name: str) -> bytes:
    """Return a C file of this package, which is in a zip when Bazel runs it."""
    data = pkgutil.get_data("actions.sysroot", name)
    if data is None:
        raise ActionError(f"the programs of the actions contain no {name}")
    return data


def _compile_driver(zig: Zig, cpu: str, root: str) -> Path:
    (zig.folder / "driver.c").write_bytes(_source("driver.c"))
    warnings = ("-std=c99", "-Wall", "-Wextra", "-Werror")
    zig.run(
        "cc", "-target", f"{cpu}-linux-musl", "-static", "-Os", "-s", "-fno-sanitize=all", *warnings,
        f'-DROOT="{root}"', "driver.c", "-o", "driver",
    )  # fmt: skip
    return zig.folder / "driver"


def _make_tree(toolchain: Toolchain, place: Path, driver: Path) -> None:
    out = place / "sysroot"
    if toolchain.packages:
        debian.make_tree(toolchain.packages, place / _TOP / "lib" / "include", toolchain.target, out)
    else:
        changes.change(place / _TOP / "lib", toolchain.target)
        _make_tree_of_zig(Zig(place, "cache"), toolchain.target, out)
    tree.write_programs(driver, out)


def _make_tree_of_zig(zig: Zig, target: Target, out: Path) -> None:
    (zig.folder / "main.c").write_text(_MAIN)
    (zig.folder / "main.cc").write_text(_MAIN.replace("(void)", "()"))
    common = ("-target", target.zig, *_COMMON)
    used = compilation(zig.run("c++", "--verbose", *common, "-c", "main.cc", "-o", "main.o"))
    inputs = link_inputs(zig.run("c++", *common, "-shared", "-fPIC", "main.cc", "-o", "main.so"), "main.so")
    for option in ("-no-pie", "-pie"):
        printed = zig.run("cc", *common, *_dynamic(target), option, "main.c", "-o", f"main{option}")
        inputs += link_inputs(printed, f"main{option}")
    copy_headers(zig.folder, used.folders, target, out)
    tree.write_libraries(zig, inputs, target, out)
    tree.write_start_files(zig, _source("crt.c"), target, out)
    tree.write_config(target, used.defines, out)


def _dynamic(target: Target) -> tuple[str, ...]:
    """Return the option for an executable that needs libc.so; with musl, zig links executables statically."""
    return ("-dynamic",) if target.libc == "musl" else ()


def _refuse_names(paths: Iterable[Path], place: str) -> None:
    """Check that no file contains the name of the folder in which it was made."""
    for path in sorted(paths):
        if path.is_file() and place.encode() in path.read_bytes():
            raise ActionError(f"{path.name} contains the name of the folder {place}, in which it was made")
