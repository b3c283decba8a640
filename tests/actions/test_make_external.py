"""The action that takes the files of a Debian package for builds."""

import tarfile
from pathlib import Path

import pytest
from support import debian

from actions.errors import ActionError
from actions.make_external import main

POSTINST = b"#!/bin/sh\nupdate-alternatives --install /usr/bin/blas blas /usr/bin/blas.real 10\n"


def package(files: dict[str, bytes | str], control: dict[str, bytes | str], ending: str = "xz") -> bytes:
    """Return a Debian package: https://manpages.debian.org/deb.5."""
    made = b"!<arch>\n"
    mode = f"w:{ending}" if ending else "w"
    name = f".{ending}" if ending else ""
    for member, content in (
        ("debian-binary", b"2.0\n"),
        (f"control.tar{name}", debian.tar(control, mode)),
        (f"data.tar{name}", debian.tar(files, mode)),
    ):
        made += f"{member:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        made += content + b"\n" * (len(content) % 2)
    return made


def make(folder: Path, data: bytes) -> dict[str, str]:
    """Return the links and the sizes of files that the action writes."""
    (folder / "demo.deb").write_bytes(data)
    main(["--package", f"{folder}/demo.deb", "--cpu", "x86_64", "--root", "/b/external", "--out", f"{folder}/out.tar"])
    with tarfile.open(folder / "out.tar", "r:") as tar:
        return {member.name: member.linkname or str(member.size) for member in tar.getmembers()}


@pytest.mark.parametrize("ending", ["xz", "gz", ""])
def test_files_and_alternatives_of_a_package_are_taken(tmp_path: Path, ending: str) -> None:
    files: dict[str, bytes | str] = {"./usr/bin/blas.real": b"12", "./usr/share/doc/demo": b"x"}

    assert make(tmp_path, package(files, {"./control": b"Package: demo\n", "./postinst": POSTINST}, ending)) == {
        "usr/bin/blas.real": "2",
        "usr/bin/blas": "blas.real",
    }


def test_a_package_without_a_script_has_no_alternatives(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"./usr/bin/blas.real": b"12"}

    assert list(make(tmp_path, package(files, {"./preinst": POSTINST}))) == ["usr/bin/blas.real"]


def test_the_output_is_the_same_for_any_order_of_files(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {"./usr/include/b.h": b"b", "./usr/include/a.h": b"a", "./usr/lib/l": "m"}
    make(tmp_path, package(files, {}))
    before = (tmp_path / "out.tar").read_bytes()
    make(tmp_path, package(dict(sorted(files.items())), {}))

    assert (tmp_path / "out.tar").read_bytes() == before


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x", "demo.deb is damaged"),
        (package({"./usr/bin/x": b"1" * 999}, {})[:-300], "demo.deb is damaged"),
        (debian.package(debian.tar({"./usr/bin/x": b"1"}, "w:xz")), "demo.deb is damaged"),
        (package({"./usr/lib/x": "../../../etc"}, {}), "demo.deb: the link 'usr/lib/x' in it leads out of its root"),
        (package({"../x": b""}, {}), "demo.deb: the name '../x' in it is not a path below its root"),
        (
            package({}, {"./postinst": b"\xff --install /usr/bin/a a /x"}).replace(b"data.tar.xz ", b"data.tar.zst"),
            "zstd",
        ),
    ],
)
def test_a_damaged_or_hostile_package_is_refused(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(ActionError, match=says.replace(".", r"\.")):
        make(tmp_path, data)
    assert not (tmp_path / "out.tar").exists()
