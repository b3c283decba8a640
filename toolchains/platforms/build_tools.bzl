"""Transition to the platform that runs builds."""

visibility("//rules/...")

_PLATFORMS = "//command_line_option:platforms"
_HOST_PLATFORM = "//command_line_option:host_platform"

def _for_build_tools_impl(settings, _attr):
    # An empty list already selects the host platform. Another value would be a second configuration of the same wheels.
    return {_PLATFORMS: [settings[_HOST_PLATFORM]] if settings[_PLATFORMS] else []}

# Unlike `cfg = "exec"`, this changes no other option. So a wheel that is also a build requirement is built once, if
# wheels are for the platform that runs builds. https://bazel.build/extending/config#user-defined-transitions
for_build_tools = transition(
    implementation = _for_build_tools_impl,
    inputs = [_HOST_PLATFORM, _PLATFORMS],
    outputs = [_PLATFORMS],
)
