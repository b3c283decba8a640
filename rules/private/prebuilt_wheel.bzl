"""Rule for a published wheel that the settings use as it is. Published wheels enter a build only through this rule."""

load("//rules:providers.bzl", "WheelInfo")
load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")
load("//rules/private:wheel_install.bzl", "declare_installed")

visibility("//rules/...")

_ATTRS = {
    "file": attr.label(
        doc = "The wheel, with a known sha256.",
        allow_single_file = [".whl"],
        mandatory = True,
    ),
    "install_requires": attr.string_list(doc = "Names of the packages that the wheel's metadata may require."),
    "package": attr.string(
        doc = "Canonical name.",
        mandatory = True,
    ),
    "strict": attr.bool(doc = "Whether faults in RECORD that pip and uv ignore are errors. By default they are warnings."),
    "version": attr.string(
        doc = "PEP 440 version.",
        mandatory = True,
    ),
}

def _prebuilt_wheel_impl(ctx):
    wheel = ctx.actions.declare_directory(ctx.label.name)
    args = ctx.actions.args()
    args.add("--package", ctx.attr.package)
    args.add("--version", ctx.attr.version)
    args.add("--wheel", ctx.file.file)
    args.add_all(ctx.attr.install_requires, format_each = "--install-requires=%s")
    if ctx.attr.strict:
        args.add("--strict")
    args.add_all("--out", [wheel], expand_directories = False)
    run_program(
        ctx,
        program = "prebuilt_wheel",
        arguments = args,
        inputs = [ctx.file.file],
        outputs = [wheel],
        action = "prebuilt",
        what = "{} {} as published".format(ctx.attr.package, ctx.attr.version),
    )
    installed = declare_installed(ctx, wheel, ctx.attr.package, ctx.attr.version, published = True)
    return [
        DefaultInfo(files = depset([wheel])),
        WheelInfo(
            label = ctx.label,
            package = ctx.attr.package,
            version = ctx.attr.version,
            wheel = wheel,
            install_requires = ctx.attr.install_requires,
            installed = installed.tar,
            site_packages = installed.folder,
            prebuilt = True,
        ),
    ]

prebuilt_wheel = rule(
    implementation = _prebuilt_wheel_impl,
    attrs = _ATTRS | PROGRAM_ATTRS,
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Checks the name, version and requirements of a published wheel, and provides it like a wheel of `pep517_wheel`.",
)
