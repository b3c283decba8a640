"""Finds the Rust of the machine, also behind the shims of rustup."""

load("//rules:contract.bzl", "CPUS")
load("//toolchains:identify.bzl", "identify_attrs", "write_fingerprint")
load("//toolchains:types.bzl", "RUST")
load("//toolchains:watch.bzl", "on_path", "watch")
load("//toolchains/platforms:platforms.bzl", "PLATFORMS", "constraints_of", "cpu_constraints", "machines_cpu")
load(":locked_rust.bzl", "SYSROOT_DATA")

_BUILD = """load("{rule}", "rust_sysroot_toolchain")

rust_sysroot_toolchain(
    name = "rust",{attributes}
    is_of_machine = True,
    programs = ["{folder}/bin/cargo", "{folder}/bin/rustc"],
)

"""

_TOOLCHAIN = """
toolchain(
    name = "toolchain_{name}",
    target_compatible_with = {constraints},
    toolchain = ":rust",
    toolchain_type = "{type}",
)
"""

_INPUTS = """
    data = {},"""

_IDENTIFIED = """
    fingerprint = "fingerprint.json",
    identify = "{identify}","""

def _identified(rctx, sysroot):
    """Makes links to the programs of a Rust that is spread over the folders of a distribution, and identifies it."""
    for name in ["cargo", "rustc"]:
        rctx.symlink(sysroot.get_child("bin").get_child(name), "linked/bin/" + name)
    write_fingerprint(rctx, "linked/bin")
    return _IDENTIFIED.format(identify = rctx.attr._identify)

def _toolchains(rctx):
    """Returns the text of the toolchains: for the machine's platform, and for older versions of its C library."""
    cpu = machines_cpu(rctx)
    machines = [Label("//toolchains/platforms:machines_libc")]
    targets = {"machine": machines + (cpu_constraints(cpu) if cpu in CPUS else [])}
    for platform, parts in PLATFORMS.items():
        if (parts.cpu, parts.libc) == (cpu, "glibc"):
            targets[platform] = constraints_of(platform)
    return "".join([
        _TOOLCHAIN.format(name = name, constraints = [str(constraint) for constraint in constraints], type = RUST)
        for name, constraints in targets.items()
    ])

def _machine_rust_impl(rctx):
    rustc = rctx.which("rustc") or rctx.path((rctx.getenv("CARGO_HOME") or (rctx.getenv("HOME") or "") + "/.cargo") + "/bin/rustc")
    rustup = (rctx.getenv("RUSTUP_HOME") or (rctx.getenv("HOME") or "") + "/.rustup") + "/settings.toml"
    watch(rctx, on_path(rctx, "rustc") + [rustup, rustc])

    # A shim of rustup works only with the HOME of its installation, which a build does not have. The programs in the
    # sysroot do not need it: https://rust-lang.github.io/rustup/concepts/proxies.html
    result = rctx.execute([rustc, "--print", "sysroot"], timeout = 60) if rustc.exists else None
    found = result.stdout.strip() if result and not result.return_code else ""
    if not found or not rctx.path(found + "/bin/cargo").exists:
        # A machine without Rust is not an error here: only a package with Rust needs it, and reports that.
        rctx.file("BUILD.bazel", "")
        return

    # The paths are known only from the shim, so Bazel restarts this function once for each of the two.
    watch(rctx, [found + "/bin/rustc", found + "/bin/cargo"])
    sysroot = rctx.path(found)

    # Rust's own installer writes this list. Such a sysroot contains all that its programs need, so it becomes an input.
    own = sysroot.get_child("lib").get_child("rustlib").get_child("components").exists
    if own:
        rctx.symlink(sysroot, "sysroot")
    rctx.file("BUILD.bazel", _BUILD.format(
        attributes = _INPUTS.format(SYSROOT_DATA.format(folder = "sysroot/")) if own else _identified(rctx, sysroot),
        folder = "sysroot" if own else "linked",
        rule = Label("//toolchains/rust:rust_toolchain.bzl"),
    ) + _toolchains(rctx))

machine_rust = repository_rule(
    implementation = _machine_rust_impl,
    attrs = identify_attrs("//toolchains/rust:identify.py"),
    configure = True,
    local = True,
    environ = ["CARGO_HOME", "HOME", "PATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"],
    doc = "Makes a repository whose toolchains are the Rust of the machine, for its CPU; it has no target if there is no Rust.",
)
