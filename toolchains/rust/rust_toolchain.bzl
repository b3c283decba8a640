"""The Rust compiler and cargo of a build."""

load("//rules:contract.bzl", "BUILD_ROOT")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "TRANSITION_ATTRS", "run_program")
load("//toolchains:tools.bzl", "TOOLS_ATTRS", "tools_info")
load("//toolchains/python:python_version.bzl", "for_any_version")

# The C compilers and the archiver, by the beginning of the variable that names each for one target.
_PROGRAMS = {"AR": "ar", "CC": "cc", "CXX": "c++"}

def _checked_version(ctx):
    """Declares an action that compares the version of rustc with that of the lock; returns its output."""
    checked = ctx.actions.declare_file(ctx.label.name + ".version")
    (rustc,) = [program for program in ctx.files.programs if program.basename == "rustc"]
    args = ctx.actions.args()
    args.add("--tool", str(ctx.label))
    args.add("--version", "rustc " + ctx.attr.version)
    args.add("--program", rustc)
    args.add("--out", checked)
    run_program(
        ctx,
        program = "check_version",
        action = "version",
        what = "the version of " + ctx.label.name,
        arguments = args,
        inputs = [rustc],
        outputs = [checked],
        tools = [depset(ctx.files.data)],
    )
    return checked

def variables_of_triples(exec_triple, triple):
    """Returns the variables with which cargo compiles for another machine than the one it runs on.

    Args:
      exec_triple: (str) Target triple of the machine that compiles.
      triple: (str) Target triple to compile for; empty for the machine's.

    Returns:
      (dict of str to str) The variables; empty if the triples are equal.
    """
    if not triple or exec_triple == triple:
        return {}
    variables = {
        "CARGO_BUILD_TARGET": triple,
        _cargo(triple, "LINKER"): "cc",
        _cargo(exec_triple, "LINKER"): "exec-cc",
    }

    # Build scripts that compile C: https://docs.rs/cc/latest/cc/#external-configuration-via-environment-variables
    for prefix, of in [("", triple), ("exec-", exec_triple)]:
        for variable, program in _PROGRAMS.items():
            variables["{}_{}".format(variable, of.replace("-", "_"))] = prefix + program
    return variables

def _cargo(triple, key):
    """Returns the variable of a setting for one target: https://doc.rust-lang.org/cargo/reference/config.html."""
    return "CARGO_TARGET_{}_{}".format(triple.upper().replace("-", "_"), key)

def _rust_sysroot_toolchain_impl(ctx):
    checked = [_checked_version(ctx)] if ctx.attr.version else []
    variables = variables_of_triples(ctx.attr.exec_triple, ctx.attr.target_triple)
    tools = tools_info(ctx, BUILD_ROOT + "/rust", data = checked, env = variables)
    return [platform_common.ToolchainInfo(rust = tools)]

rust_sysroot_toolchain = rule(
    implementation = _rust_sysroot_toolchain_impl,
    attrs = TOOLS_ATTRS | PROGRAM_ATTRS | TRANSITION_ATTRS | {
        "exec_triple": attr.string(doc = "Target triple of the machine that compiles, such as `x86_64-unknown-linux-gnu`."),
        "target_triple": attr.string(doc = "Target triple to compile for; empty for the machine's."),
        "version": attr.string(doc = "X.Y.Z version of rustc, which is checked before the first use; empty to not check it."),
    },
    cfg = for_any_version,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Declares a Rust: its `programs` are rustc and cargo, its `data` the rest of the sysroot. Wrap it in `toolchain(toolchain_type = \"//toolchains/rust:toolchain_type\")`.",
)
