"""An index with the wheels of CUDA, which have names and hashes, and no content; and a package that needs nvcc."""

import io
import zipfile
from typing import Any

from fromager_gen.contract import CPUS
from fromager_gen.net import Index, session
from fromager_gen.toolchains import ToolchainsLock, with_cuda
from support.servers import Server, project_page

PARTS = {
    "nvidia-cuda-nvcc": "nvcc",
    "nvidia-nvvm": "nvvm",
    "nvidia-cuda-crt": "crt",
    "nvidia-cuda-runtime": "cudart",
    "nvidia-cuda-cccl": "cccl",
}


class CudaPages:
    """An index with releases of CUDA. A wheel has no content, only a name and a hash."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.pages: dict[str, list[dict[str, Any]]] = {}

    @property
    def url(self) -> str:
        return f"{self.server.url}/simple"

    def add(self, filename: str, body: bytes = b"", **said: Any) -> None:
        project = filename.split("-", maxsplit=1)[0].replace("_", "-")
        url = self.server.say(f"/files/{filename}", body)
        entry = {"filename": filename, "url": url, "hashes": {"sha256": "ab" * 32}, "size": 3, **said}
        self.pages.setdefault(project, []).append(entry)
        self.server.say(f"/simple/{project}/", project_page(self.pages[project], project))

    def metapackage(self, release: str, requirements: list[str]) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as wheel:
            rows = [f"Requires-Dist: {one}\n" for one in requirements]
            wheel.writestr("cuda_toolkit.dist-info/METADATA", f"Name: cuda-toolkit\n{''.join(rows)}\n")
        self.add(f"cuda_toolkit-{release}-py2.py3-none-any.whl", packed.getvalue(), hashes={})

    def release(self, release: str, build: str, without: str = "") -> None:
        """Add a release with all of its wheels, except one whose name begins with a text."""
        linux = "sys_platform == 'linux'"
        self.metapackage(release, [f"{name}=={build}.*; {linux} and extra == '{PARTS[name]}'" for name in PARTS])
        for name in PARTS:
            for cpu in CPUS:
                filename = f"{name.replace('-', '_')}-{build}-py3-none-manylinux2014_{cpu}.manylinux_2_17_{cpu}.whl"
                if not without or not filename.startswith(without) or cpu != CPUS[-1]:
                    self.add(filename)
            self.add(f"{name.replace('-', '_')}-{build}-py3-none-win_amd64.whl")

    def pinned(
        self, version: str, lock: ToolchainsLock | None = None, archs: tuple[str, ...] = ("80",)
    ) -> ToolchainsLock:
        with session() as client:
            index = Index(client, self.url)
            return with_cuda(lock or ToolchainsLock(), version, archs, index, client)[0]


# A package with a module in C, and a kernel that nvcc compiles as many packages do: by a changed `build_ext`. Headers
# of CUDA and of a new C library both declare `rsqrt` and `cospi`.
_SETUP = """
import os
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

class build_cuda(build_ext):
    def build_extensions(self):
        self.compiler.src_extensions.append(".cu")
        plain = self.compiler._compile

        def compile(obj, src, ext, cc_args, extra, pp_opts):
            if ext != ".cu":
                return plain(obj, src, ext, cc_args, extra, pp_opts)
            archs = [one.replace(".", "") for one in os.environ["TORCH_CUDA_ARCH_LIST"].split(";")]
            codes = [f"-gencode=arch=compute_{arch},code=sm_{arch}" for arch in archs]
            self.spawn(["nvcc", *pp_opts, "-O2", "-c", src, "-o", obj, "-Xcompiler", "-fPIC", *codes])

        self.compiler._compile = compile
        build_ext.build_extensions(self)

home = os.environ["CUDA_HOME"]
sums = Extension(
    "sums",
    ["sums.c", "kernels.cu"],
    include_dirs=[home + "/include"],
    library_dirs=[home + "/lib64", home + "/lib64/stubs"],
    libraries=["cudart_static", "cuda", "stdc++", "rt", "pthread", "dl"],
)
setup(name="sums", version="1.0", cmdclass={"build_ext": build_cuda}, ext_modules=[sums])
"""
_MODULE = """
#include <Python.h>
#include <cuda.h>
double total(const double *values, int count);
static PyObject *run(PyObject *self, PyObject *number)
{
    double value = PyFloat_AsDouble(number);
    return PyFloat_FromDouble(total(&value, 1));
}
static PyObject *driver(PyObject *self, PyObject *none)
{
    int version = 0;
    cuDriverGetVersion(&version);
    return PyLong_FromLong(version);
}
static PyMethodDef methods[] = {{"run", run, METH_O, ""}, {"driver", driver, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "sums", "", -1, methods};
PyMODINIT_FUNC PyInit_sums(void) { return PyModule_Create(&module); }
"""
_KERNEL = """
#include <cuda_runtime.h>
#include <vector>
namespace {
__global__ void scale(double *values, double by) { values[threadIdx.x] *= rsqrt(by) * cospi(by); }
}
extern "C" double total(const double *values, int count)
{
    double *copy = nullptr, sum = 0;
    std::vector<double> back(count, -1.0);
    cudaMalloc(&copy, count * sizeof *copy);
    cudaMemcpy(copy, values, count * sizeof *copy, cudaMemcpyHostToDevice);
    scale<<<1, count>>>(copy, 2.0);
    cudaMemcpy(back.data(), copy, count * sizeof *copy, cudaMemcpyDeviceToHost);
    cudaFree(copy);
    for (double one : back) sum += one;
    return sum;
}
"""
SUMS = {
    "setup.py": _SETUP,
    "sums.c": _MODULE,
    "kernels.cu": _KERNEL,
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
}
ASKS = "variants:\n  cuda:\n    env:\n      USE_CUDA: '1'\n"
"""Settings of a package that asks for the accelerator of the variant `cuda`."""
