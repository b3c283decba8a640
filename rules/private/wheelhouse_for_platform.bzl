"""Rule that builds a wheelhouse for another platform than that of the command line."""

load("//rules:run.bzl", "TRANSITION_ATTRS")
load("//rules/private:wheelhouse.bzl", "WheelhouseInfo")

visibility("//rules/...")

_DOC = """Builds a wheelhouse for a platform, so that one build has wheels for several platforms.

    [wheelhouse_for_platform(
        name = "cuda_" + version,
        platform = "//toolchains/platforms:linux_x86_64_glibc_2_28_cuda_" + version,
        wheelhouse = "//:wheelhouse",
    ) for version in ["13_4", "13_5"]]

The output is a folder with the name of the target, with the same content as that of `wheelhouse`.
"""

_PLATFORMS = "//command_line_option:platforms"

def _for_platform_impl(_settings, attr):
    return {_PLATFORMS: [attr.platform]}

_for_platform = transition(
    implementation = _for_platform_impl,
    inputs = [],
    outputs = [_PLATFORMS],
)

def _wheelhouse_for_platform_impl(ctx):
    wheelhouse = ctx.attr.wheelhouse[0]
    out = ctx.actions.declare_directory(ctx.label.name)
    ctx.actions.symlink(output = out, target_file = wheelhouse[WheelhouseInfo].folder)
    return [
        DefaultInfo(files = depset([out])),
        OutputGroupInfo(log = wheelhouse[OutputGroupInfo].log),
    ]

wheelhouse_for_platform = rule(
    implementation = _wheelhouse_for_platform_impl,
    attrs = TRANSITION_ATTRS | {
        "platform": attr.label(
            doc = "The platform.",
            mandatory = True,
            providers = [platform_common.PlatformInfo],
        ),
        "wheelhouse": attr.label(
            cfg = _for_platform,
            doc = "The wheelhouse.",
            mandatory = True,
            providers = [WheelhouseInfo],
        ),
    },
    doc = _DOC,
)
