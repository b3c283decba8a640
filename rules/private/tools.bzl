"""Arguments and inputs that bring the programs of toolchains into a build."""

load("//toolchains:tools.bzl", "INPUTS_LINK")

visibility("//rules/private")

# Variables with a list of folders; several external dependencies add to them.
_PATHS = ["CMAKE_PREFIX_PATH", "CPATH", "LIBRARY_PATH", "PKG_CONFIG_LIBDIR"]

def _joined(before, added):
    """Returns a list of folders with those of another one that it lacks."""
    folders = before.split(":") if before else []
    return ":".join(folders + [folder for folder in added.split(":") if folder not in folders])

def add_tools(args, toolchains):
    """Adds the programs, files, variables and fingerprints of toolchains to a program's arguments.

    Args:
      args: (Args) The program's arguments.
      toolchains: (list of ToolsInfo) The toolchains.

    Returns:
      (list of depset of File) Inputs of the action.
    """
    inputs = []
    variables = {}
    placed = {}
    for tools in toolchains:
        args.add_all(tools.programs, before_each = "--machine-program" if tools.is_of_machine else "--program")
        for place, file in tools.files:
            # Several external dependencies can bring the same file.
            path = "{}/{}".format(tools.root, place)
            if placed.get(path) != file:
                args.add_all([file], before_each = "--place", format_each = path + "=%s", expand_directories = False)
            placed[path] = file
        if tools.machine_folder:
            args.add("--machine-folder", tools.machine_folder, format = tools.root + "=%s")
        for name, value in tools.env.items():
            variables[name] = _joined(variables.get(name), value) if name in _PATHS else value
        add_fingerprint(args, tools)
        files = [file for _, file in tools.files] + fingerprint_files(tools)
        files += [tools.machine_folder] if tools.machine_folder else []
        inputs.append(depset(tools.programs + files, transitive = [tools.data, tools.trees]))
    args.add_all(depset(transitive = [tools.trees for tools in toolchains]), before_each = "--external-tree")
    args.add_all(["{}={}".format(name, value) for name, value in variables.items()], before_each = "--toolchain-env")
    return inputs

def add_inputs_link(args, toolchains):
    """Adds the link to the folder of the action's inputs, if a toolchain needs it, to a program's arguments.

    Args:
      args: (Args) The program's arguments.
      toolchains: (list of ToolsInfo) All toolchains of the action.
    """
    if [tools for tools in toolchains if tools.names_inputs]:
        args.add("--place", INPUTS_LINK + "=.")

def add_fingerprint(args, toolchain):
    """Adds the comparison of a toolchain's fingerprint with the machine on which the action runs.

    Args:
      args: (Args) The program's arguments.
      toolchain: (ToolsInfo or PythonInfo) The toolchain.
    """
    if toolchain.identify:
        args.add("--fingerprint", toolchain.fingerprint, format = str(toolchain.label) + "=%s")
        args.add("--identify", toolchain.identify)

def fingerprint_files(toolchain):
    """Returns the inputs of the comparison.

    Args:
      toolchain: (ToolsInfo or PythonInfo) The toolchain.

    Returns:
      (list of File) The fingerprint, and the program that makes it.
    """
    return [file for file in [toolchain.fingerprint, toolchain.identify] if file]
