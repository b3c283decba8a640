"""The variables by which builds find CUDA."""

load("//rules:contract.bzl", "BUILD_ROOT")

visibility("//toolchains/...")

CUDA_ROOT = BUILD_ROOT + "/accelerator"

# At this place nvcc finds its other parts, and not next to a link to it.
NVCC = CUDA_ROOT + "/bin/nvcc"

NVCC_SCRIPT = "#!/bin/sh\nexec {} \"$@\"\n".format(NVCC)

def cuda_variables(archs):
    """Returns the variables.

    nvcc's own names for temporary files contain the number of the process, and they come into object files; `-objtemp`
    names them after the object file. https://docs.nvidia.com/cuda/cuda-compiler-driver-nvcc/

    Args:
      archs: (list of str) GPU architectures, such as `90` or `90a`; empty to leave their choice to the packages.

    Returns:
      (dict of str to str) The variables.
    """
    compiler = BUILD_ROOT + "/bin/c++"
    variables = {
        "CUDACXX": NVCC,
        "CUDAHOSTCXX": compiler,
        "CUDA_HOME": CUDA_ROOT,
        "CUDA_PATH": CUDA_ROOT,
        "NVCC_PREPEND_FLAGS": "-ccbin {} -objtemp".format(compiler),
    }
    if archs:
        variables["CUDAARCHS"] = ";".join(archs)
        variables["CMAKE_CUDA_ARCHITECTURES"] = ";".join(archs)
        variables["TORCH_CUDA_ARCH_LIST"] = ";".join([_with_dot(arch) for arch in archs])
    return variables

def _with_dot(arch):
    """Returns an architecture as PyTorch names it: `8.0` for `80`, `12.0a` for `120a`."""
    letter = arch.lstrip("0123456789")
    number = arch.removesuffix(letter)
    return "{}.{}{}".format(number[:-1], number[-1], letter)
