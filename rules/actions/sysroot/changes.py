"""Changes of zig's own files before it compiles the libraries of a sysroot."""

import re
from pathlib import Path

from actions.errors import ActionError
from actions.sysroot.target import Target

# The parts of compiler-rt with functions of libm. The rest calls the `fmax` of three types.
_MATH = re.compile(r"    // Math routines\. .*?\n(?=\n    // BigInt\.)", re.S)
_ONLY_FMAX = '    _ = @import("compiler_rt/fmax.zig");\n'
_STACK_PROTECTOR = '        _ = @import("compiler_rt/ssp.zig");\n'
_SYMBOL = "pub inline fn symbol(comptime func: *const anyopaque, comptime name: []const u8) void {\n"
# Every other function that a compiler calls begins with an underscore.
_ONLY_COMPILER = (
    '    if (comptime !std.mem.startsWith(u8, name, "_") and !std.mem.startsWith(u8, name, "fmax")) return;\n'
)
_OTHER = "it is another version than the one that this program was written for"
# Declarations of functions that are newer than C23's first ones, by the comment of the first of each group.
_NEW_C23 = "#if __GLIBC_USE (IEC_60559_FUNCS_EXT_C23)"
_NEW_MATH = {
    "/* Arc cosine of X, divided by pi.  */\n": "2, 41",
    "/* Return 1+X to the Y power.  */\n": "2, 42",
}
_TYPEINFO = "define _LIBCPP_TYPEINFO_COMPARISON_IMPLEMENTATION"


def without_libc(text: str) -> str:
    """Return ``compiler_rt.zig`` without the functions that the C library has.

    The library is one object file. A shared library that needs one function of it, such as a 128-bit division, would
    also get its `memcpy`, `sin` and `__memcpy_chk`, instead of the faster and more exact ones of the C library.

    Raises:
        ActionError: the place to change is not there, so this is another version of zig.
    """
    text = _replaced("compiler_rt.zig", text, _SYMBOL, _SYMBOL + _ONLY_COMPILER)
    text = _replaced("compiler_rt.zig", text, _STACK_PROTECTOR, "")
    found = _MATH.findall(text)
    if len(found) != 1 or _ONLY_FMAX not in found[0]:
        raise ActionError(f"compiler_rt.zig of ziglang has no list of mathematical functions: {_OTHER}")
    return text.replace(found[0], _ONLY_FMAX)


def types_by_name(text: str) -> str:
    """Return libc++'s ``typeinfo``, changed to compare types by their names and not by the addresses of these.

    Each shared library has its own libc++, so the type of an exception has one address in the library that throws it,
    and another in the library that catches it. libstdc++ compares names for the same reason.

    Raises:
        ActionError: the place to change is not there, so this is another version of libc++.
    """
    return _replaced("typeinfo", text, f"{_TYPEINFO} 1\n", f"{_TYPEINFO} 2\n")


def own_thread_exit(text: str) -> str:
    """Return libc++abi's ``cxa_thread_atexit.cpp``, changed so that it does not ask for a function of glibc 2.18.

    The library uses the function if the machine has it. The policies of manylinux forbid the name all the same.

    Raises:
        ActionError: the place to change is not there, so this is another version of libc++abi.
    """
    return _replaced("cxa_thread_atexit.cpp", text, "    if (__cxa_thread_atexit_impl) {\n", "    if (false) {\n")


def as_old_as_target(text: str) -> str:
    """Return glibc's ``mathcalls.h``, changed to declare functions of glibc 2.41 and 2.42 only for these versions.

    zig's header is that of the newest glibc. CUDA declares `cospi`, `sinpi` and `rsqrt` too, and expects glibc's
    declarations only if `__GLIBC_PREREQ` is true.

    Raises:
        ActionError: the place to change is not there, so this is another version of the header.
    """
    for comment, version in _NEW_MATH.items():
        text = _replaced(
            "mathcalls.h", text, f"{_NEW_C23}\n{comment}", f"{_NEW_C23} && __GLIBC_PREREQ ({version})\n{comment}"
        )
    return text


def change(library: Path, target: Target) -> None:
    """Change the files in zig's folder ``lib`` for a target."""
    changes = {"compiler_rt.zig": without_libc, "libcxx/include/typeinfo": types_by_name}
    if target.glibc:
        changes["libc/include/generic-glibc/bits/mathcalls.h"] = as_old_as_target
    if target.glibc == "2.17":
        changes["libcxxabi/src/cxa_thread_atexit.cpp"] = own_thread_exit
    for name, changed in changes.items():
        path = library / name
        path.write_text(changed(path.read_text()))


def _replaced(file: str, text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ActionError(
            f"{file} of ziglang has {text.count(old)} lines instead of one that are {old.strip()!r}: {_OTHER}"
        )
    return text.replace(old, new)
