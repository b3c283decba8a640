"""A real toolchain: extensions that it compiles work in Python, and need no newer glibc than they are made for."""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.samples import zip_file

from actions.errors import ActionError
from actions.make_sysroot import main
from actions.sysroot.make import Outputs, Toolchain, make
from actions.sysroot.target import Target

WHEEL = "ziglang-0.17.1-py3-none-manylinux_2_12_x86_64.manylinux2010_x86_64.musllinux_1_1_x86_64.whl"
SHA256 = "ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54"
SOURCES = Path(__file__).parent / "sysroot" / "sources"
TARGET = Target("x86_64", "glibc", "2.17")
INCLUDE = sysconfig.get_path("include")

needs_x86 = pytest.mark.skipif(
    platform.machine() != "x86_64" or sysconfig.get_config_var("SOABI").endswith("musl"),
    reason="the wheel and the extensions are for x86_64 and glibc",
)
needs_python_headers = pytest.mark.skipif(not Path(INCLUDE, "Python.h").exists(), reason="Python.h is not installed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, from the configured index."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", "ziglang==0.17.1"]
    subprocess.run([*command, "--platform=manylinux2010_x86_64", "--dest", str(folder)], check=True)
    assert hashlib.sha256((folder / WHEEL).read_bytes()).hexdigest() == SHA256
    return folder / WHEEL


class Place:
    """A toolchain in its place, and the sources next to it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "cc"
        self.bin = folder / "bin"
        self.work = folder / "work"
        self.root.mkdir()
        self.bin.mkdir()
        shutil.copytree(SOURCES, self.work)

    def made(self, wheel: Path, place: Path, folder: Path) -> Outputs:
        """Make the files in one place, to be used in the place of the toolchain."""
        folder.mkdir(exist_ok=True)
        outputs = Outputs(folder / "sysroot.tar", folder / "driver", folder / "zig")
        make(Toolchain(wheel, "x86_64", TARGET, str(self.root), None), place, outputs)
        assert not place.exists()
        return outputs

    def link(self) -> None:
        """Make the names of the compilers."""
        for name in ("cc", "c++"):
            (self.bin / name).symlink_to(self.root / "driver")

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a compiler with no variable of this process, and so without a home folder."""
        return subprocess.run(
            [str(self.bin / command[0]), *command[1:]],
            cwd=self.work, env={}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def compile(self, *command: str) -> None:
        done = self.call(*command)
        assert (done.returncode, done.stderr) == (0, "")

    def result(self, module: str) -> str:
        """Return what the function of an extension returns in a new Python."""
        code = (
            f"import sys; sys.path.insert(0, '.'); import {module}; print({module}.run(3.0) if {module!r} == 'plain' "
        )
        code += f"else {module}.run())"
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=self.work, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def toolchain(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Return a toolchain in its place."""
    folder = tmp_path_factory.mktemp("toolchain")
    chain = Place(folder)
    chain.made(wheel, folder / "a", chain.root)
    chain.link()
    yield chain
    shutil.rmtree(folder)  # it has half a gigabyte


@pytest.mark.index
@pytest.mark.slow
@needs_x86
def test_two_places_give_equal_bytes_without_their_names(toolchain: Place, wheel: Path) -> None:
    folder = toolchain.root.parent
    second = folder / "second"
    toolchain.made(wheel, folder / "much" / "longer name" / "b", second)

    for name in ("sysroot.tar", "driver", "zig"):
        assert (toolchain.root / name).read_bytes() == (second / name).read_bytes(), name
    data = (toolchain.root / "sysroot.tar").read_bytes()
    assert not [name for name in ("a/", "much/", "second/") if f"{folder}/{name}".encode() in data]


@pytest.mark.index
@needs_x86
def test_the_tar_has_the_files_of_one_target_only(toolchain: Place) -> None:
    with tarfile.open(toolchain.root / "sysroot.tar") as tar:
        infos = tar.getmembers()
    names = {info.name for info in infos}

    assert {"clang.cfg", "bin/ld.lld", "usr/include/stdio.h", "usr/include/linux/futex.h", "usr/lib/crt1.o"} <= names
    assert {"usr/include/c++/v1/vector", "resource/include/immintrin.h", "usr/lib/libc++.a"} <= names
    assert not {"resource/include/altivec.h", "resource/include/arm_neon.h"} & names
    assert len(infos) < 3000 and sum(info.size for info in infos) < 30 << 20
    assert {info.type for info in infos} == {tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE}
    assert not [info.name for info in infos if info.issym() and info.linkname.startswith("/")]


@pytest.mark.index
@needs_x86
@needs_python_headers
def test_an_extension_in_c_runs_and_needs_only_the_old_glibc(toolchain: Place) -> None:
    toolchain.compile("cc", "-O2", "-fPIC", "-shared", f"-I{INCLUDE}", "plain.c", "-o", "plain.so")

    assert toolchain.result("plain") == "360.0"
    assert newest_glibc(toolchain.work / "plain.so") <= (2, 17)
    # The function `pow` has a newer version in glibc 2.29, and a program that does not name libm finds it anyway.
    assert b"libm.so.6" in (toolchain.work / "plain.so").read_bytes()


@pytest.mark.index
@needs_x86
@needs_python_headers
def test_exceptions_and_types_pass_between_an_extension_and_a_library(toolchain: Place) -> None:
    common = ("-O2", "-std=c++17", "-fPIC", "-shared")
    toolchain.compile("c++", *common, "shared.cc", "-o", "libshared.so")
    toolchain.compile("c++", *common, f"-I{INCLUDE}", "cxx.cc", "-L.", "-lshared", "-Wl,-rpath,$ORIGIN", "-o", "cxx.so")

    assert toolchain.result("cxx") == "printed\nstandard own text passed 11 142 1"
    for name in ("cxx.so", "libshared.so"):
        data = (toolchain.work / name).read_bytes()
        assert newest_glibc(toolchain.work / name) <= (2, 17)
        assert str(toolchain.root.parent).encode() not in data
        assert b"libstdc++" not in data and b"libgcc_s" not in data


@pytest.mark.index
@needs_x86
@pytest.mark.skipif(not shutil.which("nm"), reason="binutils are not installed")
def test_the_runtime_of_an_extension_is_not_visible_to_others(toolchain: Place) -> None:
    toolchain.compile("c++", "-O2", "-fPIC", "-shared", "shared.cc", "-o", "visible.so")
    command = ["nm", "-D", "--defined-only", str(toolchain.work / "visible.so")]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    defined = {name: kind for _, kind, name in (line.split() for line in lines)}

    assert defined["_Z9make_herev"] == "T"
    # Templates that a source instantiates are weak and visible, as with GCC. Everything else is hidden.
    assert [
        name for name, kind in defined.items() if kind not in "VWu" and "here" not in name and "Own" not in name
    ] == []
    assert [name for name in defined if name.startswith(("__cxa", "_Unwind", "_Znw", "_Zdl", "__udiv", "mem"))] == []


@pytest.mark.index
@needs_x86
@pytest.mark.parametrize(
    "options",
    [
        "-Wl,--exclude-libs,ALL -Wl,-Bsymbolic-functions -Wl,-z,now -Wl,--as-needed",
        "-static-libgcc -pthread -pipe -fuse-ld=gold",
        "-lgcc -lgcc_s -lgcc_eh -lstdc++ -latomic -lm -ldl -lrt -lpthread -lutil -lresolv",
        "-march=haswell -flto=auto -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fcf-protection",
        "-flto=thin -fno-semantic-interposition -fno-plt -g -Wl,--build-id",
        "-Wl,-rpath,/x -Wl,--gc-sections -no-pie -rdynamic -s",
    ],
)
def test_options_of_gcc_work(toolchain: Place, options: str) -> None:
    (toolchain.work / "main.c").write_text("#include <stdio.h>\nint main(void) { puts(__VERSION__); return 0; }\n")
    toolchain.compile("cc", "-O2", "-Wall", "main.c", *options.split(), "-o", "main")

    done = subprocess.run([str(toolchain.work / "main")], check=True, capture_output=True, text=True)
    assert done.stdout.startswith("Clang 22")


@pytest.mark.index
@needs_x86
def test_headers_of_the_processor_are_complete(toolchain: Place) -> None:
    text = "".join(f"#include <{name}>\n" for name in ("immintrin.h", "x86intrin.h", "cpuid.h", "mm_malloc.h"))
    (toolchain.work / "simd.c").write_text(text)

    toolchain.compile("cc", "-march=x86-64-v4", "-c", "simd.c")


@pytest.mark.index
@needs_x86
def test_answers_do_not_name_the_machine(toolchain: Place) -> None:
    for option, answer in {
        "-dumpmachine": "x86_64-unknown-linux-gnu",
        "-print-prog-name=ld": f"{toolchain.root}/sysroot/bin/ld",
        "-print-file-name=libgcc.a": f"{toolchain.root}/sysroot/usr/lib/libgcc.a",
    }.items():
        assert toolchain.call("cc", option).stdout.strip() == answer
    for option in ("-print-search-dirs", "--version", "-v"):
        done = toolchain.call("cc", option)
        assert done.returncode == 0
        named = re.findall(r"(?<![\w/.])/[\w/.-]+", done.stdout + done.stderr)
        assert [name for name in named if not name.startswith((str(toolchain.root), "/lib64/ld-linux"))] == [], option


@pytest.mark.index
@needs_x86
@pytest.mark.skipif(not shutil.which("rustc"), reason="rustc is not installed")
def test_rust_links_with_it(toolchain: Place) -> None:
    (toolchain.work / "main.rs").write_text('fn main() { std::thread::spawn(|| println!("runs")).join().unwrap() }\n')
    command = ["rustc", "-O", "-C", f"linker={toolchain.bin}/cc", "main.rs", "-o", "rust"]
    subprocess.run(command, cwd=toolchain.work, check=True)

    done = subprocess.run([str(toolchain.work / "rust")], check=True, capture_output=True, text=True)
    assert done.stdout == "runs\n"
    assert newest_glibc(toolchain.work / "rust") <= (2, 17)


def newest_glibc(path: Path) -> tuple[int, ...]:
    """Return the newest version of glibc that a file's symbols name."""
    found = re.findall(rb"GLIBC_(\d+)\.(\d+)", path.read_bytes())
    return max(tuple(int(part) for part in version) for version in found)


def toolchain_of(wheel: Path) -> Toolchain:
    return Toolchain(wheel, "x86_64", TARGET, "/root", None)


def outputs(folder: Path) -> Outputs:
    return Outputs(folder / "sysroot.tar", folder / "driver", folder / "zig")


def test_another_wheel_is_refused(tmp_path: Path) -> None:
    wheel = zip_file(tmp_path / "x-1-py3-none-any.whl", {"ziglang/lib/c.zig": "", "ziglang-1.dist-info/RECORD": ""})

    with pytest.raises(ActionError, match="contains no ziglang/zig"):
        make(toolchain_of(wheel), tmp_path / "work", outputs(tmp_path))


def test_a_hostile_wheel_is_refused(tmp_path: Path) -> None:
    wheel = zip_file(tmp_path / "x-1-py3-none-any.whl", {"ziglang/zig": "", "ziglang/lib/../../../evil": ""})

    with pytest.raises(ActionError, match="is outside the archive's folder"):
        make(toolchain_of(wheel), tmp_path / "work", outputs(tmp_path))
    (tmp_path / "no.whl").write_bytes(b"PK damaged")
    with pytest.raises(ActionError, match=r"no\.whl is damaged"):
        make(toolchain_of(tmp_path / "no.whl"), tmp_path / "other", outputs(tmp_path))


def test_an_error_of_zig_is_reported(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as zipped:
        zipped.writestr("ziglang/zig", '#!/bin/sh\necho "ld.lld a" >&2\necho "error: no such target" >&2\nexit 3\n')

    with pytest.raises(ActionError, match=r"zig cc .* failed with exit code 3:\nerror: no such target$"):
        make(toolchain_of(wheel), tmp_path / "work", outputs(tmp_path))


def test_the_error_names_the_target(tmp_path: Path) -> None:
    names = [f"--out-{name}={tmp_path / name}" for name in ("sysroot", "driver", "zig")]
    with pytest.raises(ActionError, match=r"toolchain for x86_64-linux-gnu\.9: '9' is not a version of glibc"):
        main(["--wheel=x", "--exec-cpu=x86_64", "--cpu=x86_64", "--libc=glibc", "--glibc=9", *names])
