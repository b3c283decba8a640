"""Build setting for the order of files in folders."""

load("//rules:contract.bzl", "FILE_ORDER", "REVERSED_FILE_ORDER")

visibility("//rules/...")

FileOrderInfo = provider(
    doc = "The order in which a build finds the files of a folder.",
    fields = {"is_reversed": "(bool) Whether it is the reverse of the usual one."},
)

def _file_order_flag_impl(ctx):
    value = ctx.build_setting_value
    if value not in [FILE_ORDER, REVERSED_FILE_ORDER]:
        fail("{}: {} is not an order of files; use {} or {}.".format(ctx.label, repr(value), FILE_ORDER, REVERSED_FILE_ORDER))
    return FileOrderInfo(is_reversed = value == REVERSED_FILE_ORDER)

file_order_flag = rule(
    implementation = _file_order_flag_impl,
    build_setting = config.string(flag = True),
    doc = "An order of files that can be set on the command line. See https://bazel.build/extending/config.",
)
