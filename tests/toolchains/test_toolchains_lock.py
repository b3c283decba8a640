"""toolchains.lock.json: what is pinned, what is kept, and what is refused."""

import json
import platform
from pathlib import Path

import pytest
from support.indexes import Pages
from support.servers import Server

from fromager_gen.contract import CPUS
from fromager_gen.errors import LockError
from fromager_gen.lock import LockedFile
from fromager_gen.net import Index, session
from fromager_gen.platforms import cuda_of, default_platform, exec_platform, platforms, platforms_with_accelerators
from fromager_gen.toolchains import (
    ToolchainsLock,
    has_platforms,
    read_toolchains,
    toolchains_text,
    with_platforms,
)
from fromager_gen.toolchains.model import CcToolchains

OLD, NEW = "linux_x86_64_glibc_2_17", "linux_aarch64_musl_1_2"
FILE = LockedFile("z.whl", "ab" * 32, 3, url="https://index.test/z.whl")
LOCK = ToolchainsLock(
    {f"ziglang_{cpu}": FILE for cpu in CPUS}, tuple(CcToolchains(cpu, f"ziglang_{cpu}", (OLD,)) for cpu in CPUS)
)


def test_a_lock_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text(toolchains_text(LOCK))

    assert read_toolchains(path) == LOCK
    assert read_toolchains(tmp_path / "none") == ToolchainsLock()


def test_platforms_are_added_to_pinned_files() -> None:
    """The index is not asked for a file that is pinned: this one does not exist."""
    with session() as client:
        found = with_platforms(LOCK, [NEW, OLD], Index(client, "http://127.0.0.1:1/"))

    assert found.files == LOCK.files
    assert {one.targets for one in found.cc} == {(OLD, NEW)}
    assert (
        has_platforms(found, [OLD, NEW]) and not has_platforms(LOCK, [NEW]) and not has_platforms(ToolchainsLock(), [])
    )


def test_an_index_without_the_compilers_is_an_error(server: Server) -> None:
    served = Pages(server)
    served.add("ziglang", {"filename": "ziglang-0.1-py3-none-any.whl", "url": "x.whl", "hashes": {}})
    with session() as client, pytest.raises(LockError, match=r"does not have ziglang-0\.17\.1.*--toolchains=machine"):
        with_platforms(ToolchainsLock(), [OLD], Index(client, served.url))


def test_build_tools_are_for_a_platform_that_this_machine_runs() -> None:
    own = f"linux_{platform.machine()}_glibc_2_17"

    assert exec_platform(["linux_x86_64_musl_1_2", own]) == own
    assert exec_platform([f"linux_{cpu}_musl_1_2" for cpu in CPUS]) == default_platform()
    assert default_platform() in platforms() and {OLD, NEW} <= set(platforms())


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("version",), 2, "it has version 2, but this fromager-gen reads version 1"),
        (("version",), None, "it has version None"),
        (("files",), None, "is damaged"),
        (("files", "ziglang_x86_64", "sha256"), "xyz", "'xyz' in the entry 'ziglang_x86_64' is not valid"),
        (
            ("files", "ziglang_x86_64", "url"),
            "ftp://x",
            "'ftp://x' in the entry 'ziglang_x86_64' is not a valid address",
        ),
        (("files", "ziglang_x86_64", "filename"), "../x", "'../x' in the entry"),
        (("files", "a b"), FILE.to_json(), "'a b' in the entry"),
        (("cc", 0, "exec"), "mips", "it names the unknown CPU 'mips'"),
        (("cc", 0, "file"), "other", "it names the unknown file 'other'"),
        (("cc", 0, "targets"), ['linux"])'], "it names the unknown platform 'linux\"])'"),
        (("cc", 0), {}, "'exec' is missing"),
        (("cc",), 3, "is damaged"),
    ],
    ids=str,
)
def test_a_damaged_lock_is_refused(tmp_path: Path, path: tuple[str | int, ...], value: object, says: str) -> None:
    document = json.loads(toolchains_text(LOCK))
    place = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    (tmp_path / "lock").write_text(json.dumps(document))

    with pytest.raises(LockError) as error:
        read_toolchains(tmp_path / "lock")
    assert says in str(error.value)
    assert str(tmp_path / "lock") in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100000], ids=["empty", "list", "cut", "deep"])
def test_a_file_that_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(text)

    with pytest.raises(LockError, match="is damaged"):
        read_toolchains(tmp_path / "lock")


def test_a_platform_can_have_a_version_of_cuda() -> None:
    """Its compilers are those of the platform without it, and build tools are for the platform without it."""
    own = f"linux_{platform.machine()}_glibc_2_17"
    with session() as client:
        found = with_platforms(LOCK, [f"{own}_cuda_13_5"], Index(client, "http://127.0.0.1:1/"))

    assert (
        f"{own}_cuda_13_5" in platforms_with_accelerators() and f"{NEW}_cuda_13_5" not in platforms_with_accelerators()
    )
    assert has_platforms(found, [f"{own}_cuda_13_5", own])
    assert {name for one in found.cc for name in one.targets} == {OLD, own}
    assert exec_platform([f"{own}_cuda_13_5"]) == own
    assert (cuda_of(f"{own}_cuda_13_5"), cuda_of(own)) == ("13.5", "")
