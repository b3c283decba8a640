"""Sysroots in toolchains.lock.json: which platforms they are for, and what is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from support import debian
from support.elf import AARCH64, S390X, X86_64, elf

from fromager_gen.errors import LockError
from fromager_gen.net import session
from fromager_gen.toolchains import ToolchainsLock, read_toolchains, toolchains_text, with_sysroot


def libc(version: str = "2.36", machine: int = X86_64) -> bytes:
    return elf(
        machine, content=f"\0GNU C Library (Debian GLIBC {version}-9) stable release version {version}.\0".encode()
    )


def parts(library: bytes, triple: str = "x86_64-linux-gnu") -> dict[str, bytes | str]:
    """Return what each package of a sysroot is recognised by."""
    gcc = f"./usr/lib/gcc/{triple}/12"
    return {
        f"./lib/{triple}/libc.so.6": library,
        f"./lib/{triple}/libgcc_s.so.1": b"",
        f"./usr/lib/{triple}/crti.o": b"",
        f"{gcc}/libgcc.a": b"",
        f"{gcc}/libstdc++.so": "../../../libstdc++.so.6",
        f"./usr/lib/{triple}/libstdc++.so.6": "libstdc++.so.6.0.30",
        "./usr/include/linux/types.h": b"",
    }


def add(folder: Path, files: Mapping[str, bytes | str], lock: ToolchainsLock | None = None) -> ToolchainsLock:
    """Pin two packages with the files."""
    names = sorted(files)
    halves = [names[::2], names[1::2]]
    for number, half in enumerate(halves):
        data = debian.tar({name: files[name] for name in half}, "w:xz")
        (folder / f"package-{number}.deb").write_bytes(debian.package(data))
    addresses = [(folder / f"package-{number}.deb").as_uri() for number in range(len(halves))]
    with session() as client:
        return with_sysroot(lock or ToolchainsLock(), addresses, client)[0]


def test_a_sysroot_is_for_platforms_with_at_least_its_c_library(tmp_path: Path) -> None:
    lock = add(tmp_path, parts(libc("2.31")))
    (one,) = lock.sysroot
    (tmp_path / "lock").write_text(toolchains_text(lock))

    assert (one.cpu, one.glibc) == ("x86_64", "2.31")
    assert one.targets == tuple(f"linux_x86_64_glibc_{version}" for version in ("2_34", "2_36", "2_39"))
    assert read_toolchains(tmp_path / "lock") == lock
    assert str(one).startswith("Sysroot for x86_64 with glibc 2.31 and libstdc++: linux_x86_64_glibc_2_34, ")


def test_a_sysroot_replaces_that_of_the_same_cpu(tmp_path: Path) -> None:
    other = add(tmp_path, parts(libc(machine=AARCH64), "aarch64-linux-gnu"))
    lock = add(tmp_path, parts(libc("2.31")), add(tmp_path, parts(libc()), other))

    assert {one.cpu: one.glibc for one in lock.sysroot} == {"aarch64": "2.36", "x86_64": "2.31"}
    assert len(lock.files) == 4


@pytest.mark.parametrize(
    ("files", "says"),
    [
        (
            {name: data for name, data in parts(libc()).items() if "crti" not in name},
            "the packages lack libc6-dev. Add",
        ),
        (
            {name: data for name, data in parts(libc()).items() if "gcc/" not in name},
            "lack libgcc-N-dev, libstdc++-N-dev",
        ),
        (parts(libc(machine=S390X)), "libc.so.6 is not glibc for aarch64 or x86_64"),
        (parts(elf()), "libc.so.6 is not glibc for aarch64 or x86_64"),
        (parts(libc("2.41")), "the packages have glibc 2.41, but no platform of x86_64 has so new a version"),
    ],
)
def test_packages_that_are_no_sysroot_are_refused(tmp_path: Path, files: dict[str, bytes | str], says: str) -> None:
    with pytest.raises(LockError) as caught:
        add(tmp_path, files)

    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new"), [('"2.36"', '"2.36;"'), ("linux_x86_64_glibc_2_39", "linux_x86_64_glibc_9"), ("x86_64_1", "other")]
)
def test_a_lock_with_other_values_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = toolchains_text(add(tmp_path, parts(libc())))
    assert old in text
    changed = text.replace(f'{old}"]', f'{new}"]') if old == "x86_64_1" else text.replace(old, new)
    (tmp_path / "lock").write_text(changed)

    with pytest.raises(LockError):
        read_toolchains(tmp_path / "lock")
