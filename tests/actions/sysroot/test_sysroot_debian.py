"""A sysroot of Debian packages: what is taken out of them, and what is refused."""

import io
import os
import tarfile
from pathlib import Path

import pytest
from support import debian

from actions.errors import ActionError
from actions.sysroot.debian import make_tree
from actions.sysroot.target import Target

TARGET = Target("x86_64", "glibc", "2.36")
TRIPLE = "x86_64-linux-gnu"
FILES: dict[str, bytes | str] = {
    "./usr/include/stdio.h": b"int puts(const char *);\n",
    "./usr/include/linux/types.h": b"",
    f"./usr/lib/{TRIPLE}/crti.o": b"",
    f"./usr/lib/{TRIPLE}/libm.so": f"/lib/{TRIPLE}/libm.so.6",
    f"./lib/{TRIPLE}/libm.so.6": b"libm",
    f"./usr/lib/gcc/{TRIPLE}/9/libgcc.a": b"",
    f"./usr/lib/gcc/{TRIPLE}/12/libgcc.a": b"",
    f"./usr/lib/gcc/{TRIPLE}/12/libasan.a": b"",
    f"./usr/lib/gcc/{TRIPLE}/12/libstdc++.so": "../../../x86_64-linux-gnu/libstdc++.so.6",
    "./usr/share/doc/libc6/copyright": b"text",
}


def make(folder: Path, *files: dict[str, bytes | str]) -> Path:
    (folder / "builtins").mkdir()
    for name in ("stddef.h", "arm_neon.h"):
        (folder / "builtins" / name).touch()
    packages = [folder / f"{number}.deb" for number in range(len(files))]
    for path, content in zip(packages, files, strict=True):
        path.write_bytes(debian.package(debian.tar(content, "w:xz")))
    make_tree(packages, folder / "builtins", TARGET, folder / "out")
    return folder / "out"


def test_a_sysroot_has_headers_libraries_and_the_newest_gcc(tmp_path: Path) -> None:
    out = make(tmp_path, FILES)
    found = {path.relative_to(out).as_posix() for path in out.rglob("*") if not path.is_dir()}

    assert "usr/include/stdio.h" in found and "resource/include/stddef.h" in found
    assert not any(name.endswith(("arm_neon.h", "libasan.a", "copyright")) for name in found)
    assert (out / f"usr/lib/{TRIPLE}/libm.so").read_bytes() == b"libm"
    assert os.readlink(out / f"usr/lib/{TRIPLE}/libm.so") == f"../../../lib/{TRIPLE}/libm.so.6"
    config = (out / "clang.cfg").read_text().splitlines()
    assert f"--gcc-install-dir=<CFGDIR>/usr/lib/gcc/{TRIPLE}/12" in config and "-stdlib=libstdc++" in config


def test_a_later_package_replaces_files(tmp_path: Path) -> None:
    out = make(tmp_path, FILES, {"./usr/include/stdio.h": b"new\n"})

    assert (out / "usr/include/stdio.h").read_bytes() == b"new\n"


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"./usr/include/../../../escaped": b""}, "is not a path below its root"),
        ({"/usr/include/a.h": b""}, "is not a path below its root"),
        ({"./usr/include/up": "../lib", "./usr/include/up/a.h": b""}, "'usr/include/up/a.h' in it is below a link"),
        ({"./usr/lib/libm.so": "../../../etc/passwd"}, "the link 'usr/lib/libm.so' in it leads out of the sysroot"),
        ({**FILES, "./usr/include/linux": "asm"}, "in it is below a link"),
        ({"./usr/include/stdio.h": b""}, "the packages lack libgcc-N-dev, libstdc++-N-dev, libc6-dev, linux-libc-dev"),
    ],
)
def test_packages_that_are_no_sysroot_are_refused(tmp_path: Path, files: dict[str, bytes | str], says: str) -> None:
    with pytest.raises(ActionError) as caught:
        make(tmp_path, dict(sorted(files.items())))

    assert says in str(caught.value)
    assert not (tmp_path / "escaped").exists() and not (tmp_path / "a.h").exists()


def test_a_package_in_another_compression_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "zstd.deb").write_bytes(debian.package(b"x", "data.tar.zst"))
    (tmp_path / "damaged.deb").write_bytes(debian.package(b"x"))

    with pytest.raises(ActionError, match=r"zstd\.deb is compressed with zstd; use Debian's packages"):
        make_tree([tmp_path / "zstd.deb"], tmp_path, TARGET, tmp_path / "one")
    with pytest.raises(ActionError, match=r"damaged\.deb is damaged"):
        make_tree([tmp_path / "damaged.deb"], tmp_path, TARGET, tmp_path / "two")


def test_a_hard_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    data = io.BytesIO(debian.tar(FILES))
    with tarfile.open(fileobj=data, mode="a") as tar:
        info = tarfile.TarInfo("./usr/include/other.h")
        info.type, info.linkname = tarfile.LNKTYPE, "./usr/include/stdio.h"
        tar.addfile(info)
    (tmp_path / "one.deb").write_bytes(debian.package(data.getvalue(), "data.tar"))
    (tmp_path / "builtins").mkdir()
    make_tree([tmp_path / "one.deb"], tmp_path / "builtins", TARGET, tmp_path / "out")

    assert (tmp_path / "out/usr/include/other.h").read_bytes() == FILES["./usr/include/stdio.h"]


@pytest.mark.timeout(20)
def test_damaged_packages_are_refused(tmp_path: Path) -> None:
    many = {f"./usr/include/{number}.h": os.urandom(200) for number in range(300)}
    data = bytearray(debian.tar(many, "w:gz"))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "middle.deb").write_bytes(debian.package(bytes(data), "data.tar.gz"))
    (tmp_path / "size.deb").write_bytes(b"!<arch>\n" + f"{'x':<48}{'-60':<10}`\n".encode())
    (tmp_path / "short.deb").write_bytes(debian.package(debian.tar(FILES, "w:xz"))[:-200])

    for name in ("middle", "size", "short"):
        with pytest.raises(ActionError, match=rf"{name}\.deb is damaged"):
            make_tree([tmp_path / f"{name}.deb"], tmp_path, TARGET, tmp_path / f"out-{name}")
