"""POSIX programs in toolchains.lock.json: which names programs have, and what is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support import debian
from support.elf import AARCH64, INTERPRETER, S390X, elf

from fromager_gen.errors import LockError
from fromager_gen.net import session
from fromager_gen.toolchains import ToolchainsLock, read_toolchains, toolchains_text, with_posix

OLD_GLIBC = elf(content=b"\0GNU C Library (Debian GLIBC 2.31-13) stable release version 2.31.\0")
BUSYBOX = elf(content=b"\0awk\0bash\0sh\0wget\0")
PACKAGE = {
    "./bin/busybox": BUSYBOX,
    "./usr/bin/make": elf(segment=INTERPRETER),
    "./usr/bin/gmake": "make",
    "./usr/bin/script": b"#!/bin/sh\n",
    "./lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": elf(),
    "./lib/x86_64-linux-gnu/libc.so.6": elf(),
    "./lib64/ld-linux-x86-64.so.2": "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "./usr/lib/x86_64-linux-gnu/gconv/EUC.so": elf(),
}


def add(folder: Path, *packages: Mapping[str, bytes | str], lock: ToolchainsLock | None = None) -> ToolchainsLock:
    """Pin packages; a text is the target of a symbolic link."""
    paths = [folder / f"package-{number}.tar" for number in range(len(packages))]
    for path, files in zip(paths, packages, strict=True):
        path.write_bytes(debian.tar(files))
    with session() as client:
        return with_posix(lock or ToolchainsLock(), [path.as_uri() for path in paths], client)[0]


def test_programs_have_the_names_of_their_files_links_and_applets(tmp_path: Path) -> None:
    lock = add(tmp_path, PACKAGE)
    (one,) = lock.posix
    (tmp_path / "lock").write_text(toolchains_text(lock))

    assert one.static == tuple((name, "bin/busybox") for name in ("awk", "busybox", "sh"))
    assert one.dynamic == (("gmake", "usr/bin/make"), ("make", "usr/bin/make"))
    assert [name for name, _ in one.libraries] == ["ld-linux-x86-64.so.2", "libc.so.6"]
    assert dict(one.libraries)[one.loader] == "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    assert read_toolchains(tmp_path / "lock") == lock
    assert str(one) == "POSIX programs on x86_64: awk busybox gmake make sh"


def test_a_program_of_a_package_has_precedence_over_an_applet(tmp_path: Path) -> None:
    (one,) = add(tmp_path, PACKAGE, {"usr/bin/awk": elf(segment=INTERPRETER), "usr/bin/sh": elf()}).posix

    assert dict(one.dynamic)["awk"] == "usr/bin/awk" and "awk" not in dict(one.static)
    assert dict(one.static)["sh"] == "usr/bin/sh"


def test_a_later_package_has_precedence_and_links_lead_to_usr(tmp_path: Path) -> None:
    merged = {"usr/bin/toy": elf(), "usr/bin/fun": elf(), "usr/bin/play": "/bin/fun"}
    (one,) = add(tmp_path, {"bin/toy": elf(), "bin/[": elf()}, {"sbin/toy": elf()}, merged).posix

    assert one.static == (("fun", "usr/bin/fun"), ("play", "usr/bin/fun"), ("toy", "usr/bin/toy"))


def test_programs_replace_those_of_the_same_cpu(tmp_path: Path) -> None:
    before = add(tmp_path, {"bin/busybox": BUSYBOX}, {"usr/bin/true": elf()})
    other = add(tmp_path, {"bin/busybox": elf(AARCH64, content=b"\0sh\0")}, lock=before)
    lock = add(tmp_path, {"bin/busybox": BUSYBOX}, lock=other)

    assert [one.exec for one in lock.posix] == ["aarch64", "x86_64"]
    assert set(lock.files) == {"posix_aarch64_0", "posix_x86_64_0"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"usr/bin/script": b"#!/bin/sh\n"}, "there are no programs in bin, sbin, usr/bin or usr/sbin of the packages"),
        ({"bin/one": elf(), "bin/two": elf(AARCH64)}, "the programs are for aarch64, x86_64. Give packages with"),
        ({"bin/one": elf(S390X)}, "it names the unknown CPU 'ELF machine 22'"),
        ({"bin/busybox": BUSYBOX, "bin/make": elf(segment=INTERPRETER)}, "bin/make is linked with shared libraries"),
        ({**PACKAGE, "./bin/busybox": b""}, "the packages lack a static shell (Debian's busybox-static). Add it"),
        ({"bin/a'b": elf(), "bin/$(x)": elf(), "bin/[": elf()}, "there are no programs in bin, sbin, usr/bin"),
        ({**PACKAGE, "./lib/x86_64-linux-gnu/libc.so.6": OLD_GLIBC}, "the loader of glibc 2.31 can't start it under"),
        ({**PACKAGE, "./bin/busybox": b"", "./bin/sh": elf()}, "lack a static shell (Debian's busybox-static). Add"),
    ],
)  # fmt: skip
def test_packages_without_usable_programs_are_refused(tmp_path: Path, files: dict[str, bytes | str], says: str) -> None:
    with pytest.raises(LockError) as caught:
        add(tmp_path, files)

    assert says in str(caught.value)


def test_a_damaged_package_is_refused(tmp_path: Path) -> None:
    (tmp_path / "busybox.deb").write_bytes(b"!<arch>\nnothing")
    with session() as client, pytest.raises(LockError, match=r"busybox\.deb is damaged"):
        with_posix(ToolchainsLock(), [(tmp_path / "busybox.deb").as_uri()], client)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("bin/busybox", "../busybox"),
        ('"awk"', '"a\'wk"'),
        ('ld-linux-x86-64.so.2"}', 'other"}'),
        ('posix_x86_64_0"]', 'x"]'),
        ('"loader": "ld', '"loader": "\\")'),
    ],
)
def test_a_lock_with_other_values_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = toolchains_text(add(tmp_path, PACKAGE))
    assert old in text
    (tmp_path / "lock").write_text(text.replace(old, new))

    with pytest.raises(LockError):
        read_toolchains(tmp_path / "lock")
