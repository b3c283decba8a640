"""The submodules of commits, in repositories on this machine."""

from pathlib import Path

import pytest
from support.repositories import git

from fromager_gen.errors import FetchError
from fromager_gen.net.submodules import Submodule, _absolute, find_submodules


def repository(folder: Path, modules: dict[str, tuple[str, str]], text: str | None = None) -> str:
    """Create a repository with submodules, by path the address and the commit of each; return its commit."""
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    (folder / "file").write_text(folder.name)
    rows = [f'[submodule "{path}"]\n path = {path}\n url = {url}\n' for path, (url, _) in modules.items()]
    if modules:
        (folder / ".gitmodules").write_text("".join(rows) if text is None else text)
    git(folder, "add", ".")
    for path, (_, commit) in modules.items():
        git(folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def tree(tmp_path: Path) -> tuple[str, str, str, str]:
    """Return the address of a repository, its commit, and those of a submodule and of the submodule in it."""
    inner = repository(tmp_path / "inner", {})
    middle = repository(tmp_path / "middle", {"deep/inner": ("../inner", inner)})
    modules = {"libs/middle": (f"file://{tmp_path}/middle", middle), "other": ("../inner", inner)}
    return f"file://{tmp_path}/top", repository(tmp_path / "top", modules), middle, inner


def test_submodules_are_found_recursively(tree: tuple[str, str, str, str], tmp_path: Path) -> None:
    remote, top, middle, inner = tree

    assert find_submodules(remote, top) == [
        Submodule("libs/middle", f"file://{tmp_path}/middle", middle),
        Submodule("other", f"file://{tmp_path}/inner", inner),
        Submodule("libs/middle/deep/inner", f"file://{tmp_path}/inner", inner),
    ]


def test_only_some_can_be_wanted(tree: tuple[str, str, str, str]) -> None:
    remote, top, _, _ = tree

    assert [one.path for one in find_submodules(remote, top, ["libs/middle/"])] == [
        "libs/middle",
        "libs/middle/deep/inner",
    ]
    with pytest.raises(FetchError, match="the commit has no submodule 'none', which `submodule_paths` names"):
        find_submodules(remote, top, ["none"])


def test_a_commit_without_submodules_has_none(tmp_path: Path) -> None:
    commit = repository(tmp_path / "a", {})

    assert find_submodules(f"file://{tmp_path}/a", commit) == []


@pytest.mark.parametrize(
    ("path", "text", "says"),
    [
        ("a b", None, "the path 'a b' of a submodule has characters that are not supported"),
        ("a", "[x]\n y = z\n", "has no address for the submodule a"),
        ("a", '[submodule "a"]\n path = a\n url = -u./payload\n', "the address '-u./payload' of the submodule a"),
    ],
)
def test_an_odd_submodule_is_an_error(tmp_path: Path, path: str, text: str | None, says: str) -> None:
    commit = repository(tmp_path / "top", {path: ("../x", "1" * 40)}, text)

    with pytest.raises(FetchError) as raised:
        find_submodules(f"file://{tmp_path}/top", commit)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("address", "absolute"),
    [
        ("https://y.test/b.git", "https://y.test/b.git"),
        ("../b.git", "https://x.test/group/b.git"),
        ("./b", "https://x.test/group/a.git/b"),
        ("../../other/b", "https://x.test/other/b"),
        ("git@y.test:group/b.git", "ssh://git@y.test/group/b.git"),
        ("ssh://git@y.test/b", "ssh://git@y.test/b"),
    ],
)
def test_the_address_may_be_relative(address: str, absolute: str) -> None:
    assert _absolute("https://x.test/group/a.git", "sub", address) == absolute


@pytest.mark.parametrize(
    "address",
    ["file:///etc", "/etc", "ext::sh -c evil", "--upload-pack=evil", "https://u:secret@y.test/b", "../b c", "..", ""],
)
def test_the_address_may_not_be_on_this_machine_or_odd(address: str) -> None:
    with pytest.raises(FetchError, match="is not supported"):
        _absolute("https://x.test/group/a.git", "sub", address)
