"""Action that tags a wheel for the platform that it was built for."""

load("//rules:run.bzl", "run_program")
load("//rules/private:cross.bzl", "PLATFORM_ATTR")
load("//toolchains/platforms:wheel_platform.bzl", "WheelPlatformInfo")

visibility("//rules/private")

REPAIR_ATTRS = {
    "_platform": PLATFORM_ATTR,
    "_wheel_libraries": attr.label(
        doc = "Libraries that check the ELF files of wheels.",
        default = "//rules:wheel_libraries",
        allow_single_file = True,
    ),
}

def declare_repaired(ctx, wheel, name):
    """Declares the folder that a backend writes to, and the action that makes the final wheel from it.

    Wheels for the platform of the machine keep the tag of their backend, so they need no action.

    Args:
      ctx: (ctx) Context of a rule with REPAIR_ATTRS.
      wheel: (File) Folder for the final wheel.
      name: (str) Name and version for the progress message.

    Returns:
      (File) Folder for the wheel as the backend builds it.
    """
    platform = ctx.attr._platform[WheelPlatformInfo]
    if not platform.tag:
        return wheel
    built = ctx.actions.declare_directory(ctx.label.name + ".built")
    libraries = ctx.file._wheel_libraries
    args = ctx.actions.args()
    args.add_all("--wheel", [built], expand_directories = False)
    args.add("--tag", platform.tag)
    args.add("--cpu", platform.cpu)
    args.add("--libraries", libraries)
    if getattr(ctx.attr, "external", None) and not ctx.attr.graft:
        args.add("--leaves")
    args.add_all("--out", [wheel], expand_directories = False)
    run_program(
        ctx,
        program = "repair_wheel",
        arguments = args,
        inputs = [built, libraries],
        outputs = [wheel],
        action = "repair",
        what = "{} for {}".format(name, platform.tag),
    )
    return built
