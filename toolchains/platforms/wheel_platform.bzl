"""The platform in the tags of wheels, by the platform that Bazel builds for."""

load(":platforms.bzl", "PLATFORMS")

visibility(["//rules/...", "//toolchains/..."])

WheelPlatformInfo = provider(
    doc = "The platform that wheels are built for.",
    fields = {
        "cpu": "(str) CPU; empty for the machine's platform.",
        "libc": "(str) C library, `glibc` or `musl`; empty for the machine's platform.",
        "tag": "(str) Platform tag of wheels, such as `manylinux_2_17_x86_64`; empty if the wheels keep the tag of their backend.",
    },
)

_PREFIXES = {"glibc": "manylinux", "musl": "musllinux"}

def _wheel_platform_impl(ctx):
    if not ctx.attr.platform:
        return [WheelPlatformInfo(cpu = "", libc = "", tag = "")]
    parts = PLATFORMS[ctx.attr.platform]
    return [WheelPlatformInfo(
        cpu = parts.cpu,
        libc = parts.libc,
        tag = "{}_{}_{}".format(_PREFIXES[parts.libc], parts.version.replace(".", "_"), parts.cpu),
    )]

wheel_platform = rule(
    implementation = _wheel_platform_impl,
    attrs = {"platform": attr.string(doc = "Name of the platform; empty for that of the machine.")},
    doc = "Provides the tag of the platform that Bazel builds for.",
)
