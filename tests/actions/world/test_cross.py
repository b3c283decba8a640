"""What build systems are told about a platform that is not the one that builds."""

import json
import runpy
import shutil
import subprocess
from pathlib import Path

import pytest

from actions.contract import TARGET_PYTHON_VARIABLE
from actions.world import cross
from actions.world.world import World

TARGET = {"VERSION": "3.11", "MULTIARCH": "aarch64-linux-gnu", "SOABI": "cpython-311-aarch64-linux-gnu"}


@pytest.fixture
def written(tmp_path: Path) -> tuple[World, dict[str, str]]:
    place = World(tmp_path)
    (place.home / "include" / "python3.11").mkdir(parents=True)
    (place.home / "target.json").write_text(json.dumps(TARGET))
    given = {"_PYTHON_HOST_PLATFORM": "linux-aarch64", TARGET_PYTHON_VARIABLE: f"{place.home}/target.json"}
    assert cross.is_cross(given) and not cross.is_cross({})
    return place, cross.write_files(place, given)


def test_pyo3_reads_the_configuration_of_the_target(written: tuple[World, dict[str, str]]) -> None:
    _, variables = written
    (data,) = Path(variables["PYO3_CROSS_LIB_DIR"]).glob("_sysconfigdata_*.py")

    assert runpy.run_path(str(data))["build_time_vars"] == TARGET
    assert variables["PYO3_CROSS_PYTHON_VERSION"] == "3.11"
    assert variables["CC_FOR_BUILD"] == variables["HOST_CC"] == "exec-cc"


def test_meson_gets_a_cross_file_in_addition_to_the_settings_of_the_package(
    written: tuple[World, dict[str, str]],
) -> None:
    place, _ = written
    for given, expected in ((None, []), ("-Da=b", ["-Da=b"]), (["-Da=b", "-Dc=d"], ["-Da=b", "-Dc=d"])):
        settings: dict[str, object] = {} if given is None else {"setup-args": given}
        cross.add_settings(settings, "mesonpy", place.cross)
        assert settings == {"setup-args": [f"--cross-file={place.cross}/meson.ini", *expected]}
    other: dict[str, object] = {}
    cross.add_settings(other, "setuptools.build_meta", place.cross)

    assert other == {}
    assert "cpu = 'aarch64'" in (place.cross / "meson.ini").read_text()


@pytest.mark.skipif(not shutil.which("cmake"), reason="CMake reads the toolchain file")
def test_cmake_reads_the_toolchain_file(written: tuple[World, dict[str, str]], tmp_path: Path) -> None:
    _, variables = written
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(x LANGUAGES NONE)\n"
        'message("${CMAKE_CROSSCOMPILING} ${CMAKE_SYSTEM_PROCESSOR} ${Python_INCLUDE_DIR} ${CMAKE_C_COMPILER}")\n'
    )
    command = ["cmake", "-S", str(tmp_path), "-B", str(tmp_path / "build")]
    command.append(f"-DCMAKE_TOOLCHAIN_FILE={variables['CMAKE_TOOLCHAIN_FILE']}")
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr

    assert f"TRUE aarch64 {tmp_path}/python/include/python3.11 cc" in said
