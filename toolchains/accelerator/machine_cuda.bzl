"""Finds each CUDA of the machine: folders as NVIDIA's installers make them, with `bin/nvcc` and `version.json`."""

load("//rules:contract.bzl", "CPUS", "CUDA_OF_CLANG", "CUDA_VERSIONS")
load("//toolchains:identify.bzl", "identify_attrs", "write_fingerprint")
load("//toolchains:watch.bzl", "watch")
load("//toolchains/accelerator:cuda_variables.bzl", "NVCC_SCRIPT", "cuda_variables")
load("//toolchains/platforms:platforms.bzl", "cpu_constraints", "cuda_constraint", "cuda_name", "machines_cpu")

_HEAD = """load("{rule}", "accelerator_toolchain")
"""

_BUILD = """
accelerator_toolchain(
    name = "{name}",
    env = {env},
    fingerprint = "{name}/fingerprint.json",
    identify = "{identify}",
    machine_folder = "{name}/version.json",
    programs = ["{name}/nvcc"],
)

toolchain(
    name = "toolchain_{name}",
    target_compatible_with = {constraints},
    toolchain = ":{name}",
    toolchain_type = "{type}",
)
"""

_VARIABLES = ["CUDA_HOME", "CUDA_PATH"]

def _folders(rctx):
    """Returns the folders that can have a CUDA: those of the variables, then those of NVIDIA's installers."""
    named = [rctx.getenv(name) for name in _VARIABLES]
    installed = ["/usr/local/cuda"] + ["/usr/local/cuda-" + version for version in CUDA_VERSIONS]
    return [folder.rstrip("/") for folder in named + installed if folder and folder.startswith("/")]

def _version(rctx, folder):
    """Returns the X.Y version of the CUDA in a folder; None if there is none."""
    path = rctx.path(folder + "/version.json")
    if not path.exists or not rctx.path(folder + "/bin/nvcc").exists:
        return None
    stated = json.decode(rctx.read(path), default = None)
    cuda = stated.get("cuda") if type(stated) == "dict" else None
    text = cuda.get("version") if type(cuda) == "dict" else None
    version = ".".join(text.split(".")[:2]) if type(text) == "string" else None
    return version if version in CUDA_VERSIONS else None

def _constraints(rctx, version):
    """Returns the constraints of platforms that the machine's CUDA serves."""
    cpu = machines_cpu(rctx)
    constraints = [cuda_constraint(version)] + (cpu_constraints(cpu) if cpu in CPUS else [])

    # Older versions do not compile with the pinned clang (ADR 23).
    return constraints + ([] if version in CUDA_OF_CLANG else [Label("//toolchains/platforms:machines_libc")])

def _machine_cuda_impl(rctx):
    folders = _folders(rctx)
    watch(rctx, [folder + name for folder in folders for name in ["/version.json", "/bin/nvcc"]])
    texts = [_HEAD.format(rule = Label("//toolchains/accelerator:accelerator_toolchain.bzl"))]
    found = {}
    for folder in folders:
        version = _version(rctx, folder)
        if not version or version in found:
            continue
        found[version] = folder
        name = cuda_name(version)
        rctx.symlink(folder + "/version.json", name + "/version.json")
        rctx.symlink(folder + "/bin/nvcc", name + "/identified/nvcc")
        rctx.file(name + "/nvcc", NVCC_SCRIPT, executable = True)
        write_fingerprint(rctx, name + "/identified", name + "/fingerprint.json")
        texts.append(_BUILD.format(
            name = name,
            constraints = [str(constraint) for constraint in _constraints(rctx, version)],
            env = cuda_variables([]),
            identify = rctx.attr._identify,
            type = Label("//toolchains/accelerator:toolchain_type"),
        ))

    # A machine without CUDA is not an error: only a package that asks for it needs it, and reports that.
    rctx.file("BUILD.bazel", "".join(texts if found else []))

machine_cuda = repository_rule(
    implementation = _machine_cuda_impl,
    attrs = identify_attrs("//toolchains/accelerator:identify.py"),
    configure = True,
    local = True,
    environ = _VARIABLES,
    doc = "Makes a repository with a toolchain for each CUDA of the machine, for platforms with this version of CUDA; it has no target if there is none.",
)
