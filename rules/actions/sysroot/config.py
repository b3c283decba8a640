"""Texts of a sysroot: clang's configuration and the linker scripts."""

from collections.abc import Iterable

from actions.sysroot.target import Target

# Archives that are linked into each shared library. Their symbols must not be visible outside it: two extensions in one
# process may have different versions.
_STATIC = ("libc++.a", "libunwind.a", "libclang_rt.builtins.a", "libc_nonshared.a")

# Defines of zig that are not for the code of packages. NDEBUG is the package's decision. Without the annotations,
# functions in headers would be exported from each extension.
_NOT_FOR_PACKAGES = ("NDEBUG", "_LIBCPP_DISABLE_VISIBILITY_ANNOTATIONS", "_LIBCXXABI_DISABLE_VISIBILITY_ANNOTATIONS")

# Clang reads /etc/os-release of the machine and links as its distribution does. These options come later and win.
_LINK_OPTIONS = ("--hash-style=gnu", "-z,relro", "-z,lazy", "--enable-new-dtags", "--build-id=none")


def clang_config(target: Target, defines: Iterable[str]) -> str:
    """Return the configuration file of clang, for C and C++: some packages compile C++ with `cc`.

    ``<CFGDIR>`` is the folder of the file: https://clang.llvm.org/docs/UsersManual.html#configuration-files.
    """
    options = [
        f"--target={target.triple}",
        "--sysroot=<CFGDIR>",
        "-resource-dir=<CFGDIR>/resource",
        "-B<CFGDIR>/bin",
        "--ld-path=<CFGDIR>/bin/ld.lld",
        "-rtlib=compiler-rt",
        "--unwindlib=libunwind",
        "-stdlib=libc++",
        *(f"-D{define}" for define in defines if define.partition("=")[0] not in _NOT_FOR_PACKAGES),
        f"-Wl,--exclude-libs,{':'.join(_STATIC)}",
        *(f"-Wl,{option}" for option in _LINK_OPTIONS),
    ]
    return "".join(f"{option}\n" for option in options)


def clang_config_of_gcc(target: Target, gcc: str) -> str:
    """Return the configuration file of clang for a sysroot with the libraries of GCC.

    Args:
        target: the target.
        gcc: folder of GCC's libraries, below the sysroot.
    """
    options = [
        f"--target={target.triple}",
        "--sysroot=<CFGDIR>",
        f"--gcc-install-dir=<CFGDIR>/{gcc}",
        "-resource-dir=<CFGDIR>/resource",
        "-B<CFGDIR>/bin",
        "--ld-path=<CFGDIR>/bin/ld.lld",
        "-rtlib=libgcc",
        "--unwindlib=libgcc",
        "-stdlib=libstdc++",
        *(f"-Wl,{option}" for option in _LINK_OPTIONS),
    ]
    return "".join(f"{option}\n" for option in options)


def linker_scripts(parts: Iterable[str]) -> dict[str, str]:
    """Return the linker scripts of ``usr/lib`` by name.

    Packages ask for GCC's libraries by name. The sysroot contains LLVM's instead: a source that was compiled with the
    headers of libc++ needs its library, under any name.

    Args:
        parts: the shared libraries of glibc, except libc itself; empty for musl, which has one library. Old versions
            of glibc have threads in another library than libc, and libc++ needs them. A library that a link does not
            use is not among its dependencies.
    """
    cxx = "INPUT ( libc++.a libunwind.a )\n"
    unwind = "INPUT ( libunwind.a )\n"
    builtins = "INPUT ( libclang_rt.builtins.a )\n"
    scripts = {
        **dict.fromkeys(("libstdc++.so", "libstdc++.a", "libsupc++.a", "libc++abi.a"), cxx),
        **dict.fromkeys(("libgcc_s.so", "libgcc_s.so.1", "libgcc_eh.a", "libunwind.so"), unwind),
        **dict.fromkeys(("libgcc.a", "libatomic.so", "libatomic.a"), builtins),
    }
    parts = " ".join(sorted(parts))
    if parts:
        scripts["libc.so"] = f"GROUP ( libc.so.6 libc_nonshared.a AS_NEEDED ( {parts} ) )\n"
    return scripts
