"""What all toolchains of programs have in common: how they are declared, and what an action learns about them."""

load("//rules:contract.bzl", "BUILD_ROOT")

visibility(["//rules/...", "//toolchains/..."])

# A link to the folder that contains the inputs of the action, for programs that name them by absolute paths.
INPUTS_LINK = BUILD_ROOT + "/inputs"

ToolsInfo = provider(
    doc = "Programs of a build, either inputs or programs of the machine. The action puts all of them at constant paths, so that no path of the machine is part of a cache key or of a wheel.",
    fields = {
        "data": "(depset of File) Files that the programs find relative to their own location.",
        "env": "(dict of str to str) Variables of every build that uses the programs.",
        "files": "(list of (str, File)) Files that the action puts at a path below the folder `root`.",
        "fingerprint": "(File or None) Text that identifies the parts of the machine that the programs use and that are not inputs.",
        "identify": "(File or None) Python program with a function `identify(programs)`, which returns the text of `fingerprint` again.",
        "is_of_machine": "(bool) Whether the programs are links to programs of the machine.",
        "label": "(Label) Target that declares them, for error messages.",
        "machine_folder": "(File or None) Link to a file of the machine. The action makes `root` a link to the folder that contains the file itself; there are no `files` then.",
        "names_inputs": "(bool) Whether the programs name files of `data` by their paths below INPUTS_LINK.",
        "programs": "(list of File) Programs on the build's PATH, each by its base name. A link to a program of the machine is in the cache key with the content of the program.",
        "trees": "(depset of File) Tars of files that the action unpacks into the folder `root` of external dependencies.",
        "root": "(str) Absolute path of the folder in which the action puts `files`.",
    },
)

TOOLS_ATTRS = {
    "data": attr.label_list(
        doc = "Files that the programs find relative to their own location, such as libraries of a compiler.",
        allow_files = True,
    ),
    "env": attr.string_dict(doc = "Variables of every build that uses the programs, before a package's own. `{root}` stands for the folder that contains `files`."),
    "files": attr.label_keyed_string_dict(
        doc = "Files that have a constant absolute path in builds, each with its path below `{root}`.",
        allow_files = True,
    ),
    "fingerprint": attr.label(
        doc = "Text that identifies what the programs use of the machine: headers, libraries, parts of a compiler.",
        allow_single_file = True,
    ),
    "identify": attr.label(
        doc = "Python program with a function `identify(programs)`. It returns the text of `fingerprint` for the machine it runs on; `programs` is the folder that contains the programs. Each build calls it and fails if the text differs.",
        allow_single_file = [".py"],
    ),
    "is_of_machine": attr.bool(doc = "Whether the programs are links to programs of the machine. On a remote worker, the same programs of the worker are used."),
    "programs": attr.label_list(
        doc = "Programs on the PATH of a build, each by its base name. A program of the machine is a symbolic link.",
        allow_files = True,
    ),
}

def tools_info(ctx, root, data = [], env = {}, machine_folder = None):
    """Returns the ToolsInfo of a target with TOOLS_ATTRS.

    Args:
      ctx: (ctx) The rule's context.
      root: (str) Absolute path of the folder in which actions put `files`.
      data: (list of File) More files that the programs need.
      env: (dict of str to str) Variables that the attribute `env` replaces.
      machine_folder: (File or None) Link to a file of the machine whose folder is at `root`.

    Returns:
      (ToolsInfo) What actions need to know.
    """
    if ctx.attr.identify and not ctx.attr.fingerprint:
        fail("{}: `identify` needs a `fingerprint` to compare with".format(ctx.label))
    places = [(place, target.files.to_list()) for target, place in ctx.attr.files.items()]
    for place, files in places:
        if len(files) != 1:
            fail("{}: `files` needs exactly one file for {}, not {}".format(ctx.label, place, len(files)))
        if place.startswith("/") or ".." in place.split("/"):
            fail("{}: {} in `files` is not a path below the toolchain's folder".format(ctx.label, place))
    return ToolsInfo(
        label = ctx.label,
        machine_folder = machine_folder,
        data = depset(ctx.files.data + data),
        env = env | {name: value.replace("{root}", root) for name, value in ctx.attr.env.items()},
        files = [(place, files[0]) for place, files in places],
        fingerprint = ctx.file.fingerprint,
        identify = ctx.file.identify,
        is_of_machine = ctx.attr.is_of_machine,
        names_inputs = False,
        programs = ctx.files.programs,
        root = root,
        trees = depset(),
    )

def hermetic_tools(label, root, programs, files = [], data = depset(), env = {}, names_inputs = False, trees = depset()):
    """Returns the ToolsInfo of programs that are inputs, with all that they need.

    Args:
      label: (Label) Target that declares them.
      root: (str) Absolute path of the folder in which actions put `files`.
      programs: (list of File) Programs on the build's PATH.
      files: (list of (str, File)) Files at a path below `root`.
      data: (depset of File) Files that the programs find relative to their own location.
      env: (dict of str to str) Variables of every build that uses the programs.
      names_inputs: (bool) Whether the programs name files of `data` by their paths below INPUTS_LINK.
      trees: (depset of File) Tars of files that the action unpacks.

    Returns:
      (ToolsInfo) What actions need to know.
    """
    return ToolsInfo(
        label = label,
        machine_folder = None,
        data = data,
        env = env,
        files = files,
        fingerprint = None,
        identify = None,
        is_of_machine = False,
        names_inputs = names_inputs,
        programs = programs,
        root = root,
        trees = trees,
    )
