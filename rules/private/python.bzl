"""The Python that runs a build, and that which the wheel is for."""

load("//rules:contract.bzl", "BUILD_ROOT", "TARGET_PYTHON_FILE", "TARGET_PYTHON_VARIABLE")
load("//rules/private:cross.bzl", "is_cross")
load("//rules/private:tools.bzl", "add_fingerprint", "fingerprint_files")
load("//toolchains:types.bzl", "PYTHON", "TARGET_PYTHON")
load("//toolchains/platforms:wheel_platform.bzl", "WheelPlatformInfo")

visibility("//rules/private")

def add_python(ctx, args):
    """Adds the Python of a build, and that of another platform, to a program's arguments.

    Args:
      ctx: (ctx) Context of a rule with CROSS_ATTRS and the toolchain types of Python.
      args: (Args) The program's arguments.

    Returns:
      (list of depset of File) Inputs of the action.
    """
    python = ctx.toolchains[PYTHON].python
    add_fingerprint(args, python)
    trees = [python.tree] if python.tree else []
    if is_cross(ctx):
        trees.append(_target(ctx, python).tree)
        cpu = ctx.attr._platform[WheelPlatformInfo].cpu
        args.add("--toolchain-env", "_PYTHON_HOST_PLATFORM=linux-" + cpu)
        args.add("--toolchain-env", "{}={}/python/{}".format(TARGET_PYTHON_VARIABLE, BUILD_ROOT, TARGET_PYTHON_FILE))
    args.add_all(trees, before_each = "--python-tree")
    return [depset(trees + fingerprint_files(python))]

def _target(ctx, python):
    """Returns the PythonTargetInfo of the platform."""
    platform = ctx.attr._platform[WheelPlatformInfo]
    target = ctx.toolchains[TARGET_PYTHON]
    if not target:
        fail(("{}: no Python {} for {} with {} is pinned, and wheels for this platform are built with its headers. Pin it: " +
              "`fromager-gen toolchains add python ADDRESS... --output WORKSPACE` with the address of an archive of it.").format(
            ctx.label,
            python.version,
            platform.cpu,
            platform.libc,
        ))
    return target.target_python
