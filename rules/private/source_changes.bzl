"""Attributes, inputs and arguments of the changes to a source."""

visibility("//rules/private")

CHANGES_ATTRS = {
    "edits": attr.string(doc = "Actions of the setting `patch` as a JSON list, which are applied after the patches."),
    "patches": attr.label_list(
        doc = "Unified diffs, in the order in which they are applied.",
        allow_files = [".patch"],
    ),
    "remove_build_requires": attr.string_list(doc = "Names to remove from `build-system.requires`."),
    "submodules": attr.label_keyed_string_dict(
        doc = "Archives that are unpacked into the source before it is patched, each with its folders, separated by colons.",
        allow_files = True,
    ),
    "update_build_requires": attr.string_list(doc = "Requirements that replace those with the same name in `build-system.requires`."),
}

def add_changes(ctx, args):
    """Adds the changes to a source to a program's arguments.

    Args:
      ctx: (ctx) Context of a rule with CHANGES_ATTRS.
      args: (Args) The program's arguments.

    Returns:
      (list of File) Inputs of the action.
    """
    submodules = [(folders, target.files.to_list()[0]) for target, folders in ctx.attr.submodules.items()]
    for folders, archive in submodules:
        args.add("--submodule", archive, format = folders.replace("%", "%%") + "=%s")
    args.add_all(ctx.files.patches, before_each = "--patch")
    args.add_all(ctx.attr.update_build_requires, format_each = "--update-build-requires=%s")
    args.add_all(ctx.attr.remove_build_requires, format_each = "--remove-build-requires=%s")
    if ctx.attr.edits:
        args.add("--edits=" + ctx.attr.edits)
    return ctx.files.patches + [archive for _, archive in submodules]
