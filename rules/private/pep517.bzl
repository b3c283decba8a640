"""What every call of a build backend shares: its attributes, its inputs and its arguments."""

load("//rules:contract.bzl", "DEFAULT_JOBS", "DEFAULT_SIZE")
load("//rules:providers.bzl", "ProgramsInfo", "SdistInfo", "WheelInfo")
load("//rules/private:crates.bzl", "add_source")
load("//rules/private:resources.bzl", "IN_MEMORY", "RESOURCE_SETS")
load("//rules/private:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "interpreter_of", "run_program")
load("//rules/private:timeout.bzl", "SecondsInfo")
load("//toolchains:types.bzl", "ACCELERATOR", "CC", "PYTHON", "RUST")

visibility("//rules/private")

BACKEND_ATTRS = PROGRAM_ATTRS | {
    "accelerator": attr.bool(doc = "Whether the build uses the platform's accelerator; only then is it an input."),
    "build_dir": attr.string(
        doc = "Folder in the source that holds pyproject.toml or setup.py.",
        default = ".",
    ),
    "build_requires": attr.label_list(
        doc = "Every wheel of the build environment: build requirements and what they need in turn, one version of each.",
        providers = [WheelInfo],
    ),
    "config_settings": attr.string_list_dict(doc = "Settings for the backend."),
    "env": attr.string_list(doc = "Variables in order as NAME=TEMPLATE, each seeing those before it: $X, ${X}, ${X:-default}."),
    "jobs": attr.int(
        doc = "Processes that the build may start at a time: MAX_JOBS and its kin.",
        default = DEFAULT_JOBS,
    ),
    "resources": attr.string(
        doc = "What the build takes of the machine.",
        default = DEFAULT_SIZE,
        values = RESOURCE_SETS.keys(),
    ),
    "rust": attr.bool(doc = "Whether the build needs Rust."),
    "source": attr.label(
        doc = "The source, patched; for a wheel, and metadata, with its crates.",
        mandatory = True,
        providers = [SdistInfo],
    ),
    "_timeout": attr.label(
        doc = "Limit of the backend's time.",
        default = "//rules:build_timeout",
        providers = [SecondsInfo],
    ),
}

BACKEND_TOOLCHAINS = PROGRAM_TOOLCHAINS + [
    CC,
    config_common.toolchain_type(RUST, mandatory = False),
    config_common.toolchain_type(ACCELERATOR, mandatory = False),
]

def _check_versions(ctx):
    """An environment holds one version of a package; the plan chose it, this is where a hand-written target is caught."""
    seen = {}
    for target in ctx.attr.build_requires:
        info = target[WheelInfo]
        other = seen.get(info.package)
        if other:
            fail("{}: build_requires has {} {} ({}) and {} ({}); keep one.".format(
                ctx.label,
                info.package,
                other.version,
                other.label,
                info.version,
                info.label,
            ))
        seen[info.package] = info

def _toolchain_parts(ctx):
    """Returns (inputs, variables) of the toolchains that this build uses beside Python."""
    used = [ctx.toolchains[CC].cc]
    variables = dict(used[0].env)
    if ctx.attr.rust:
        if not ctx.toolchains[RUST]:
            fail(("{}: {} needs Rust, and no rust toolchain is registered for this platform: no rustc with cargo beside it was " +
                  "found on PATH. Install Rust (rustup, or Debian's cargo), or register a toolchain of //toolchains/rust:toolchain_type.").format(
                ctx.label,
                ctx.attr.source[SdistInfo].package,
            ))
        used.append(ctx.toolchains[RUST].rust)
    if ctx.attr.accelerator and ctx.toolchains[ACCELERATOR]:
        used.append(ctx.toolchains[ACCELERATOR].accelerator)
        variables.update(used[-1].env)
    fingerprints = [info.fingerprint for info in used if info.fingerprint]
    return [depset(fingerprints + [used[0].tools])] + [info.files for info in used], variables

def backend_arguments(ctx, log):
    """Says what a program must know to call the backend.

    Args:
      ctx: (ctx) Context of a rule with BACKEND_ATTRS and BACKEND_TOOLCHAINS.
      log: (File) The backend's log, an output.

    Returns:
      (Args, list of File, list of depset): the arguments, the files of the source, and those of the toolchains.
    """
    _check_versions(ctx)
    toolchain_files, variables = _toolchain_parts(ctx)
    source = ctx.attr.source[SdistInfo]
    args = ctx.actions.args()
    args.add("--package", source.package)
    args.add("--version", source.version)
    inputs = add_source(args, ctx.attr.source)
    args.add("--build-dir", ctx.attr.build_dir)
    args.add_all([target[WheelInfo].installed for target in ctx.attr.build_requires], before_each = "--tool")
    args.add("--interpreter", interpreter_of(ctx.toolchains[PYTHON].python))
    args.add("--cc-tools", ctx.toolchains[CC].cc.tools)
    if ctx.attr.rust:
        args.add("--rust-sysroot", ctx.toolchains[RUST].rust.sysroot_path)
    args.add_all(["{}={}".format(name, value) for name, value in variables.items()], format_each = "--toolchain-env=%s")
    args.add_all(ctx.attr.env, format_each = "--env=%s")
    add_lists(args, "--config-setting", ctx.attr.config_settings)
    args.add("--jobs", ctx.attr.jobs)
    if ctx.var["COMPILATION_MODE"] == "dbg":
        args.add("--debug-information")
    if ctx.attr.resources not in IN_MEMORY:
        args.add("--on-disk")
    args.add("--timeout", ctx.attr._timeout[SecondsInfo].seconds)
    args.add("--inside", ctx.attr._programs[ProgramsInfo].inside)
    args.add("--log", log)
    return args, inputs, toolchain_files

def add_lists(args, flag, lists):
    """Adds FLAG=NAME=VALUE for each value of each name.

    Args:
      args: (Args) A program's arguments.
      flag: (str) The flag.
      lists: (dict of list of str) Values by name.
    """
    for name, values in lists.items():
        args.add_all(["{}={}".format(name, value) for value in values], format_each = flag + "=%s")

def run_backend(ctx, program, action, arguments, inputs, outputs, tools):
    """Declares an action that calls the backend.

    Args:
      ctx: (ctx) Context of a rule with BACKEND_ATTRS and BACKEND_TOOLCHAINS.
      program: (str) Name of the program.
      action: (str) Name of the action in the contract's ACTIONS.
      arguments: (Args) From backend_arguments, with the program's own.
      inputs: (list of File) From backend_arguments.
      outputs: (list of File) Its outputs, the log among them.
      tools: (list of depset of File) From backend_arguments.
    """
    source = ctx.attr.source[SdistInfo]
    run_program(
        ctx,
        program = program,
        arguments = arguments,
        inputs = inputs + [ctx.attr._programs[ProgramsInfo].inside] + [target[WheelInfo].installed for target in ctx.attr.build_requires],
        outputs = outputs,
        action = action,
        what = "{} {}".format(source.package, source.version),
        tools = tools,
        resource_set = RESOURCE_SETS[ctx.attr.resources],
    )
