"""C and C++ compilers out of the wheel `ziglang`: clang and lld with a sysroot for each target, without zig's cache."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "TRANSITION_ATTRS", "run_program")
load("//toolchains:tools.bzl", "hermetic_tools")
load("//toolchains/python:python_version.bzl", "for_any_version")

ZigInfo = provider(
    doc = "The programs of a zig for one CPU that compiles.",
    fields = {
        "cpu": "(str) CPU that runs the compilers.",
        "driver": "(File) Program that is linked as `cc`, `ld` and other names, and starts the compiler with its sysroot.",
        "wheel": "(File) The wheel `ziglang`.",
        "zig": "(File) Program with clang, lld and ar.",
    },
)

_ROOT = BUILD_ROOT + "/cc"

# Names of the driver. It starts clang, lld or ar by its name.
_NAMES = "cc c++ gcc g++ clang clang++ cpp c99 ld ld.lld ar gcc-ar ranlib gcc-ranlib".split(" ")

def _arguments(ctx, zig_cpu, wheel, cpu, libc, version):
    args = ctx.actions.args()
    args.add("--wheel", wheel)
    args.add("--exec-cpu", zig_cpu)
    args.add("--cpu", cpu)
    args.add("--libc", libc)
    if libc == "glibc":
        args.add("--glibc", version)
    return args

def _zig_programs_impl(ctx):
    wheel = ctx.file.wheel
    driver = ctx.actions.declare_file(ctx.label.name + ".driver")
    zig = ctx.actions.declare_file(ctx.label.name + ".zig")
    args = _arguments(ctx, ctx.attr.cpu, wheel, ctx.attr.cpu, "musl", "")
    args.add("--out-driver", driver)
    args.add("--out-zig", zig)
    run_program(
        ctx,
        program = "make_sysroot",
        action = "sysroot",
        what = "clang for " + ctx.attr.cpu,
        arguments = args,
        inputs = [wheel],
        outputs = [driver, zig],
    )
    return [
        DefaultInfo(files = depset([driver, zig])),
        ZigInfo(cpu = ctx.attr.cpu, driver = driver, wheel = wheel, zig = zig),
    ]

zig_programs = rule(
    implementation = _zig_programs_impl,
    attrs = PROGRAM_ATTRS | TRANSITION_ATTRS | {
        "cpu": attr.string(
            doc = "CPU that runs the compilers.",
            mandatory = True,
        ),
        "wheel": attr.label(
            doc = "The wheel `ziglang` for this CPU.",
            allow_single_file = [".whl"],
            mandatory = True,
        ),
    },
    cfg = for_any_version,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Takes clang, lld and ar out of the wheel `ziglang`.",
)

def _zig_cc_toolchain_impl(ctx):
    zig = ctx.attr.zig[ZigInfo]
    sysroot = ctx.actions.declare_file(ctx.label.name + ".sysroot.tar")
    args = _arguments(ctx, zig.cpu, zig.wheel, ctx.attr.cpu, ctx.attr.libc, ctx.attr.libc_version)
    args.add("--driver", zig.driver)
    args.add_all(ctx.files.packages, before_each = "--package")
    args.add("--out-sysroot", sysroot)
    run_program(
        ctx,
        program = "make_sysroot",
        action = "sysroot",
        what = "a sysroot for {} with {} {}".format(ctx.attr.cpu, ctx.attr.libc, ctx.attr.libc_version),
        arguments = args,
        inputs = [zig.wheel, zig.driver] + ctx.files.packages,
        outputs = [sysroot],
    )
    programs = []
    for name in _NAMES:
        program = ctx.actions.declare_file("{}.bin/{}".format(ctx.label.name, name))
        ctx.actions.symlink(output = program, target_file = zig.driver, is_executable = True)
        programs.append(program)
    return [
        DefaultInfo(files = depset([sysroot])),
        platform_common.ToolchainInfo(cc = hermetic_tools(
            label = ctx.label,
            files = [("sysroot.tar", sysroot), ("zig", zig.zig)],
            programs = programs,
            root = _ROOT,
        )),
    ]

zig_cc_toolchain = rule(
    implementation = _zig_cc_toolchain_impl,
    attrs = PROGRAM_ATTRS | TRANSITION_ATTRS | {
        "cpu": attr.string(
            doc = "CPU to compile for.",
            mandatory = True,
        ),
        "libc": attr.string(
            doc = "C library to compile for.",
            mandatory = True,
            values = ["glibc", "musl"],
        ),
        "libc_version": attr.string(
            doc = "Oldest version of the C library that the code runs with.",
            mandatory = True,
        ),
        "packages": attr.label_list(
            doc = "Debian packages with headers, glibc, libgcc and libstdc++; if there are none, those of the wheel `ziglang` are used.",
            allow_files = [".deb"],
        ),
        "zig": attr.label(
            doc = "The compilers.",
            mandatory = True,
            providers = [ZigInfo],
        ),
    },
    cfg = for_any_version,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Declares clang and lld with a sysroot for one target. Wrap it in `toolchain(toolchain_type = \"//toolchains/cc:toolchain_type\")`.",
)
