"""Finds the Rust of the machine, also behind the shims of rustup."""

load("//toolchains:identify.bzl", "identify_attrs", "write_fingerprint")
load("//toolchains:watch.bzl", "on_path", "watch")
load(":locked_rust.bzl", "SYSROOT_DATA")

_BUILD = """load("{rule}", "rust_sysroot_toolchain")

rust_sysroot_toolchain(
    name = "rust",{attributes}
    is_of_machine = True,
    programs = ["{folder}/bin/cargo", "{folder}/bin/rustc"],
)

toolchain(
    name = "toolchain",
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
        type = Label("//toolchains/rust:toolchain_type"),
    ))

machine_rust = repository_rule(
    implementation = _machine_rust_impl,
    attrs = identify_attrs("//toolchains/rust:identify.py"),
    configure = True,
    local = True,
    environ = ["CARGO_HOME", "HOME", "PATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"],
    doc = "Makes a repository whose `:toolchain` is the Rust of the machine; it has no target if there is no Rust.",
)
