"""Attributes, inputs and arguments that all calls of a build backend share."""

load("//rules:contract.bzl", "DEFAULT_JOBS", "DEFAULT_SIZE")
load("//rules:providers.bzl", "ProgramsInfo", "SdistInfo", "WheelInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "TRANSITION_ATTRS", "run_program")
load("//rules/private:crates.bzl", "add_source")
load("//rules/private:cross.bzl", "CROSS_ATTRS", "add_exec_cc", "exec_cc")
load("//rules/private:external.bzl", "EXTERNAL_ATTR", "EXTERNAL_TOOLCHAIN", "external_tools")
load("//rules/private:file_order.bzl", "FileOrderInfo")
load("//rules/private:plugin.bzl", "PLUGIN_ATTR", "add_plugin")
load("//rules/private:python.bzl", "add_python")
load("//rules/private:resources.bzl", "IN_MEMORY", "RESOURCE_SETS")
load("//rules/private:timeout.bzl", "SecondsInfo")
load("//rules/private:tools.bzl", "add_inputs_link", "add_tools")
load("//toolchains:types.bzl", "ACCELERATOR", "CC", "POSIX", "RUST", "TARGET_PYTHON")
load("//toolchains/platforms:build_tools.bzl", "for_build_tools")

visibility("//rules/private")

BACKEND_ATTRS = PROGRAM_ATTRS | CROSS_ATTRS | EXTERNAL_ATTR | PLUGIN_ATTR | TRANSITION_ATTRS | {
    "accelerator": attr.bool(doc = "Whether the build uses the accelerator of the platform. The accelerator is an input of the build only if this is set."),
    "accelerator_variant": attr.string(doc = "Variant whose accelerator the build can't do without: a platform without an accelerator is an error that names the variant. Empty if the build goes on without."),
    "build_dir": attr.string(
        doc = "Folder in the source that contains `pyproject.toml` or `setup.py`.",
        default = ".",
    ),
    "build_requires": attr.label_list(
        cfg = for_build_tools,
        doc = "All wheels of the build environment: the build requirements and their dependencies, one version of each package. They are for the platform that runs builds.",
        providers = [WheelInfo],
    ),
    "config_settings": attr.string_list_dict(doc = "Values of `config_settings` for the backend, by name."),
    "env": attr.string_list(doc = "Environment variables as NAME=TEMPLATE. A template can refer to variables that precede it as $X, ${X} or ${X:-default}."),
    "jobs": attr.int(
        doc = "Number of processes that the build may start at a time. Sets MAX_JOBS and similar variables.",
        default = DEFAULT_JOBS,
    ),
    "resources": attr.string(
        doc = "Size of the build: how many cores and how much memory are declared to Bazel.",
        default = DEFAULT_SIZE,
        values = RESOURCE_SETS.keys(),
    ),
    "rust": attr.bool(doc = "Whether the build uses Rust."),
    "source": attr.label(
        doc = "The patched source. A wheel or metadata target also needs the source's crates, from `sdist_vendor`.",
        mandatory = True,
        providers = [SdistInfo],
    ),
    "_file_order": attr.label(
        doc = "Order of the files in each folder of the build.",
        default = "//rules:file_order",
        providers = [FileOrderInfo],
    ),
    "_timeout": attr.label(
        doc = "Time limit of the backend.",
        default = "//rules:build_timeout",
        providers = [SecondsInfo],
    ),
}

BACKEND_TOOLCHAINS = PROGRAM_TOOLCHAINS + [
    POSIX,
    config_common.toolchain_type(TARGET_PYTHON, mandatory = False),
    config_common.toolchain_type(CC, mandatory = False),
    config_common.toolchain_type(RUST, mandatory = False),
    EXTERNAL_TOOLCHAIN,
    config_common.toolchain_type(ACCELERATOR, mandatory = False),
]

# An error about a missing toolchain names the platform.
BACKEND_FRAGMENTS = ["platform"]

_NO_ACCELERATOR = (
    "{label}: {package} needs the accelerator of the variant {variant}, but no toolchain of " +
    "//toolchains/accelerator:toolchain_type is for the platform {platform}. Pin CUDA with `fromager-gen toolchains add cuda " +
    "VERSION --arch ARCH --output WORKSPACE`, and build for a platform with it, such as " +
    "--platforms=//toolchains/platforms:linux_x86_64_glibc_2_28_cuda_13_5. Or register a toolchain of your own with --extra_toolchains."
)

def _check_versions(ctx):
    """Fails if build_requires has two versions of a package. Generated targets never do, but hand-written ones may."""
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

def _used_toolchains(ctx):
    """Returns the ToolsInfo of each toolchain other than Python that this build uses."""
    if not ctx.toolchains[CC]:
        fail(("{}: no C compiler is registered for the platform {}: no toolchain of //toolchains/cc:toolchain_type is for it. To pin one, " +
              "generate the workspace with --toolchains=hermetic --platform {}.").format(
            ctx.label,
            ctx.fragments.platform.platform,
            ctx.fragments.platform.platform.name,
        ))
    used = [ctx.toolchains[POSIX].posix, ctx.toolchains[CC].cc]
    if ctx.attr.rust:
        if not ctx.toolchains[RUST]:
            fail(("{}: {} needs Rust, but no Rust is registered for the platform {}: none is pinned for it, and the machine has no rustc with cargo " +
                  "for this CPU. Pin one (`fromager-gen toolchains add rust ADDRESS... --output WORKSPACE`), install Rust (rustup, or Debian's " +
                  "cargo), or register a toolchain of //toolchains/rust:toolchain_type.").format(
                ctx.label,
                ctx.attr.source[SdistInfo].package,
                ctx.fragments.platform.platform.name,
            ))
        used.append(ctx.toolchains[RUST].rust)
    used += external_tools(ctx, ctx.attr.source[SdistInfo].package)
    if ctx.attr.accelerator and ctx.toolchains[ACCELERATOR]:
        used.append(ctx.toolchains[ACCELERATOR].accelerator)
    elif ctx.attr.accelerator and ctx.attr.accelerator_variant:
        fail(_NO_ACCELERATOR.format(
            label = ctx.label,
            package = ctx.attr.source[SdistInfo].package,
            platform = ctx.fragments.platform.platform,
            variant = ctx.attr.accelerator_variant,
        ))
    return used

def backend_arguments(ctx, log, called = []):
    """Returns the arguments and inputs of a program that calls the backend.

    Args:
      ctx: (ctx) Context of a rule with BACKEND_ATTRS and BACKEND_TOOLCHAINS.
      log: (File) Output file for the backend's log.
      called: (list of str) Functions of a plugin that the program calls.

    Returns:
      (struct) `args`: (Args) The arguments. `inputs`: (list of File) Files of the source and of the plugin. `tools`:
      (list of depset of File) Files of the toolchains. `log`: (File) The log. `plugin_out`: (list of File) The folder of
      a plugin that takes part, or nothing.
    """
    _check_versions(ctx)
    used = _used_toolchains(ctx)
    source = ctx.attr.source[SdistInfo]
    args = ctx.actions.args()
    args.add("--package", source.package)
    args.add("--version", source.version)
    inputs = add_source(args, ctx.attr.source)
    args.add("--build-dir", ctx.attr.build_dir)
    args.add_all([target[WheelInfo].installed for target in ctx.attr.build_requires], before_each = "--tool")
    tools = add_python(ctx, args) + add_tools(args, used)
    for_exec = exec_cc(ctx)
    if for_exec:
        tools += add_exec_cc(args, for_exec)
    add_inputs_link(args, used + ([for_exec] if for_exec else []))
    args.add_all(ctx.attr.env, format_each = "--env=%s")
    add_lists(args, "--config-setting", ctx.attr.config_settings)
    args.add("--jobs", ctx.attr.jobs)
    if ctx.var["COMPILATION_MODE"] == "dbg":
        args.add("--debug-information")
    if ctx.attr.resources not in IN_MEMORY:
        args.add("--on-disk")
    if ctx.attr._file_order[FileOrderInfo].is_reversed:
        args.add("--reverse-order")
    args.add("--timeout", ctx.attr._timeout[SecondsInfo].seconds)
    args.add("--inside", ctx.attr._programs[ProgramsInfo].inside)
    args.add("--log", log)
    args.add_all(ctx.attr.external, before_each = "--external")
    args.add("--dependencies", ctx.file._dependencies)
    plugin, plugin_out = add_plugin(ctx, args, called)
    return struct(args = args, inputs = inputs + plugin, tools = tools, log = log, plugin_out = plugin_out)

def add_lists(args, flag, lists):
    """Adds FLAG=NAME=VALUE for each value of each name.

    Args:
      args: (Args) A program's arguments.
      flag: (str) The flag.
      lists: (dict of list of str) Values by name.
    """
    for name, values in lists.items():
        args.add_all(["{}={}".format(name, value) for value in values], format_each = flag + "=%s")

def run_backend(ctx, program, action, call, outputs, inputs = []):
    """Declares an action that calls the backend.

    Args:
      ctx: (ctx) Context of a rule with BACKEND_ATTRS and BACKEND_TOOLCHAINS.
      program: (str) Name of the program.
      action: (str) Name of the action in the contract's ACTIONS.
      call: (struct) From backend_arguments, with the additional arguments of the program.
      outputs: (list of File) Outputs of the action, without the log.
      inputs: (list of File) Inputs of the action that the program has in addition.
    """
    source = ctx.attr.source[SdistInfo]
    run_program(
        ctx,
        program = program,
        arguments = call.args,
        inputs = call.inputs + inputs + [ctx.file._dependencies, ctx.attr._programs[ProgramsInfo].inside] + [target[WheelInfo].installed for target in ctx.attr.build_requires],
        outputs = outputs + [call.log] + call.plugin_out,
        action = action,
        what = "{} {}".format(source.package, source.version),
        tools = call.tools,
        resource_set = RESOURCE_SETS[ctx.attr.resources],
    )
