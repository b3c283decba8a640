"""Detects the Rust of the machine, also behind the shims of rustup, and fingerprints it."""

load("//toolchains:watch.bzl", "on_path", "watch")

_BUILD = """load("{rule}", "rust_sysroot_toolchain")

rust_sysroot_toolchain(
    name = "rust",
    fingerprint = "fingerprint.txt",
    sysroot_path = {sysroot},
)

toolchain(
    name = "toolchain",
    toolchain = ":rust",
    toolchain_type = "{type}",
)
"""

def _machine_rust_impl(rctx):
    rustc = rctx.which("rustc") or rctx.path((rctx.getenv("CARGO_HOME") or (rctx.getenv("HOME") or "") + "/.cargo") + "/bin/rustc")
    rustup = (rctx.getenv("RUSTUP_HOME") or (rctx.getenv("HOME") or "") + "/.rustup") + "/settings.toml"
    watch(rctx, on_path(rctx, "rustc") + [rustup, rustc])

    # A shim of rustup works only with the HOME of its installation, which a build does not have. The programs in the
    # sysroot do not need it: https://rust-lang.github.io/rustup/concepts/proxies.html
    result = rctx.execute([rustc, "--print", "sysroot"], timeout = 60) if rustc.exists else None
    sysroot = result.stdout.strip() if result and not result.return_code else ""
    if not sysroot or not rctx.path(sysroot + "/bin/cargo").exists:
        # A machine without Rust is not an error here: only a package with Rust needs it, and reports that.
        rctx.file("BUILD.bazel", "")
        return

    # The paths are known only from the shim, so Bazel restarts this function once for each of the two.
    watch(rctx, [sysroot + "/bin/rustc", sysroot + "/bin/cargo"])
    versions = [
        rctx.execute([sysroot + "/bin/" + program, "--version", "--verbose"], timeout = 60, environment = {"HOME": "/nonexistent"}).stdout
        for program in ["rustc", "cargo"]
    ]
    rctx.file("fingerprint.txt", "".join(versions))
    rctx.file("BUILD.bazel", _BUILD.format(
        rule = Label("//toolchains/rust:rust_toolchain.bzl"),
        type = Label("//toolchains/rust:toolchain_type"),
        sysroot = repr(sysroot),
    ))

machine_rust = repository_rule(
    implementation = _machine_rust_impl,
    configure = True,
    local = True,
    environ = ["CARGO_HOME", "HOME", "PATH", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"],
    doc = "Makes a repository whose `:toolchain` is the Rust of the machine; it has no target if there is no Rust.",
)
