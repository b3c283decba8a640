"""What every wheel offers beside itself: the files it installs, made only where somebody asks."""

load("//rules/private:run.bzl", "run_program")

visibility("//rules/...")

def declare_installed(ctx, wheel, package, version):
    """Declares the tar that build environments lay a wheel out from.

    Args:
      ctx: (ctx) The rule's context.
      wheel: (File) Folder that holds the wheel.
      package: (str) Canonical name.
      version: (str) PEP 440 version.

    Returns:
      (File) The tar.
    """
    out = ctx.actions.declare_file(ctx.label.name + ".installed.tar")
    args = ctx.actions.args()
    args.add_all("--wheel", [wheel], expand_directories = False)
    args.add("--out", out)
    run_program(
        ctx,
        program = "install_wheel",
        arguments = args,
        inputs = [wheel],
        outputs = [out],
        mnemonic = "FromagerInstall",
        progress = "Installing {} {} for builds that need it".format(package, version),
    )
    return out
