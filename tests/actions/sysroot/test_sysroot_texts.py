"""Texts of a sysroot, and what is read from zig's output and changed in its files."""

from pathlib import Path

import pytest
from support.zig import COMPILER_RT, MATHCALLS

from actions.errors import ActionError
from actions.sysroot.changes import as_old_as_target, types_by_name, without_libc
from actions.sysroot.config import clang_config, linker_scripts
from actions.sysroot.headers import builtin_is_wanted, copy_headers, header_is_wanted
from actions.sysroot.target import Target, checked
from actions.sysroot.zig import Compilation, compilation, link_inputs

GLIBC = Target("x86_64", "glibc", "2.17")
MUSL = Target("aarch64", "musl")
LINK = (
    "note\nld.lld --gc-sections -shared -o out/libm.so.6 out/m.o\n"
    "ld.lld -s -o main.so --entry _start c/1/Scrt1.o c/2/main.o -L/ c/3/libc++.a c/4/libm.so.6 c/5/libcompiler_rt.a\n"
)
COMPILED = (
    'clang version 22\n "/w/zig" -cc1 -isystem lib/libcxx/include -D NDEBUG -isystem "lib/include" '
    "-D __GLIBC_MINOR__=17 -x c++ main.cc\n"
)


def test_a_target_has_a_name_for_zig_and_one_for_clang() -> None:
    assert (GLIBC.zig, GLIBC.triple) == ("x86_64-linux-gnu.2.17", "x86_64-unknown-linux-gnu")
    assert (MUSL.zig, MUSL.triple) == ("aarch64-linux-musl", "aarch64-unknown-linux-musl")
    assert checked(GLIBC) == GLIBC and checked(MUSL) == MUSL


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (Target("riscv64", "glibc", "2.17"), "no toolchain for riscv64"),
        (Target("x86_64", "bionic"), "no toolchain for x86_64 with bionic"),
        (Target("x86_64", "glibc"), "name a version for glibc"),
        (Target("x86_64", "musl", "2.17"), "name a version for glibc, and only then"),
        (Target("x86_64", "glibc", "2.17-x"), "is not a version of glibc"),
    ],
)
def test_another_target_is_refused(target: Target, says: str) -> None:
    with pytest.raises(ActionError, match=says):
        checked(target)


def test_the_files_of_a_link_are_found() -> None:
    expected = ["c/1/Scrt1.o", "c/3/libc++.a", "c/4/libm.so.6", "c/5/libcompiler_rt.a"]

    assert link_inputs(LINK, "main.so") == expected
    with pytest.raises(ActionError, match="did not print how it linked other"):
        link_inputs(LINK, "other")


def test_the_options_of_a_compilation_are_found() -> None:
    assert compilation(COMPILED) == Compilation(("lib/libcxx/include", "lib/include"), ("NDEBUG", "__GLIBC_MINOR__=17"))
    with pytest.raises(ActionError, match="did not print the folders"):
        compilation("clang version 22\n")


def test_the_configuration_names_only_its_own_folder() -> None:
    lines = clang_config(GLIBC, ("NDEBUG", "__GLIBC_MINOR__=17", "_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS")).splitlines()

    assert "--target=x86_64-unknown-linux-gnu" in lines and "--sysroot=<CFGDIR>" in lines
    assert [line for line in lines if line.startswith("-D")] == ["-D__GLIBC_MINOR__=17"]
    assert [line for line in lines if "/" in line and "<CFGDIR>/" not in line] == []


def test_libraries_of_gcc_are_those_of_llvm() -> None:
    scripts = linker_scripts(["libpthread.so.0", "libm.so.6"])

    assert scripts["libstdc++.so"] == "INPUT ( libc++.a libunwind.a )\n"
    assert scripts["libgcc_s.so.1"] == "INPUT ( libunwind.a )\n"
    assert scripts["libc.so"] == "GROUP ( libc.so.6 libc_nonshared.a AS_NEEDED ( libm.so.6 libpthread.so.0 ) )\n"
    assert "libc.so" not in linker_scripts([])


def test_headers_of_other_processors_are_left_out() -> None:
    arm = Target("aarch64", "glibc", "2.17")
    common = ["stddef.h", "stdarg.h", "float.h", "unwind.h", "limits.h", "__stddef_size_t.h", "tgmath.h", "mm_malloc.h"]
    x86 = [
        "immintrin.h",
        "avx512fintrin.h",
        "cpuid.h",
        "x86intrin.h",
        "amxintrin.h",
        "__wmmintrin_aes.h",
        "shaintrin.h",
    ]
    others = ["altivec.h", "ppc_wrappers/xmmintrin.h", "hexagon_types.h", "riscv_vector.h", "wasm_simd128.h"]

    assert [name for name in common if not builtin_is_wanted(name, GLIBC) or not builtin_is_wanted(name, arm)] == []
    assert [name for name in x86 if not builtin_is_wanted(name, GLIBC) or builtin_is_wanted(name, arm)] == []
    assert builtin_is_wanted("arm_neon.h", arm) and not builtin_is_wanted("arm_neon.h", GLIBC)
    assert [name for name in others if builtin_is_wanted(name, GLIBC) or builtin_is_wanted(name, arm)] == []
    assert header_is_wanted("linux/futex.h") and not header_is_wanted("xen/evtchn.h")


def test_the_first_folder_with_a_header_is_used(tmp_path: Path) -> None:
    for name, text in {
        "zig/lib/libcxx/include/vector": "vector",
        "zig/lib/libcxxabi/include/cxxabi.h": "abi",
        "zig/lib/include/stddef.h": "clang's",
        "zig/lib/libc/include/x86-linux-gnu/bits/size.h": "x86",
        "zig/lib/libc/include/generic-glibc/bits/size.h": "any",
        "zig/lib/libc/include/generic-glibc/stdio.h": "stdio",
        "zig/lib/libunwind/include/unwind.h": "not used",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    places = ["libcxx/include", "libcxxabi/include", "include", "libc/include/x86-linux-gnu"]
    places += ["libc/include/generic-glibc", "libunwind/include"]
    copy_headers(tmp_path, [f"zig/lib/{place}" for place in places], GLIBC, tmp_path / "out")

    found = {path.relative_to(tmp_path / "out").as_posix(): path.read_text() for path in files(tmp_path / "out")}
    assert found == {
        "usr/include/c++/v1/vector": "vector",
        "usr/include/c++/v1/cxxabi.h": "abi",
        "resource/include/stddef.h": "clang's",
        "usr/include/bits/size.h": "x86",
        "usr/include/stdio.h": "stdio",
    }


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_functions_of_the_c_library_are_removed_from_compiler_rt() -> None:
    text = without_libc(COMPILER_RT)

    assert 'startsWith(u8, name, "_")' in text.splitlines()[1]
    assert [line.split("/")[1] for line in text.splitlines() if "@import" in line] == ['divc3.zig");', 'fmax.zig");']


@pytest.mark.parametrize("part", ["pub inline fn symbol(", "Math routines", "fmax", "ssp"])
def test_another_compiler_rt_is_refused(part: str) -> None:
    with pytest.raises(ActionError, match=r"compiler_rt\.zig of ziglang .*another version"):
        without_libc(COMPILER_RT.replace(part, "other"))


def test_types_are_compared_by_their_names() -> None:
    line = "#          define _LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION"

    assert types_by_name(f"{line} 3\n{line} 1\n") == f"{line} 3\n{line} 2\n"
    with pytest.raises(ActionError, match="typeinfo of ziglang has 0 lines instead of one"):
        types_by_name(f"{line} 3\n")


def test_functions_of_a_new_glibc_are_declared_only_for_it() -> None:
    """nvcc declares `cospi` and `rsqrt` too, and expects glibc's declarations only from these versions on."""
    use = "#if __GLIBC_USE (IEC_60559_FUNCS_EXT_C23)"
    changed = as_old_as_target(MATHCALLS)

    assert f"{use} && __GLIBC_PREREQ (2, 41)\n/* Arc cosine" in changed
    assert f"{use}\n/* Compute exponent" in changed
    assert f"{use} && __GLIBC_PREREQ (2, 42)\n/* Return 1+X" in changed
    with pytest.raises(ActionError, match=r"mathcalls\.h of ziglang has 0 lines instead of one"):
        as_old_as_target("another header")
