"""Functions that run one of the actions' programs with the Python of the toolchain."""

load("//rules:contract.bzl", "ACTIONS", "PYTHON_FLAGS")
load("//rules:providers.bzl", "ProgramsInfo")
load("//toolchains:types.bzl", "PYTHON")

visibility(["//rules/...", "//toolchains/..."])

# Attributes of each rule that runs a program.
PROGRAM_ATTRS = {
    "_programs": attr.label(
        doc = "The programs that actions run.",
        default = "//rules:programs",
        providers = [ProgramsInfo],
    ),
}

# Attributes of each rule with a transition.
TRANSITION_ATTRS = {
    "_allowlist_function_transition": attr.label(
        doc = "Permission for a transition, which Bazel 7 asks for.",
        default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
    ),
}

# https://bazel.build/reference/be/common-definitions#common-attributes (tags)
_NOT_CACHED = {"no-cache": "", "no-remote-exec": ""}

PROGRAM_TOOLCHAINS = [config_common.toolchain_type(PYTHON, mandatory = True)]

def run_program(ctx, program, action, what, arguments, inputs, outputs, tools = [], resource_set = None, cached = True):
    """Declares an action that runs one program without network access.

    Args:
      ctx: (ctx) The rule's context; its rule has PROGRAM_ATTRS and PROGRAM_TOOLCHAINS.
      program: (str) Name of the program.
      action: (str) Name of the action in the contract's ACTIONS.
      what: (str) Text after the verb in the progress message, such as the package's name and version.
      arguments: (Args) Arguments of the program. Bazel writes long lists to a parameter file.
      inputs: (list of File) Inputs of the action.
      outputs: (list of File) Outputs of the action.
      tools: (list of depset of File) Files of the toolchains and their fingerprints.
      resource_set: (function or None) Resources of the action.
      cached: (bool) Whether its outputs may come from a cache or a remote worker.
    """
    python = ctx.toolchains[PYTHON].python
    pyz = ctx.attr._programs[ProgramsInfo].pyz
    command = ctx.actions.args()
    command.add_all(PYTHON_FLAGS)
    command.add(pyz)
    command.add(program)
    arguments.use_param_file("@%s")
    arguments.set_param_file_format("multiline")
    fingerprints = [python.fingerprint] if python.fingerprint else []
    run_python(
        ctx,
        interpreter = python.interpreter,
        action = action,
        what = what,
        arguments = [command, arguments],
        inputs = depset(inputs + [pyz] + fingerprints, transitive = [python.files] + tools),
        outputs = outputs,
        resource_set = resource_set,
        toolchain = PYTHON,
        cached = cached,
    )

def run_python(ctx, interpreter, action, what, arguments, inputs, outputs, resource_set = None, toolchain = None, cached = True):
    """Declares an action that runs a Python without network access, and with constant variables.

    Args:
      ctx: (ctx) The rule's context.
      interpreter: (File) The Python.
      action: (str) Name of the action in the contract's ACTIONS.
      what: (str) Text after the verb in the progress message, such as the package's name and version.
      arguments: (list of Args) The Python's arguments.
      inputs: (depset of File) Inputs of the action, without the interpreter.
      outputs: (list of File) Outputs of the action.
      resource_set: (function or None) Resources of the action.
      toolchain: (Label or None) Toolchain type of the interpreter, if it is from a toolchain.
      cached: (bool) Whether its outputs may come from a cache or a remote worker.
    """
    mnemonic, verb = ACTIONS[action]
    ctx.actions.run(
        executable = interpreter,
        arguments = arguments,
        inputs = depset([interpreter], transitive = [inputs]),
        outputs = outputs,
        mnemonic = mnemonic,
        progress_message = "{} {}".format(verb, what),
        env = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "TZ": "UTC"},
        execution_requirements = {"block-network": "", "supports-path-mapping": ""} | ({} if cached else _NOT_CACHED),
        resource_set = resource_set,
        toolchain = toolchain,
    )
