"""Libraries of accelerators, which a wheel may need although neither it nor every machine has them."""

import re
import zipfile

# Libraries of NVIDIA's driver. It is installed with the GPU, and no wheel contains it.
DRIVER = ("libcuda.so.1", "libnvidia-ml.so.1")
# Libraries by their names without a version, and the packages of the index that have them. Names of packages for older
# versions of CUDA end with it: `nvidia-cuda-runtime-cu12`.
_PACKAGES = {
    "libcublas": "nvidia-cublas",
    "libcublasLt": "nvidia-cublas",
    "libcudart": "nvidia-cuda-runtime",
    "libcudnn": "nvidia-cudnn",
    "libcufft": "nvidia-cufft",
    "libcupti": "nvidia-cuda-cupti",
    "libcurand": "nvidia-curand",
    "libcusolver": "nvidia-cusolver",
    "libcusparse": "nvidia-cusparse",
    "libnccl": "nvidia-nccl",
    "libnvJitLink": "nvidia-nvjitlink",
    "libnvrtc": "nvidia-cuda-nvrtc",
}
# Not those of an extra, which are installed only for who asks for it.
_REQUIREMENT = re.compile(r"^Requires-Dist: *([A-Za-z0-9._-]+)(?!.*;.*\bextra\b)", re.M)
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")
_VERSION = re.compile(r"-cu[0-9]+")


def required(wheel: zipfile.ZipFile) -> frozenset[str]:
    """Return the names of the packages that a wheel requires, without a version of CUDA at their end."""
    text = next((wheel.read(name) for name in wheel.namelist() if _METADATA.fullmatch(name)), b"")
    head = text.decode(errors="replace").partition("\n\n")[0]
    names = (re.sub(r"[-_.]+", "-", name).lower() for name in _REQUIREMENT.findall(head))
    return frozenset(_VERSION.sub("", name) for name in names)


def may_need(library: str, requirements: frozenset[str]) -> bool:
    """Return whether a wheel may need a library: one of the driver, or one of a package that it requires.

    Args:
        library: name of the library, such as ``libcudart.so.13``.
        requirements: from `required`.
    """
    package = package_of(library)
    return library in DRIVER or (package != "" and package in requirements)


def package_of(library: str) -> str:
    """Return the package that has a library of CUDA; empty if there is none."""
    return _PACKAGES.get(library.partition(".so")[0], "")
