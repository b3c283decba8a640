"""CUDA out of the wheels of a package index, merged into one folder."""

load("//rules:run.bzl", "PROGRAM_ATTRS", "PROGRAM_TOOLCHAINS", "run_program")
load("//toolchains:tools.bzl", "hermetic_tools")
load("//toolchains/accelerator:cuda_variables.bzl", "CUDA_ROOT", "NVCC_SCRIPT", "cuda_variables")
load("//toolchains/cc:zig_cc.bzl", "ZigInfo")

# Folders of CUDA, each an output.
_FOLDERS = ["bin", "include", "lib", "nvvm"]

# Names of CPUs in the folder `targets`.
_TARGETS = {"aarch64": "sbsa-linux", "x86_64": "x86_64-linux"}

def _unpack(ctx):
    """Declares the action that merges the wheels; returns its output folders by name."""
    zig = ctx.attr.zig[ZigInfo]
    folders = {name: ctx.actions.declare_directory("{}.{}".format(ctx.label.name, name)) for name in _FOLDERS}
    args = ctx.actions.args()
    args.add("--version", ctx.attr.version)
    args.add("--cpu", ctx.attr.cpu)
    args.add("--zig", zig.zig)
    args.add_all(ctx.files.wheels, before_each = "--wheel")
    for name, folder in folders.items():
        args.add_all([folder], before_each = "--out-" + name, expand_directories = False)
    run_program(
        ctx,
        program = "make_cuda",
        action = "cuda",
        what = "CUDA {} for {}".format(ctx.attr.version, ctx.attr.cpu),
        arguments = args,
        inputs = ctx.files.wheels + [zig.zig],
        outputs = folders.values(),
    )
    return folders

def _cuda_toolkit_impl(ctx):
    folders = _unpack(ctx)
    nvcc = ctx.actions.declare_file(ctx.label.name + ".programs/nvcc")
    ctx.actions.write(nvcc, NVCC_SCRIPT, is_executable = True)
    target = "targets/" + _TARGETS[ctx.attr.cpu]
    places = folders | {
        "lib64": folders["lib"],
        target + "/include": folders["include"],
        target + "/lib": folders["lib"],
    }
    return [
        DefaultInfo(files = depset(folders.values())),
        platform_common.ToolchainInfo(accelerator = hermetic_tools(
            label = ctx.label,
            env = cuda_variables(ctx.attr.archs),
            files = places.items(),
            programs = [nvcc],
            root = CUDA_ROOT,
        )),
    ]

cuda_toolkit = rule(
    implementation = _cuda_toolkit_impl,
    attrs = PROGRAM_ATTRS | {
        "archs": attr.string_list(doc = "GPU architectures that builds compile for, such as `90` or `90a`, if they follow TORCH_CUDA_ARCH_LIST or CUDAARCHS."),
        "cpu": attr.string(
            doc = "CPU that runs nvcc, and that wheels are for.",
            mandatory = True,
            values = _TARGETS.keys(),
        ),
        "version": attr.string(
            doc = "Version, for messages.",
            mandatory = True,
        ),
        "wheels": attr.label_list(
            doc = "Wheels of CUDA 13 or newer, of one release: nvcc, nvvm, crt, runtime and cccl.",
            allow_files = [".whl"],
            mandatory = True,
        ),
        "zig": attr.label(
            doc = "Compiler that makes the stub of the driver's library.",
            mandatory = True,
            providers = [ZigInfo],
        ),
    },
    toolchains = PROGRAM_TOOLCHAINS,
    doc = "Declares CUDA out of wheels, as an accelerator. Wrap it in `toolchain(toolchain_type = \"//toolchains/accelerator:toolchain_type\")`.",
)
