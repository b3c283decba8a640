"""Build setting for a time limit in seconds."""

visibility("//rules/...")

SecondsInfo = provider(
    doc = "A time limit.",
    fields = {"seconds": "(int) The limit in seconds."},
)

def _seconds_flag_impl(ctx):
    return SecondsInfo(seconds = ctx.build_setting_value)

seconds_flag = rule(
    implementation = _seconds_flag_impl,
    build_setting = config.int(flag = True),
    doc = "A number of seconds that can be set on the command line. See https://bazel.build/extending/config.",
)
