"""Origins of nodes: a file with an optional hash, or a git repository and a ref; and addresses that are refused."""

import pytest

from fromager_gen.errors import LockError
from fromager_gen.graph import Node
from fromager_gen.lock.origin import Origin, origin_of

SHA = "0123456789abcdef" * 4
TOP = "http://index.test"


def node(url: str, name: str = "my-pkg", version: str = "1.0", pre_built: bool = False) -> Node:
    return Node(f"{name}=={version}", name, version, url, pre_built, ())


@pytest.mark.parametrize(
    ("url", "filename"),
    [
        ("/my_pkg-1.0.tar.gz", "my_pkg-1.0.tar.gz"),
        ("/my-pkg-1.0.zip", "my-pkg-1.0.zip"),
        ("/My.Pkg-1.0.tar.bz2", "My.Pkg-1.0.tar.bz2"),
        ("/my_pkg-1.0%2Bcu121.tar.gz", "my_pkg-1.0+cu121.tar.gz"),
        ("/team/my-pkg/archive/refs/tags/v1.0.tar.gz", "my_pkg-1.0.tar.gz"),
        ("/team/my-pkg/archive/v1.0.zip", "my_pkg-1.0.zip"),
        ("/team/my-pkg/tarball/v1.0", "my_pkg-1.0.tar.gz"),
        ("/other-2.0.tar.gz", "my_pkg-1.0.tar.gz"),
    ],
)
def test_a_file_keeps_its_name_if_the_name_is_that_of_the_package(url: str, filename: str) -> None:
    assert origin_of(node(TOP + url)) == Origin(TOP + url, filename)


def test_a_hash_in_the_address_is_used() -> None:
    assert origin_of(node(f"{TOP}/my_pkg-1.0.tar.gz#sha256={SHA}")) == Origin(
        f"{TOP}/my_pkg-1.0.tar.gz", "my_pkg-1.0.tar.gz", SHA
    )


@pytest.mark.parametrize(
    "fragment", [f"sha256={SHA}&egg=x", "md5=" + "0" * 32, f"sha256={SHA.upper()}", "sha256=abc", "egg=my_pkg"]
)
def test_a_fragment_other_than_a_sha256_is_an_error(fragment: str) -> None:
    with pytest.raises(LockError, match=r"my-pkg 1\.0: its address ends in #.*, which is not a sha256"):
        origin_of(node(f"{TOP}/my_pkg-1.0.tar.gz#{fragment}"))


def test_credentials_are_removed() -> None:
    assert (
        origin_of(node("https://user:secret@index.test/my_pkg-1.0.tar.gz")).url
        == "https://index.test/my_pkg-1.0.tar.gz"
    )
    assert origin_of(node("git+https://user:secret@forge.test/x@v1")).git == "https://forge.test/x"


@pytest.mark.parametrize(
    "name", ["..%2f..%2fx.tar.gz", "a;b.tar.gz", "a%20b.tar.gz", "%0a.tar.gz", "-rf.tar.gz", ".hidden.tar.gz", "a%00"]
)
def test_a_hostile_file_name_is_an_error(name: str) -> None:
    with pytest.raises(LockError, match=r"my-pkg 1\.0: its address ends in .*, which is not a valid file name"):
        origin_of(node(f"{TOP}/{name}"))


def test_a_node_without_an_address_has_a_default_file_name() -> None:
    assert origin_of(node("")) == Origin("", "my_pkg-1.0.tar.gz")
    assert origin_of(node("", version="1!2.0+cpu")).filename == "my_pkg-1-2.0_cpu.tar.gz"


def test_a_wheel_for_a_package_that_is_not_pre_built_is_an_error() -> None:
    with pytest.raises(
        LockError, match=r"my-pkg 1\.0: its address is a wheel, my_pkg-1\.0-py3-none-any\.whl, .*pre_built: true"
    ):
        origin_of(node(f"{TOP}/my_pkg-1.0-py3-none-any.whl"))


def test_a_source_for_a_pre_built_package_is_an_error() -> None:
    name = "my_pkg-1.0-cp312-cp312-manylinux_2_28_x86_64.whl"

    assert origin_of(node(f"{TOP}/{name}", pre_built=True)) == Origin(f"{TOP}/{name}", name)
    with pytest.raises(LockError, match=r"my-pkg 1\.0 is pre-built, but its address .* is not a wheel"):
        origin_of(node(f"{TOP}/my_pkg-1.0.tar.gz", pre_built=True))


@pytest.mark.parametrize(
    ("url", "moving"),
    [
        ("/x/archive/refs/heads/main.tar.gz", True),
        ("/x/archive/master.zip", True),
        ("/x/tarball/HEAD", True),
        ("/x/archive/refs/tags/main.tar.gz", False),
        ("/x/archive/v1.0.tar.gz", False),
        ("/mainline-1.0.tar.gz", False),
    ],
)
def test_the_archive_of_a_branch_is_recognized(url: str, moving: bool) -> None:
    assert origin_of(node(TOP + url)).is_moving is moving


@pytest.mark.parametrize(
    ("url", "remote", "ref"),
    [
        ("git+https://forge.test/team/x@v1.0", "https://forge.test/team/x", "v1.0"),
        ("git+https://forge.test/team/x.git@release/1.0", "https://forge.test/team/x.git", "release/1.0"),
        ("git+file:///srv/x@" + "a" * 40, "file:///srv/x", "a" * 40),
        ("git+https://forge.test/x@v1#egg=my_pkg", "https://forge.test/x", "v1"),
        ("git+ssh://git@forge.test/x.git@v1", "ssh://git@forge.test/x.git", "v1"),
    ],
)
def test_a_git_address_has_a_remote_and_a_ref(url: str, remote: str, ref: str) -> None:
    source = origin_of(node(url))

    assert (source.git, source.ref, source.filename) == (remote, ref, "my_pkg-1.0.tar")


@pytest.mark.parametrize(
    "url",
    [
        "git+https://forge.test/x",
        "git+file:///srv/x",
        "git+https://user:secret@forge.test/x",
        "git+ssh://git@forge.test/team/x.git",
    ],
)
def test_a_git_address_without_a_ref_is_an_error(url: str) -> None:
    with pytest.raises(LockError, match=r"my-pkg 1\.0: .* names no commit, tag or branch") as raised:
        origin_of(node(url))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("ref", ["--upload-pack=x", "a b", "a;b", "", "a\nb", "$(x)", "é"])
def test_a_hostile_ref_is_an_error(ref: str) -> None:
    with pytest.raises(LockError, match=r"my-pkg 1\.0: .*(not a valid name of a git commit|names no commit)"):
        origin_of(node(f"git+https://forge.test/x@{ref}"))


def test_a_subdirectory_in_the_address_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(LockError, match="names a subdirectory; set build_dir in its settings"):
        origin_of(node("git+https://forge.test/x@v1#subdirectory=python"))
