"""A Python toolchain of rules_python as the Python of builds."""

load("//rules:contract.bzl", "CPUS", "LIBC_VERSIONS")
load("//toolchains/python:pinned_python.bzl", "PACK_ATTRS", "pack_python")

# Parts of a standard library that no build uses.
_LEFT_OUT = ["/__pycache__/", "/config-", "/dist-packages/", "/idlelib/", "/site-packages/", "/test/", "/tests/", "/tkinter/", "/turtledemo/"]

def _version(ctx, runtime):
    info = getattr(runtime, "interpreter_version_info", None)
    found = "{}.{}".format(info.major, info.minor) if info else ""
    flags = getattr(runtime, "abi_flags", "")
    if found and "t" in flags:
        found += "t"
    if found and ctx.attr.version and found != ctx.attr.version:
        fail("{}: version = \"{}\", but {} is Python {}".format(ctx.label, ctx.attr.version, ctx.attr.runtime.label, found))
    if not found and not ctx.attr.version:
        fail("{}: {} does not say its version; set `version`".format(ctx.label, ctx.attr.runtime.label))
    return found or ctx.attr.version

def _adapted_python_toolchain_impl(ctx):
    runtime = getattr(ctx.attr.runtime[platform_common.ToolchainInfo], "py3_runtime", None)
    if not runtime:
        fail("{}: {} has no `py3_runtime`, as toolchains of rules_python have".format(ctx.label, ctx.attr.runtime.label))
    if not runtime.interpreter:
        fail(("{}: {} is the interpreter {} of the machine, which is not an input of its actions. The machine's Python is " +
              "registered by the generated workspace, with a fingerprint; leave it to that").format(
            ctx.label,
            ctx.attr.runtime.label,
            runtime.interpreter_path,
        ))
    root, _, _ = runtime.interpreter.path.rpartition("/bin/")
    below = [file for file in runtime.files.to_list() if file.path.startswith(root + "/")]
    files = [file for file in below if not [part for part in _LEFT_OUT if part in file.path[len(root):]]]
    python = struct(cpu = ctx.attr.cpu, files = files, libc = ctx.attr.libc, root = root, version = _version(ctx, runtime))
    return pack_python(ctx, python, runtime.interpreter)

adapted_python_toolchain = rule(
    implementation = _adapted_python_toolchain_impl,
    attrs = PACK_ATTRS | {
        "cpu": attr.string(
            doc = "Its CPU.",
            mandatory = True,
            values = CPUS,
        ),
        "libc": attr.string(
            doc = "Its C library.",
            default = "glibc",
            values = LIBC_VERSIONS.keys(),
        ),
        "runtime": attr.label(
            doc = "The toolchain: a `py_runtime_pair`, or `@rules_python//python:current_py_toolchain`.",
            mandatory = True,
            providers = [platform_common.ToolchainInfo],
        ),
        "version": attr.string(doc = "X.Y version, X.Yt for a free-threaded Python; required if the toolchain does not say it."),
    },
    doc = "Makes the Python of builds out of a hermetic toolchain of rules_python. Wrap it in `toolchain(toolchain_type = \"//toolchains/python:toolchain_type\")`.",
)
