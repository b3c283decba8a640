"""The files of Debian packages for builds: what is moved, what is left out, and what is refused."""

import io
import os
import stat
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from support import debian
from support.elf import INTERPRETER, elf

from actions.errors import ActionError
from actions.external.tree import alternatives, unpack, write_tree

LIB = "usr/lib/x86_64-linux-gnu"
MODULE = f"./{LIB}/pkgconfig/demo.pc"
ROOT = "/build/external"


def tree(files: Mapping[str, bytes | str], script: str = "", cpu: str = "x86_64") -> bytes:
    """Return the tar of a package's files."""
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(debian.tar(files)), mode="r:") as data,
        tarfile.open(fileobj=out, mode="w:") as tar,
    ):
        write_tree(data, script, tar, ROOT, cpu)
    return out.getvalue()


def members(files: Mapping[str, bytes | str], script: str = "") -> dict[str, bytes | str]:
    """Return contents of files, and targets of links, by name."""
    with tarfile.open(fileobj=io.BytesIO(tree(files, script)), mode="r:") as tar:
        found: dict[str, bytes | str] = {}
        for member in tar.getmembers():
            file = tar.extractfile(member) if member.isfile() else None
            found[member.name] = file.read() if file else member.linkname
        return found


def test_wanted_files_are_kept_and_others_left_out() -> None:
    wanted: dict[str, bytes | str] = {
        "./usr/include/demo/demo.h": b"int x;",
        f"./{LIB}/libdemo.so.1": b"x",
        "./usr/bin/tool": b"no script",
        "./usr/share/pkgconfig/data.pc": b"Name: data\n",
        "./usr/share/cmake-3.25/Modules/FindX.cmake": b"x",
        "./usr/share/aclocal/demo.m4": b"x",
    }
    unwanted = [
        f"./{LIB}/libdemo.a", f"./{LIB}/libdemo.la", "./usr/lib/python3/dist-packages/x.txt", "./usr/lib/debug/x.so",
        "./usr/lib/systemd/system/x.service", "./usr/bin/tool.py", "./usr/share/doc/demo/copyright", "./etc/demo.conf",
        f"./{LIB}/gconv/UTF-16.so", "./usr/sbin/daemon", "./usr/share/man/man1/tool.1.gz",
    ]  # fmt: skip

    assert members({**wanted, **dict.fromkeys(unwanted, b"x")}) == {
        name.removeprefix("./"): content for name, content in wanted.items()
    }


def test_files_of_bin_and_lib_are_those_of_usr() -> None:
    """https://wiki.debian.org/UsrMerge."""
    found = members(
        {
            "./lib/x86_64-linux-gnu/libz.so.1": b"z",
            "./bin/tool": b"t",
            f"./{LIB}/libz.so": "/lib/x86_64-linux-gnu/libz.so.1",
        }
    )

    assert found == {f"{LIB}/libz.so.1": b"z", "usr/bin/tool": b"t", f"{LIB}/libz.so": "libz.so.1"}


def test_a_module_is_moved_to_the_folder_of_builds() -> None:
    text = b"prefix=/usr\nlibdir=${prefix}/lib\nName: /usrlocal\nCflags: -I${prefix}/usr\nLibs: -L /usr x/usr/y\n"

    assert members({MODULE: text}) == {
        MODULE.removeprefix("./"): b"prefix=/build/external/usr\nlibdir=${prefix}/lib\nName: /usrlocal\n"
        b"Cflags: -I${prefix}/usr\nLibs: -L /build/external/usr x/usr/y\n"
    }


def test_a_script_is_moved_except_for_its_first_line() -> None:
    script = b"#!/usr/bin/perl\nprefix=/usr\necho \"/usr/lib\" '/usr' x/usr/y $x/usr /usr2\n"

    assert members({"./usr/bin/demo-config": script}) == {
        "usr/bin/demo-config": b"#!/usr/bin/perl\nprefix=/build/external/usr\n"
        b"echo \"/build/external/usr/lib\" '/build/external/usr' x/usr/y $x/usr /usr2\n"
    }


@pytest.mark.parametrize("option", ["-I/usr/include/demo", "-L/usr/lib/demo"])
def test_a_folder_right_after_an_option_is_moved(option: str) -> None:
    moved = option.replace("/usr", f"{ROOT}/usr")
    found = members(
        {"./usr/bin/demo-config": f"#!/bin/sh\necho {option}\n".encode(), MODULE: f"Libs: {option}\n".encode()}
    )

    assert found["usr/bin/demo-config"] == f"#!/bin/sh\necho {moved}\n".encode()
    assert found[MODULE.removeprefix("./")] == f"Libs: {moved}\n".encode()


def test_headers_and_libraries_are_not_changed() -> None:
    text = b'#define DATA "/usr/share/demo"\n'

    assert members({"./usr/include/demo.h": text}) == {"usr/include/demo.h": text}


@pytest.mark.parametrize(("cpu", "loader"), [("x86_64", "ld-linux-x86-64.so.2"), ("aarch64", "ld-linux-aarch64.so.1")])
def test_a_program_with_a_loader_is_started_with_that_of_the_packages(tmp_path: Path, cpu: str, loader: str) -> None:
    program = elf(segment=INTERPRETER)
    (tmp_path / "tree").write_bytes(tree({"./usr/bin/tool": program}, cpu=cpu))
    unpack(tmp_path / "tree", tmp_path / "out")
    launcher = tmp_path / "out/usr/bin/tool"

    assert (tmp_path / "out/usr/bin/.tool").read_bytes() == program
    assert launcher.read_text() == (
        f'#!/bin/sh\nexec {ROOT}/usr/lib/{cpu}-linux-gnu/{loader} --argv0 "$0" --library-path '
        f'{ROOT}/usr/lib/{cpu}-linux-gnu:{ROOT}/usr/lib {ROOT}/usr/bin/.tool "$@"\n'
    )
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o755 for path in (launcher, launcher.with_name(".tool")))


@pytest.mark.parametrize("program", [elf(), b"\x7fELF\x02\x01", b"\x7fELF\x01\x01" + b"\0" * 60, elf()[:-8]])
def test_a_static_or_a_damaged_program_stays_as_it_is(program: bytes) -> None:
    assert members({"./usr/bin/tool": program}) == {"usr/bin/tool": program}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Cflags: -I/opt/include\n", "/opt/include"),
        ("Cflags: -DX -I${pcfiledir} -I/etc\n", "/etc"),
        ("Cflags: -isystem /opt/include\n", "/opt/include"),
        ('Libs: -L"/opt/lib" -ldemo\n', "/opt/lib"),
        ("Libs.private: -L/home/me\n", "/home/me"),
        ("prefix=/opt\nCflags: -I${prefix}/include\n", "/opt/include"),
        ("a=/opt\nb=${a}/deep\nlibdir=${b}/lib\nLibs: -L${libdir}\n", "/opt/deep/lib"),
        ("prefix=/usr\nCflags: -I${prefix}/../../../etc\n", "/build/external/usr/../../../etc"),
        ("Libs: -L${pcfiledir}/../../../../../../etc\n", "/etc"),
        ("Cflags: -I${nothing}/include\n", "/include"),
        ("Cflags: -I/build/external-other/include\n", "/build/external-other/include"),
    ],
)
def test_a_module_that_points_out_of_its_package_is_refused(text: str, path: str) -> None:
    with pytest.raises(ActionError, match=r"demo\.pc points to ") as caught:
        members({MODULE: text.encode()})

    assert path in str(caught.value) and str(caught.value).endswith("which is outside of its package")


def test_a_module_can_name_folders_of_its_package_by_variables() -> None:
    text = "prefix=${pcfiledir}/../../..\nCflags: -I${prefix}/include -Irelative\nLibs: -L${prefix}/lib\n"

    assert members({MODULE: text.encode()}) == {MODULE.removeprefix("./"): text.encode()}


@pytest.mark.parametrize("name", ["./usr/include/../../../escaped", "../usr/include/a.h", "/usr/include/a.h"])
def test_a_name_out_of_the_root_is_refused(name: str) -> None:
    with pytest.raises(ActionError, match="is not a path below its root"):
        members({name: b""})


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("libdemo.so.1.2", "libdemo.so.1.2"),
        ("/usr/lib/x86_64-linux-gnu/libdemo.so.1", "libdemo.so.1"),
        ("/lib/x86_64-linux-gnu/libdemo.so.1", "libdemo.so.1"),
        ("/etc/alternatives/libdemo.so", "../../../etc/alternatives/libdemo.so"),
        ("../../include/x", "../../include/x"),
        ("/../../../etc/passwd", "../../../etc/passwd"),
        ("././x/../libdemo.so.1", "libdemo.so.1"),
    ],
)
def test_links_are_relative_and_stay_in_the_root(link: str, target: str) -> None:
    assert members({f"./{LIB}/libdemo.so": link}) == {f"{LIB}/libdemo.so": target}


@pytest.mark.parametrize("link", ["../../../../etc/passwd", "../../../..", "x/../../../../../y"])
def test_a_link_out_of_the_root_is_refused(link: str) -> None:
    with pytest.raises(ActionError, match=f"the link '{LIB}/libdemo.so' in it leads out of its root"):
        members({f"./{LIB}/libdemo.so": link})


SCRIPT = f"""#!/bin/sh
set -e
update-alternatives --install /{LIB}/libblas.so.3 \\
    libblas.so.3-x86_64-linux-gnu /{LIB}/blas/libblas.so.3 10 \\
    --slave /usr/bin/blas-tool blas-tool /usr/bin/blas-tool.real
update-alternatives --install /etc/demo demo /usr/share/demo 5
update-alternatives --install "$link" name /usr/bin/x 5
update-alternatives --install /usr/bin/../../x name /usr/bin/x 5
update-alternatives --remove name /usr/bin/x
"""


def test_literal_alternatives_are_read_from_a_script() -> None:
    assert list(alternatives(SCRIPT)) == [
        (f"/{LIB}/libblas.so.3", f"/{LIB}/blas/libblas.so.3"),
        ("/usr/bin/blas-tool", "/usr/bin/blas-tool.real"),
        ("/etc/demo", "/usr/share/demo"),
    ]
    assert list(alternatives("")) == list(alternatives("x --install /usr/bin/a a")) == []


def test_alternatives_become_links_if_builds_need_them() -> None:
    assert members({f"./{LIB}/blas/libblas.so.3": b"x"}, SCRIPT) == {
        f"{LIB}/blas/libblas.so.3": b"x",
        f"{LIB}/libblas.so.3": "blas/libblas.so.3",
        "usr/bin/blas-tool": "blas-tool.real",
    }


def test_what_an_earlier_package_has_stays(tmp_path: Path) -> None:
    packages: list[dict[str, bytes | str]] = [
        {"usr/lib/a": b"1", "usr/lib/l": "a"},
        {"usr/lib/a": b"2", "usr/lib/l": "b"},
    ]
    for number, files in enumerate(packages):
        (tmp_path / f"{number}").write_bytes(tree(files))
        unpack(tmp_path / f"{number}", tmp_path / "out")

    assert (tmp_path / "out/usr/lib/a").read_bytes() == b"1"
    assert os.readlink(tmp_path / "out/usr/lib/l") == "a"


def test_a_folder_can_be_a_link_in_the_same_package(tmp_path: Path) -> None:
    (tmp_path / "tree").write_bytes(tree({"usr/include/new": "old", "usr/include/new/x.h": b"x"}))
    unpack(tmp_path / "tree", tmp_path / "out")

    assert (tmp_path / "out/usr/include/new/x.h").read_bytes() == b"x"
    assert not (tmp_path / "out/usr/include/new").is_symlink()


def test_a_hard_link_is_the_file_that_it_leads_to() -> None:
    data, out = io.BytesIO(debian.tar({"./usr/include/one.h": b"x"})), io.BytesIO()
    with tarfile.open(fileobj=data, mode="a") as tar:
        info = tarfile.TarInfo("./usr/include/other.h")
        info.type, info.linkname = tarfile.LNKTYPE, "./usr/include/one.h"
        tar.addfile(info)
    data.seek(0)
    with tarfile.open(fileobj=data) as tar, tarfile.open(fileobj=out, mode="w:") as made:
        write_tree(tar, "", made, ROOT, "x86_64")

    assert tarfile.open(fileobj=io.BytesIO(out.getvalue())).extractfile("usr/include/other.h") is not None


@pytest.mark.parametrize("data", [b"x" * 600, tree({"usr/lib/a": b"1" * 2000})[:1500]])
def test_a_damaged_tree_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "tree").write_bytes(data)

    with pytest.raises(ActionError, match="tree is damaged"):
        unpack(tmp_path / "tree", tmp_path / "out")
