"""Rule that builds one wheel from its source."""

load("//rules:providers.bzl", "SdistInfo", "WheelInfo")
load("//rules/private:external.bzl", "add_graft")
load("//rules/private:pep517.bzl", "BACKEND_ATTRS", "BACKEND_FRAGMENTS", "BACKEND_TOOLCHAINS", "add_lists", "backend_arguments", "run_backend")
load("//rules/private:repair.bzl", "REPAIR_ATTRS", "declare_repaired")
load("//rules/private:wheel_install.bzl", "declare_installed")

visibility("//rules/...")

_DOC = """Builds a wheel with its PEP 517 build backend, in isolation.

The build has no network access, its own HOME and /tmp, and an environment with exactly the wheels in `build_requires`.
See https://peps.python.org/pep-0517/.

    pep517_wheel(
        name = "wheel",
        source = ":source",
        build_requires = [
            "//packages/pbr/7.0.3:wheel",
            "//packages/setuptools/80.9.0:wheel",
        ],
    )

The output is a folder that contains only the wheel, under the file name that the backend chose. Use
`bazel build --output_groups=log` to get the build log.
"""

_ATTRS = {
    "build_settings": attr.string(doc = "The settings of the package as JSON, which the wheel contains as `fromager-build-settings`."),
    "build_tag": attr.string(doc = "Build tag in the file name of the wheel, such as `1`."),
    "graft": attr.bool(doc = "Whether the shared libraries of `external` that the wheel loads are copied into it."),
    "install_requires": attr.string_list(doc = "Names of the packages that the wheel's metadata may require."),
    "pin_requires": attr.string_list(doc = "Requirements of the wheel that get other versions: `NAME SPECIFIER`, with a leading `?` if the wheel need not have such a requirement."),
    "platlib_build_tag": attr.string(doc = "Build tag in place of `build_tag` if the wheel is not for any platform. Empty if it is the same."),
    "requirements": attr.string_list_dict(doc = "The build requirements as written in the graph, by kind: build-system, build-backend, build-sdist."),
    "requires_external": attr.string_list(doc = "Values of `Requires-External` that are added to the wheel's metadata."),
    "sbom": attr.string_list_dict(doc = "What the wheel's SBOMs state: `purl`, `upstream`, `supplier`, `namespace` and `creators`. `additions` may name `cyclonedx` and `crate_licenses`. Empty if the wheel gets no SBOM."),
}

_SBOM_STATES = ("namespace", "purl", "supplier", "upstream")

def _add_sbom(ctx, args):
    """Adds what the SBOMs state, and the build environment, which is one of the things that they list."""
    missing = [name for name in _SBOM_STATES if not ctx.attr.sbom.get(name)]
    if missing:
        fail("{}: sbom has no {}.".format(ctx.label, ", ".join(missing)))
    add_lists(args, "--sbom", ctx.attr.sbom)
    for target in ctx.attr.build_requires:
        args.add("--built-with={}={}".format(target[WheelInfo].package, target[WheelInfo].version))

def _add_planned(ctx, args):
    """Adds what the plan says about the wheel after its build; returns inputs of the action."""
    args.add_all(ctx.attr.install_requires, format_each = "--install-requires=%s")
    args.add_all(ctx.attr.pin_requires, format_each = "--pin-requires=%s")
    args.add("--build-tag={}".format(ctx.attr.build_tag))
    if ctx.attr.platlib_build_tag:
        args.add("--platlib-build-tag={}".format(ctx.attr.platlib_build_tag))
    if ctx.attr.build_settings:
        args.add("--build-settings={}".format(ctx.attr.build_settings))
    args.add_all(ctx.attr.requires_external, format_each = "--requires-external=%s")
    if ctx.attr.sbom:
        _add_sbom(ctx, args)
    return add_graft(ctx, args) if ctx.attr.graft else []

def _pep517_wheel_impl(ctx):
    source = ctx.attr.source[SdistInfo]
    wheel = ctx.actions.declare_directory(ctx.label.name)
    built = declare_repaired(ctx, wheel, "{} {}".format(source.package, source.version))
    log = ctx.actions.declare_file(ctx.label.name + ".log")
    call = backend_arguments(ctx, log, ["add_extra_metadata_to_wheels", "build_wheel", "update_extra_environ"])
    args = call.args
    add_lists(args, "--requirement", ctx.attr.requirements)
    graft_inputs = _add_planned(ctx, args)
    args.add_all("--out", [built], expand_directories = False)
    run_backend(
        ctx,
        program = "build_wheel",
        action = "wheel",
        call = call,
        inputs = graft_inputs,
        outputs = [built],
    )
    installed = declare_installed(ctx, wheel, source.package, source.version)
    return [
        DefaultInfo(files = depset([wheel])),
        OutputGroupInfo(log = depset([log]), plugin = depset(call.plugin_out)),
        WheelInfo(
            label = ctx.label,
            package = source.package,
            version = source.version,
            wheel = wheel,
            install_requires = ctx.attr.install_requires,
            installed = installed.tar,
            site_packages = installed.folder,
            prebuilt = False,
        ),
    ]

pep517_wheel = rule(
    implementation = _pep517_wheel_impl,
    attrs = _ATTRS | BACKEND_ATTRS | REPAIR_ATTRS,
    fragments = BACKEND_FRAGMENTS,
    toolchains = BACKEND_TOOLCHAINS,
    doc = _DOC,
)
