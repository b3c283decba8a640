"""Tell build systems that a wheel is for another platform than the one that builds it.

setuptools takes everything from `sysconfig`. Other build systems take a file or variables:

- meson: a cross file, https://mesonbuild.com/Cross-compilation.html
- CMake: a toolchain file, https://cmake.org/cmake/help/latest/manual/cmake-toolchains.7.html
- PyO3 and maturin: the data of `sysconfig`, https://pyo3.rs/latest/building-and-distribution.html#cross-compiling
"""

import json
from collections.abc import Mapping
from pathlib import Path

from actions.contract import TARGET_PYTHON_VARIABLE
from actions.world.world import World

_PLATFORM = "_PYTHON_HOST_PLATFORM"
_MESON = """[binaries]
c = 'cc'
cpp = 'c++'
ar = 'ar'
[properties]
needs_exe_wrapper = true
[host_machine]
system = 'linux'
cpu_family = '{cpu}'
cpu = '{cpu}'
endian = 'little'
"""
_CMAKE = """set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {cpu})
set(CMAKE_C_COMPILER cc)
set(CMAKE_CXX_COMPILER c++)
foreach(python Python Python3 PYTHON)
  set(${{python}}_EXECUTABLE {env}/bin/python CACHE FILEPATH "")
  set(${{python}}_INCLUDE_DIR {include} CACHE PATH "")
endforeach()
"""


def is_cross(variables: Mapping[str, str]) -> bool:
    """Return whether a build with these variables is for another platform."""
    return TARGET_PYTHON_VARIABLE in variables


def write_files(place: World, variables: Mapping[str, str]) -> dict[str, str]:
    """Write the files; return the variables that name them, and the compilers of the platform that builds.

    Args:
        place: the build's folders, with its interpreter.
        variables: those of toolchains.
    """
    folder = place.cross
    cpu = variables[_PLATFORM].partition("-")[2]
    target = json.loads(Path(variables[TARGET_PYTHON_VARIABLE]).read_text())
    version = str(target["VERSION"])
    include = next(iter(sorted((place.home / "include").glob(f"python{version}*"))), place.home / "include")
    folder.mkdir()
    (folder / "meson.ini").write_text(_MESON.format(cpu=cpu))
    (folder / "toolchain.cmake").write_text(_CMAKE.format(cpu=cpu, env=place.env, include=include))
    (folder / f"_sysconfigdata__linux_{cpu}-linux-gnu.py").write_text(f"build_time_vars = {target!r}\n")
    return {
        "CC_FOR_BUILD": "exec-cc",
        "CMAKE_TOOLCHAIN_FILE": str(folder / "toolchain.cmake"),
        "CXX_FOR_BUILD": "exec-c++",
        "HOST_CC": "exec-cc",
        "HOST_CXX": "exec-c++",
        "PYO3_CROSS_LIB_DIR": str(folder),
        "PYO3_CROSS_PYTHON_VERSION": version,
    }


def add_settings(settings: dict[str, object], backend: str, folder: Path) -> None:
    """Add what a backend takes only as a setting.

    Args:
        settings: config settings of the package, which are changed.
        backend: the build backend.
        folder: the folder of `write_files`.
    """
    if backend == "mesonpy":
        given = settings.get("setup-args", [])
        settings["setup-args"] = [f"--cross-file={folder}/meson.ini", *(given if isinstance(given, list) else [given])]
