"""The folders of one CUDA: wheels are merged, parts that depend on the machine left out, and missing names added."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from support.elf import NEEDS_CC

from actions.contract import BUILD_ROOT
from actions.cuda.stub import driver_functions
from actions.errors import ActionError
from actions.make_cuda import main

HEADER = """
#define CUDA_VERSION 13050
CUresult CUDAAPI cuInit(unsigned int Flags);
#define cuMemAlloc                          cuMemAlloc_v2
CUresult CUDAAPI cuMemAlloc(CUdeviceptr *dptr, size_t bytesize);
    #define cuLaunchKernel __CUDA_API_PTSZ(cuLaunchKernel)
typedef struct CUctx_st *CUcontext;
"""
PROFILE = "\nTOP              = $(_HERE_)/..\n\nCICC_PATH = $(TOP)/nvvm/bin\n"
NVCC = {
    "bin/nvcc": "nvcc",
    "bin/nvcc.profile": PROFILE,
    "bin/cudafe++": "",
    "bin/ptxas": "",
    "bin/__nvcc_device_query": "",
    "bin/crt/link.stub": "",
    ".metadata/x": "",
}
OTHERS = {
    "nvvm/bin/cicc": "",
    "nvvm/libdevice/libdevice.10.bc": "",
    "lib/libnvvm.so.4": "",
    "include/cuda.h": HEADER,
    "include/cuda_runtime.h": "",
    "cccl/lib/cmake/cub/cub-config.cmake": "",
    "lib/libcudart.so.13": "cudart",
    "lib/libcudart_static.a": "",
    "LICENSE": "",
}
# The machine's compiler in the place of zig's programs.
ZIG = """#!/bin/sh
export PATH=/usr/bin:/bin
case $1 in
clang) exec {cc} -c -fPIC stub.c -o stub.o;;
ld.lld) for last; do :; done; exec {cc} -shared -nostdlib -Wl,-soname,$4 stub.o -o "$last";;
esac
"""


def wheel(path: Path, files: dict[str, str], folder: str = "nvidia/cu13") -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("x.dist-info/METADATA", "")
        for name, text in files.items():
            packed.writestr(f"{folder}/{name}", text)
    return path


def made(folder: Path, *wheels: Path) -> Path:
    """Run the action; return the folder with its outputs."""
    zig = folder / "zig"
    zig.write_text(ZIG.format(cc=shutil.which("gcc")))
    zig.chmod(0o755)
    out = folder / "out"
    arguments = ["--version", "13.5.0", "--cpu", "x86_64", "--zig", str(zig)]
    for name in ("bin", "include", "lib", "nvvm"):
        (out / name).mkdir(parents=True)
        arguments += [f"--out-{name}", str(out / name)]
    main([*arguments, *(word for path in wheels for word in ("--wheel", str(path)))])
    return out


@NEEDS_CC
def test_wheels_are_merged_into_one_cuda(tmp_path: Path) -> None:
    out = made(tmp_path, wheel(tmp_path / "a.whl", NVCC), wheel(tmp_path / "b.whl", OTHERS))
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}

    left_out = {"bin/__nvcc_device_query", ".metadata/x", "lib/libnvvm.so.4", "LICENSE"}
    expected = {name for name in (*NVCC, *OTHERS) if name not in left_out and not name.startswith("cccl")}
    assert found == expected | {"lib/cmake/cub/cub-config.cmake", "lib/libcudart.so", "lib/stubs/libcuda.so"}
    assert (out / "lib/libcudart.so").read_text() == "cudart"
    assert (out / "bin/nvcc").stat().st_mode & 0o111 and not (out / "include/cuda.h").stat().st_mode & 0o111
    assert f"TOP              = {BUILD_ROOT}/accelerator\n" in (out / "bin/nvcc.profile").read_text()
    assert sorted(path.name for path in out.iterdir()) == ["bin", "include", "lib", "nvvm"]


@NEEDS_CC
def test_a_program_can_be_linked_with_the_stub_of_the_driver(tmp_path: Path) -> None:
    out = made(tmp_path, wheel(tmp_path / "a.whl", NVCC | OTHERS))
    (tmp_path / "x.c").write_text("int cuMemAlloc_v2(void); int f(void) { return cuMemAlloc_v2(); }")
    command = ["gcc", "-shared", "-fPIC", "x.c", f"-L{out}/lib/stubs", "-lcuda", "-Wl,-z,defs", "-o", "x.so"]
    subprocess.run(command, cwd=tmp_path, check=True)

    assert b"libcuda.so.1\0" in (tmp_path / "x.so").read_bytes()


def test_the_stub_has_the_names_that_programs_link_with() -> None:
    assert driver_functions(HEADER) == [
        "cuInit",
        "cuLaunchKernel",
        "cuLaunchKernel_ptsz",
        "cuMemAlloc",
        "cuMemAlloc_v2",
    ]


@NEEDS_CC
@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"bin/nvcc.profile": "TOP = /usr\n"}, "CUDA 13.5.0: nvcc.profile does not set TOP as expected"),
        ({"include/cuda.h": "#define CUDA_VERSION 13050"}, "CUDA 13.5.0: cuda.h of the wheels declares no functions"),
        ({"include/cuda.h": HEADER.replace("13050", "13040")}, "but cuda.h of the wheels is of CUDA 13.4"),
        ({"include/cuda.h": "/* none */"}, "but cuda.h of the wheels is of CUDA 0.0"),
        ({"include/cuda.h": "#define CUDA_VERSION 13050\nCUresult CUDAAPI cuInit(void); CUDAAPI cu9(); #define"}, ""),
    ],
)
def test_wheels_of_another_cuda_are_refused(tmp_path: Path, changed: dict[str, str], says: str) -> None:
    path = wheel(tmp_path / "a.whl", NVCC | OTHERS | changed)
    if not says:
        made(tmp_path, path)
        return
    with pytest.raises(ActionError, match=says):
        made(tmp_path, path)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []


def test_a_missing_wheel_is_refused(tmp_path: Path) -> None:
    """The wheel `nvidia-cuda-nvcc-cu12` has ptxas, and no nvcc."""
    path = wheel(tmp_path / "a.whl", {"bin/ptxas": ""} | OTHERS)

    with pytest.raises(ActionError, match=r"the wheels have no bin/nvcc, bin/nvcc\.profile, bin/cudafe\+\+"):
        made(tmp_path, path)


def test_a_hostile_wheel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match=r"a\.whl"):
        made(tmp_path, wheel(tmp_path / "a.whl", {"../../../evil": ""}))
    assert not list(tmp_path.rglob("evil"))
