"""The rule that builds one wheel from its source."""

load("//rules:providers.bzl", "CratesInfo", "ProgramsInfo", "SdistInfo", "WheelInfo")
load("//rules/private:crates.bzl", "add_crates", "crate_files")
load("//rules/private:resources.bzl", "RESOURCE_SETS")
load("//rules/private:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "interpreter_of", "run_program")
load("//rules/private:timeout.bzl", "SecondsInfo")
load("//rules/private:wheel_install.bzl", "declare_installed")
load("//toolchains:types.bzl", "ACCELERATOR", "CC", "PYTHON", "RUST")

visibility("//rules/...")

_DOC = """Builds a wheel by PEP 517, in a closed world: no network, its own HOME and /tmp, and of build requirements just
those named, in just those versions.

    pep517_wheel(
        name = "wheel",
        source = ":source",
        build_requires = [
            "//packages/pbr/7.0.3:wheel",
            "//packages/setuptools/80.9.0:wheel",
        ],
    )

The wheel is in a folder of its own under its real file name; `--output_groups=log` gives the build's log.
"""

_ATTRS = {
    "accelerator": attr.bool(doc = "Whether the build uses the platform's accelerator; only then is it an input."),
    "build_dir": attr.string(
        doc = "Folder in the source that holds pyproject.toml or setup.py.",
        default = ".",
    ),
    "build_requires": attr.label_list(
        doc = "Every wheel of the build environment: build requirements and what they need in turn, one version of each.",
        providers = [WheelInfo],
    ),
    "build_tag": attr.string(doc = "Build tag of the file name, such as 1."),
    "config_settings": attr.string_list_dict(doc = "Settings for the backend."),
    "env": attr.string_list(doc = "Variables in order as NAME=TEMPLATE, each seeing those before it: $X, ${X}, ${X:-default}."),
    "install_requires": attr.string_list(doc = "Names that the wheel's metadata may require."),
    "jobs": attr.int(
        doc = "Processes that the build may start at a time: MAX_JOBS and its kin.",
        default = 2,
    ),
    "requirements": attr.string_list_dict(doc = "The build requirements as they were asked for, by kind: build-system, build-backend, build-sdist."),
    "resources": attr.string(
        doc = "What the build takes of the machine.",
        default = "small",
        values = RESOURCE_SETS.keys(),
    ),
    "rust": attr.bool(doc = "Whether the build needs Rust."),
    "source": attr.label(
        doc = "The source, patched and vendored.",
        mandatory = True,
        providers = [SdistInfo],
    ),
    "_timeout": attr.label(
        doc = "Limit of the backend's time.",
        default = "//rules:build_timeout",
        providers = [SecondsInfo],
    ),
}

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

def _crates(ctx):
    """Returns the source's CratesInfo, None where it needs no crates."""
    return ctx.attr.source[CratesInfo] if CratesInfo in ctx.attr.source else None

def _source_files(ctx):
    crates = _crates(ctx)
    return [crates.source] + crate_files(crates) if crates else [ctx.attr.source[SdistInfo].archive]

def _arguments(ctx, variables, log):
    source = ctx.attr.source[SdistInfo]
    args = ctx.actions.args()
    args.add("--package", source.package)
    args.add("--version", source.version)
    crates = _crates(ctx)
    if crates:
        args.add("--source", crates.source)
        add_crates(args, crates)
    else:
        args.add("--source", source.archive)
    args.add("--build-dir", ctx.attr.build_dir)
    args.add_all([target[WheelInfo].installed for target in ctx.attr.build_requires], before_each = "--tool")
    args.add("--interpreter", interpreter_of(ctx.toolchains[PYTHON].python))
    args.add("--cc-tools", ctx.toolchains[CC].cc.tools)
    if ctx.attr.rust:
        args.add("--rust-sysroot", ctx.toolchains[RUST].rust.sysroot_path)
    args.add_all(["{}={}".format(name, value) for name, value in variables.items()], format_each = "--toolchain-env=%s")
    args.add_all(ctx.attr.env, format_each = "--env=%s")
    for flag, lists in [("--config-setting", ctx.attr.config_settings), ("--requirement", ctx.attr.requirements)]:
        for name, values in lists.items():
            args.add_all(["{}={}".format(name, value) for value in values], format_each = flag + "=%s")
    args.add_all(ctx.attr.install_requires, format_each = "--install-requires=%s")
    args.add("--jobs", ctx.attr.jobs)
    if ctx.attr.resources != "small":
        args.add("--on-disk")
    args.add("--build-tag={}".format(ctx.attr.build_tag))
    args.add("--timeout", ctx.attr._timeout[SecondsInfo].seconds)
    args.add("--inside", ctx.attr._programs[ProgramsInfo].inside)
    args.add("--log", log)
    return args

def _pep517_wheel_impl(ctx):
    _check_versions(ctx)
    source = ctx.attr.source[SdistInfo]
    toolchain_files, variables = _toolchain_parts(ctx)
    wheel = ctx.actions.declare_directory(ctx.label.name)
    log = ctx.actions.declare_file(ctx.label.name + ".log")
    args = _arguments(ctx, variables, log)
    args.add_all("--out", [wheel], expand_directories = False)
    run_program(
        ctx,
        program = "build_wheel",
        arguments = args,
        inputs = _source_files(ctx) + [ctx.attr._programs[ProgramsInfo].inside] + [target[WheelInfo].installed for target in ctx.attr.build_requires],
        outputs = [wheel, log],
        mnemonic = "FromagerWheel",
        progress = "Building {} {}".format(source.package, source.version),
        tools = toolchain_files,
        resource_set = RESOURCE_SETS[ctx.attr.resources],
    )
    installed = declare_installed(ctx, wheel, source.package, source.version)
    return [
        DefaultInfo(files = depset([wheel])),
        OutputGroupInfo(log = depset([log])),
        WheelInfo(
            label = ctx.label,
            package = source.package,
            version = source.version,
            wheel = wheel,
            installed = installed.tar,
            site_packages = installed.folder,
            prebuilt = False,
        ),
    ]

pep517_wheel = rule(
    implementation = _pep517_wheel_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS + [
        CC,
        config_common.toolchain_type(RUST, mandatory = False),
        config_common.toolchain_type(ACCELERATOR, mandatory = False),
    ],
    doc = _DOC,
)
