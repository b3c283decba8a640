"""Running one of the actions' programs with the toolchain's Python."""

load("//rules:contract.bzl", "ACTIONS")
load("//rules:providers.bzl", "ProgramsInfo")
load("//toolchains:types.bzl", "PYTHON")

visibility("//rules/...")

# What every rule that runs a program has.
PROGRAM_ATTRS = {
    "_programs": attr.label(
        doc = "The programs that actions run.",
        default = "//rules:programs",
        providers = [ProgramsInfo],
    ),
}

PROGRAM_TOOLCHAINS = [config_common.toolchain_type(PYTHON, mandatory = True)]

# Neither the user's site-packages nor variables reach a program, nor does it write bytecode.
PYTHON_FLAGS = ["-B", "-E", "-P", "-S", "-s"]

def interpreter_of(python):
    """Returns what an action runs: a File for a hermetic Python, else the machine's path."""
    return python.interpreter or python.interpreter_path

def run_program(ctx, program, action, what, arguments, inputs, outputs, tools = [], resource_set = None):
    """Declares an action that runs one program, its network blocked.

    Args:
      ctx: (ctx) The rule's context; its rule has PROGRAM_ATTRS and PROGRAM_TOOLCHAINS.
      program: (str) Name of the program.
      action: (str) Name of the action in the contract's ACTIONS.
      what: (str) What Bazel shows after the action's verb while it runs, such as name and version.
      arguments: (Args) Its arguments; long lists go to a file.
      inputs: (list of File) Its inputs.
      outputs: (list of File) Its outputs.
      tools: (list of depset of File) Files of toolchains and their fingerprints.
      resource_set: (function or None) What the action takes of the machine.
    """
    mnemonic, verb = ACTIONS[action]
    python = ctx.toolchains[PYTHON].python
    pyz = ctx.attr._programs[ProgramsInfo].pyz
    command = ctx.actions.args()
    command.add_all(PYTHON_FLAGS)
    command.add(pyz)
    command.add(program)
    arguments.use_param_file("@%s")
    arguments.set_param_file_format("multiline")
    fingerprints = [python.fingerprint] if python.fingerprint else []
    ctx.actions.run(
        executable = interpreter_of(python),
        arguments = [command, arguments],
        inputs = depset(inputs + [pyz] + fingerprints, transitive = [python.files] + tools),
        outputs = outputs,
        mnemonic = mnemonic,
        progress_message = "{} {}".format(verb, what),
        env = {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0", "TZ": "UTC"},
        execution_requirements = {"block-network": "", "supports-path-mapping": ""},
        resource_set = resource_set,
        toolchain = PYTHON,
    )
