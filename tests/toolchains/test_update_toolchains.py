"""`toolchains update` reads each archive again, and pins the compilers that this version is tested with."""

from pathlib import Path

import pytest
from support import command, debian
from support.elf import elf
from support.indexes import Pages
from support.servers import Server

from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.lock import LockedFile
from fromager_gen.toolchains import ToolchainsLock, read_toolchains, toolchains_text
from fromager_gen.toolchains.model import CcToolchains

PROGRAMS = "/busybox.deb"


def package(content: bytes) -> bytes:
    return debian.package(debian.tar({"./bin/busybox": elf(content=content)}, "w:xz"))


@pytest.fixture
def address(server: Server, tmp_path: Path) -> str:
    """Pin programs, and return the address of their package."""
    address = server.say(PROGRAMS, package(b"\0sh\0"))
    command.output("toolchains", "add", "posix", address, "--output", tmp_path)
    return address


def test_a_replaced_archive_gets_its_new_hash_and_content(server: Server, address: str, tmp_path: Path) -> None:
    before = read_toolchains(tmp_path / TOOLCHAINS_LOCK)
    server.say(PROGRAMS, package(b"\0sh\0awk\0"))
    command.output("toolchains", "update", "--output", tmp_path)
    after = read_toolchains(tmp_path / TOOLCHAINS_LOCK)

    assert dict(after.posix[0].static).keys() == {"awk", "busybox", "sh"}
    assert after.files.keys() == before.files.keys() and after.files != before.files


def test_equal_archives_leave_the_lock_as_it_is(address: str, tmp_path: Path) -> None:
    lock = tmp_path / TOOLCHAINS_LOCK
    before = lock.stat().st_mtime_ns, lock.read_text()
    command.output("toolchains", "update", "--output", tmp_path)

    assert (lock.stat().st_mtime_ns, lock.read_text()) == before


def test_an_archive_that_cannot_be_read_leaves_the_lock_as_it_is(server: Server, address: str, tmp_path: Path) -> None:
    before = (tmp_path / TOOLCHAINS_LOCK).read_text()
    server.say(PROGRAMS, b"text")
    error = command.error("toolchains", "update", "--output", tmp_path)

    assert "busybox.deb is damaged" in str(error)
    assert (tmp_path / TOOLCHAINS_LOCK).read_text() == before


def test_compilers_are_those_that_this_version_is_tested_with(server: Server, tmp_path: Path) -> None:
    file = LockedFile("z.whl", "ab" * 32, 3, url="https://index.test/z.whl")
    compilers = CcToolchains("x86_64", "ziglang_x86_64", ("linux_x86_64_glibc_2_17",))
    old = ToolchainsLock({"ziglang_x86_64": file}, (compilers,))
    (tmp_path / TOOLCHAINS_LOCK).write_text(toolchains_text(old))
    served = Pages(server)
    served.add("ziglang", {"filename": "ziglang-0.1-py3-none-any.whl", "url": "x.whl", "hashes": {}})
    error = command.error("toolchains", "update", "--output", tmp_path, "--index-url", served.url)

    assert "does not have ziglang-0.17.1" in str(error)


def test_a_workspace_without_pinned_toolchains_is_an_error(tmp_path: Path) -> None:
    assert "pins no toolchain" in str(command.error("toolchains", "update", "--output", tmp_path))


@pytest.mark.parametrize("fragment", ["SHA256:" + "ab" * 32, "sha512=00", "sha256=zzz", "sha256=" + "AB" * 32, "md5=x"])
def test_a_fragment_that_is_no_sha256_is_refused(server: Server, tmp_path: Path, fragment: str) -> None:
    """apt prints hashes in another form; a hash that is not compared must not look as if it were."""
    address = f"{server.say(PROGRAMS, package(b''))}#{fragment}"
    error = command.error("toolchains", "add", "posix", address, "--output", tmp_path)

    assert "is not a hash; write #sha256= and 64 hexadecimal digits" in str(error)
    assert server.asked == [] and list(tmp_path.iterdir()) == []


def test_another_entry_for_equal_archives_is_written(address: str, tmp_path: Path) -> None:
    """An earlier version of this program may have found less in the same files."""
    lock = tmp_path / TOOLCHAINS_LOCK
    right = lock.read_text()
    lock.write_text(right.replace('["sh", "bin/busybox"]', '["other", "bin/busybox"]'))
    command.output("toolchains", "update", "--output", tmp_path)

    assert lock.read_text() == right
