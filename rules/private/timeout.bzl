"""A build setting that holds seconds."""

visibility("//rules/...")

SecondsInfo = provider(
    doc = "A limit of time.",
    fields = {"seconds": "(int) The limit."},
)

def _seconds_flag_impl(ctx):
    return SecondsInfo(seconds = ctx.build_setting_value)

seconds_flag = rule(
    implementation = _seconds_flag_impl,
    build_setting = config.int(flag = True),
    doc = "A number of seconds that the command line can set.",
)
