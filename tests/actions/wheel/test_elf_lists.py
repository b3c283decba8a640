"""The lists of libraries that a wheel requires and provides, of libraries that the machine's compiler makes."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from actions.wheel.elf_lists import ElfLists, elf_lists

pytestmark = pytest.mark.skipif(not shutil.which("cc"), reason="the machine has no C compiler")


def compiled(folder: Path, name: str, code: str, *options: str) -> Path:
    (folder / "code.c").write_text(code)
    subprocess.run(["cc", "-o", name, "code.c", *options], cwd=folder, check=True)
    return folder / name


def lists(*files: Path) -> ElfLists:
    path = files[0].with_name("wheel.zip")
    with zipfile.ZipFile(path, "w") as wheel:
        for file in files:
            wheel.write(file, f"a/{file.name}")
        wheel.writestr("a/__init__.py", "")
        wheel.writestr("a/damaged.so", b"\x7fELF")
    with zipfile.ZipFile(path) as wheel:
        return elf_lists(wheel)


def library(folder: Path) -> Path:
    (folder / "map").write_text("V1 { global: one; local: *; };")
    options = "-shared -fPIC -Wl,-soname,libone.so.1 -Wl,--version-script=map -Wl,--hash-style=gnu".split()
    return compiled(folder, "libone.so.1", "int one(void) { return 1; }", *options)


def test_a_library_provides_its_name_and_versions(tmp_path: Path) -> None:
    found = lists(library(tmp_path))

    assert found.provides == ("libone.so.1()(64bit)", "libone.so.1(V1)(64bit)")
    assert found.requires[-1] == "rtld(GNU_HASH)"
    assert found.files()["fromager-elf-provides.txt"] == b"libone.so.1()(64bit)\nlibone.so.1(V1)(64bit)\n"


def test_an_extension_module_requires_versions_and_provides_nothing(tmp_path: Path) -> None:
    made = library(tmp_path)
    module = compiled(
        tmp_path, "m.abi3.so", "int one(void); int two(void) { return one(); }", "-shared", "-fPIC", str(made)
    )
    found = lists(module)

    assert found.provides == ()
    assert {"libone.so.1()(64bit)", "libone.so.1(V1)(64bit)"} <= set(found.requires)
    assert not [line for line in lists(module, made).requires if line.startswith("libone")]


def test_a_wheel_without_libraries_has_no_lists(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")

    assert lists(tmp_path / "a.txt").files() == {}


def test_damaged_elf_files_are_left_out(tmp_path: Path) -> None:
    """Each cut of a library and each changed byte of its headers is read without an error that ends the build."""
    data = library(tmp_path).read_bytes()
    for number, size in enumerate(range(0, len(data), 97)):
        (tmp_path / "libcut.so").write_bytes(data[:size])
        lists(tmp_path / "libcut.so")
        changed = bytearray(data)
        changed[4 + number % 60] ^= 0xFF
        (tmp_path / "libcut.so").write_bytes(changed)
        lists(tmp_path / "libcut.so")
