"""The files of a sysroot other than headers: libraries and their names, and changes of zig's own files."""

import shutil
from pathlib import Path

import pytest
from support.zig import COMPILER_RT, MATHCALLS

from actions.errors import ActionError
from actions.sysroot.changes import change
from actions.sysroot.make import _is_needed, _refuse_names
from actions.sysroot.target import Target
from actions.sysroot.tree import write_config, write_libraries, write_programs
from actions.sysroot.zig import Zig

OLD, NEW, MUSL = Target("x86_64", "glibc", "2.17"), Target("x86_64", "glibc", "2.28"), Target("aarch64", "musl")
LIBRARIES = ("libc.so.6", "libm.so.6", "libpthread.so.0", "ld-linux-x86-64.so.2", "libc_nonshared.a", "libunwind.a")


@pytest.fixture
def zig(tmp_path: Path) -> Zig:
    """Return zig's folder with libraries, and the machine's `ar` in the place of zig's."""
    program = shutil.which("ar")
    if program is None:
        pytest.skip("the machine has no ar")
    folder = tmp_path / "zig"
    for name in (*LIBRARIES, "libc++.a", "libc++abi.a", "libcompiler_rt.a"):
        (folder / "cache").mkdir(parents=True, exist_ok=True)
        (folder / "cache" / name).write_bytes(b"!<arch>\n")
    (folder / "ziglang").mkdir()
    (folder / "ziglang" / "zig").write_text(f'#!/bin/sh\nshift 2\nexec {program} qcD "$@"\n')
    (folder / "ziglang" / "zig").chmod(0o755)
    return Zig(folder, "cache")


def test_a_sysroot_has_the_libraries_by_the_names_that_linkers_search(zig: Zig, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_libraries(zig, [f"cache/{path.name}" for path in (zig.folder / "cache").iterdir()], OLD, out)
    library = out / "usr" / "lib"

    assert (library / "libm.so").readlink() == Path("libm.so.6")
    assert "libc.so.6" in (library / "libc.so").read_text()
    assert (library / "libutil.a").read_bytes() == b"!<arch>\n"
    assert not (library / "libcrypt.a").exists()
    assert (out / "resource/lib" / OLD.triple / "libclang_rt.builtins.a").exists()


def test_a_link_without_a_runtime_library_is_refused(zig: Zig, tmp_path: Path) -> None:
    with pytest.raises(ActionError, match=r"zig linked no libc\+\+, libc\+\+abi or compiler-rt, but libc\.so\.6"):
        write_libraries(zig, ["cache/libc.so.6"], OLD, tmp_path / "out")


def test_the_linker_is_in_the_folder_that_clang_searches(tmp_path: Path) -> None:
    (tmp_path / "driver").write_text("driver")
    (tmp_path / "out").mkdir()
    write_programs(tmp_path / "driver", tmp_path / "out")
    write_config(MUSL, ["-D_LIBCPP_X"], tmp_path / "out")

    assert {path.name: path.read_text() for path in (tmp_path / "out" / "bin").iterdir()} == dict.fromkeys(
        ("ld.lld", "ld", "ar", "ranlib"), "driver"
    )
    assert "--target=aarch64-unknown-linux-musl" in (tmp_path / "out" / "clang.cfg").read_text()


@pytest.mark.parametrize(("target", "line"), [(OLD, "if (false) {"), (NEW, "if (__cxa_thread_atexit_impl) {")])
def test_only_old_targets_do_without_newer_functions(tmp_path: Path, target: Target, line: str) -> None:
    """glibc 2.18 has the function, and the policy of manylinux_2_17 forbids its name."""
    files = {
        "compiler_rt.zig": COMPILER_RT,
        "libc/include/generic-glibc/bits/mathcalls.h": MATHCALLS,
        "libcxx/include/typeinfo": "#define _LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION 1\n",
        "libcxxabi/src/cxa_thread_atexit.cpp": "    if (__cxa_thread_atexit_impl) {\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    change(tmp_path, target)

    assert (tmp_path / "libcxxabi/src/cxa_thread_atexit.cpp").read_text() == f"    {line}\n"
    assert (tmp_path / "libcxx/include/typeinfo").read_text().endswith(" 2\n")


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("ziglang/zig", True),
        ("ziglang/__init__.py", False),
        ("ziglang/lib/libc/include/x86-linux-gnu/bits/x.h", True),
        ("ziglang/lib/libc/include/powerpc-linux-any/x.h", False),
        ("ziglang/lib/libc/mingw/x.c", False),
        ("ziglang/lib/libcxx/src/x.cpp", True),
    ],
)
def test_only_needed_members_of_the_wheel_are_unpacked(name: str, needed: bool) -> None:
    assert _is_needed(name) is needed


def test_a_file_that_names_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("x")
    (tmp_path / "bad").write_text("made in /work/place")

    _refuse_names([tmp_path / "good", tmp_path], "/work/place")
    with pytest.raises(ActionError, match="bad contains the name of the folder /work/place"):
        _refuse_names(tmp_path.iterdir(), "/work/place")
