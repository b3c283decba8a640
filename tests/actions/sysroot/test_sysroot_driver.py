"""The driver: it starts zig by the name that it is called by, and unpacks the sysroot once."""

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.samples import contents

from actions.sysroot import pack

SOURCE = Path(pack.__file__).with_name("driver.c")
FILES = {"clang.cfg": "options", "usr/include/a/b.h": "b", "usr/lib/" + "x" * 90: "long", "usr/lib/empty": ""}


def make_tree(folder: Path) -> Path:
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "bin").mkdir()
    (folder / "bin/ld.lld").write_text("#!")
    (folder / "bin/ld.lld").chmod(0o755)
    (folder / "bin/ld").symlink_to("ld.lld")
    return folder


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the driver and a program that prints its arguments in the place of zig."""
    root = tmp_path_factory.mktemp("driver") / "cc"
    root.mkdir()
    options = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-O1", f'-DROOT="{root}"']
    subprocess.run(["cc", *options, str(SOURCE), "-o", str(root / "driver")], check=True)
    (root / "zig").write_text('#!/bin/sh\nfor word; do echo "$word"; done\n')
    (root / "zig").chmod(0o755)
    pack.write(make_tree(root.parent / "tree"), root / "good.tar")
    return root


@pytest.fixture
def root(compiled: Path) -> Path:
    """Return the folder as it is before the first compilation."""
    for name in ("sysroot", "sysroot.unfinished"):
        shutil.rmtree(compiled / name, ignore_errors=True)
    shutil.copyfile(compiled / "good.tar", compiled / "sysroot.tar")
    return compiled


def call(root: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the driver by a name, with no variable of this process."""
    link = root.parent / "bin" / name
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(root / "driver")
    return subprocess.run([str(link), *arguments], env={}, capture_output=True, text=True, check=False)


def words(root: Path, name: str, *arguments: str) -> list[str]:
    done = call(root, name, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("cc", "gcc"),
        ("gcc", "gcc"),
        ("clang", "gcc"),
        ("c++", "g++"),
        ("g++", "g++"),
        ("clang++", "g++"),
        ("cpp", "cpp"),
        ("x86_64-linux-gnu-gcc", "gcc"),
        ("aarch64-linux-gnu-g++", "g++"),
    ],
)
def test_a_compiler_gets_its_mode_and_the_configuration(root: Path, name: str, mode: str) -> None:
    config = f"--config={root}/sysroot/clang.cfg"

    assert words(root, name, "-c", "a b.c") == [
        "clang", f"--driver-mode={mode}", "--no-default-config", config, "-c", "a b.c",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "tool"), [("ld", "ld.lld"), ("ld.lld", "ld.lld"), ("ar", "ar"), ("gcc-ar", "ar"), ("ranlib", "ranlib")]
)
def test_other_tools_get_only_their_arguments(root: Path, name: str, tool: str) -> None:
    assert words(root, name, "x", "") == [tool, "x", ""]
    assert not (root / "sysroot").exists()


def test_the_version_alone_links_nothing(root: Path) -> None:
    assert words(root, "cc", "-v")[-2:] == ["-v", "-###"]
    assert words(root, "cc", "-v", "a.c")[-2:] == ["-v", "a.c"]


def test_compilers_that_start_together_unpack_once(root: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: call(root, "cc", "-c").returncode, range(8)))

    assert done == [0] * 8
    assert contents(root / "sysroot") == contents(root.parent / "tree")
    assert (root / "sysroot/bin/ld").readlink() == Path("ld.lld")
    assert (root / "sysroot/bin/ld.lld").stat().st_mode & 0o777 == 0o755
    assert (root / "sysroot/clang.cfg").stat().st_mode & 0o777 == 0o644
    assert not (root / "sysroot.unfinished").exists()


def test_an_unpacked_sysroot_is_used_as_it_is(root: Path) -> None:
    words(root, "cc", "-c")
    (root / "sysroot.tar").unlink()

    assert words(root, "c++", "-c")


def test_a_sysroot_of_a_process_that_ended_is_finished(root: Path) -> None:
    (root / "sysroot.unfinished/bin").mkdir(parents=True)
    (root / "sysroot.unfinished/bin/ld").symlink_to("ld.lld")
    (root / "sysroot.unfinished/clang.cfg").write_text("half of the text, and more than the whole")
    words(root, "cc", "-c")

    assert contents(root / "sysroot") == contents(root.parent / "tree")


def test_an_incomplete_tar_is_an_error(root: Path) -> None:
    data = (root / "good.tar").read_bytes()
    (root / "sysroot.tar").write_bytes(data[: data.index(b"options") + 3])
    done = call(root, "cc", "-c")

    assert done.returncode == 1
    assert done.stderr.startswith(f"cc: error: incomplete file {root}/sysroot.tar")
    assert not (root / "sysroot").exists()


@pytest.mark.parametrize("option", ["-march=native", "-mcpu=native", "-mtune=native"])
def test_code_for_the_machine_that_builds_is_refused(root: Path, tmp_path: Path, option: str) -> None:
    (tmp_path / "options").write_text(f"-O2\n{option}\n")
    for argument in (option, f"@{tmp_path}/options"):
        done = call(root, "cc", "-O2", argument, "a.c")
        assert done.returncode == 1
        assert f"cc: error: {argument} selects the processor of the machine that builds" in done.stderr


def test_a_text_with_such_an_option_is_not_refused(root: Path) -> None:
    assert words(root, "cc", '-DFLAGS="-march=native"', "@missing")[-2:] == ['-DFLAGS="-march=native"', "@missing"]


def test_another_name_is_an_error(root: Path) -> None:
    done = call(root, "nm", "a.o")

    assert done.returncode == 127
    assert done.stderr == "nm: error: the toolchain has no program of this name\n"
