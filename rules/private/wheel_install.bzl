"""Actions that unpack a wheel as it is installed. Bazel runs them only if their output is needed."""

load("//rules:run.bzl", "run_program")

visibility("//rules/...")

def declare_installed(ctx, wheel, package, version, published = False):
    """Declares the outputs through which build environments and Python programs use a wheel.

    Args:
      ctx: (ctx) The rule's context.
      wheel: (File) Folder that contains the wheel.
      package: (str) Canonical name.
      version: (str) PEP 440 version.
      published: (bool) Whether it is a published wheel, whose RECORD may have small faults.

    Returns:
      (struct) `tar`: (File) The tar. `folder`: (File) The wheel's site-packages as a folder.
    """
    flags = ["--published"] if published else []
    tar = ctx.actions.declare_file(ctx.label.name + ".installed.tar")
    _install(ctx, wheel, tar, flags, "install", "{} {} for builds that need it".format(package, version))
    folder = ctx.actions.declare_directory(ctx.label.name + ".site-packages")
    _install(ctx, wheel, folder, flags + ["--unpacked"], "unpack", "{} {}".format(package, version))
    return struct(tar = tar, folder = folder)

def _install(ctx, wheel, out, flags, action, what):
    args = ctx.actions.args()
    args.add_all("--wheel", [wheel], expand_directories = False)
    args.add_all("--out", [out], expand_directories = False)
    args.add_all(flags)
    run_program(
        ctx,
        program = "install_wheel",
        arguments = args,
        inputs = [wheel],
        outputs = [out],
        action = action,
        what = what,
    )
