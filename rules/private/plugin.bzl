"""Rule for a plugin of Fromager, and the arguments of programs that call its functions."""

load("//rules:providers.bzl", "PluginInfo")

visibility("//rules/...")

_DOC = """Declares a plugin of Fromager, whose functions replace steps of one package's build.

The functions and their arguments are those of the group `fromager.project_overrides`:
https://fromager.readthedocs.io/en/latest/reference/hooks.html. They run in the closed world of the action whose
step they replace. The plugin is an input of just these actions.

    plugin(
        name = "plugin",
        archive = "plugin.zip",
        functions = ["build_wheel"],
        module = "package_plugins.flit_core",
    )
"""

PLUGIN_ATTR = {
    "plugin": attr.label(
        doc = "The plugin whose functions replace steps of the build.",
        providers = [PluginInfo],
    ),
}

def _plugin_impl(ctx):
    return [
        DefaultInfo(files = depset([ctx.file.archive])),
        PluginInfo(
            archive = ctx.file.archive,
            context = ctx.attr.context,
            functions = ctx.attr.functions,
            module = ctx.attr.module,
        ),
    ]

plugin = rule(
    implementation = _plugin_impl,
    attrs = {
        "archive": attr.label(
            doc = "Zip of the plugin's module, of all that it imports, and of the package `fromager`.",
            allow_single_file = [".zip"],
            mandatory = True,
        ),
        "context": attr.string(
            doc = "What the functions can ask for, as JSON: the variant and the package's settings.",
            default = "{}",
        ),
        "functions": attr.string_list(
            doc = "Names of the module's functions.",
            mandatory = True,
        ),
        "module": attr.string(
            doc = "Name of the module.",
            mandatory = True,
        ),
    },
    doc = _DOC,
)

def add_plugin(ctx, args, called):
    """Adds a plugin to a program's arguments if it has a function that the program calls.

    Args:
      ctx: (ctx) Context of a rule with PLUGIN_ATTR.
      args: (Args) The program's arguments.
      called: (list of str) Functions that the program calls.

    Returns:
      (list of File, list of File) Inputs and outputs of the action. The output is a folder with the log of the functions
      and the files that they wrote to the work directory.
    """
    plugin = ctx.attr.plugin[PluginInfo] if ctx.attr.plugin else None
    functions = [name for name in plugin.functions if name in called] if plugin else []
    if not functions:
        return [], []
    out = ctx.actions.declare_directory(ctx.label.name + ".plugin")
    args.add("--plugin", plugin.archive)
    args.add("--plugin-module", plugin.module)
    args.add_all(functions, before_each = "--plugin-function")
    args.add("--plugin-context={}".format(plugin.context))
    args.add_all("--plugin-out", [out], expand_directories = False)
    return [plugin.archive], [out]
