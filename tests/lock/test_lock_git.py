"""Git sources from a repository in a folder: a ref is resolved to a commit, and the commit's tar is hashed."""

import hashlib
import os
import shutil
import tarfile
from pathlib import Path

import pytest
from support.indexes import Pages
from support.repositories import git
from support.samples import make_graph, tar_gz
from support.servers import serving

from fromager_gen.errors import LockError, ToolError
from fromager_gen.graph import Node
from fromager_gen.lock.cargo import git_repository, lock_git_source
from fromager_gen.lock.commits import lock_commit
from fromager_gen.lock.origin import origin_of
from fromager_gen.net.git import write_archive


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """Return a repository's address and its commits: the tags `v1` and `both`, and the branches `both` and `main`."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
    commits = {}
    for name in ("first", "second", "third"):
        (folder / "file").write_text(name)
        git(folder, "add", "file")
        git(folder, "commit", "--quiet", "-m", name)
        commits[name] = git(folder, "rev-parse", "HEAD")
    git(folder, "tag", "-a", "-m", "x", "v1", commits["first"])
    git(folder, "tag", "both", commits["first"])
    git(folder, "branch", "both", commits["second"])
    return f"file://{folder}", commits


@pytest.mark.parametrize(("ref", "commit"), [("v1", "first"), ("both", "first"), ("main", "third"), ("HEAD", "third")])
def test_a_ref_is_resolved_to_a_commit(repository: tuple[str, dict[str, str]], ref: str, commit: str) -> None:
    url, commits = repository
    locked = lock_commit(url, ref, "a-1.0.tar")

    assert (locked.commit, locked.git, locked.prefix, locked.url) == (commits[commit], url, "a-1.0", "")


def test_the_archive_of_a_commit_is_reproducible(repository: tuple[str, dict[str, str]], tmp_path: Path) -> None:
    url, commits = repository
    locked = lock_commit(url, commits["second"], "a-1.0.tar")
    write_archive(url, commits["second"], "a-1.0", tmp_path / "a.tar")

    assert locked == lock_commit(url, commits["second"], "a-1.0.tar")
    assert locked.size == (tmp_path / "a.tar").stat().st_size
    with tarfile.open(tmp_path / "a.tar") as tar:
        assert tar.getnames() == ["a-1.0", "a-1.0/file"]
        assert tar.extractfile("a-1.0/file").read() == b"second"


def test_a_git_address_in_the_graph_is_locked(repository: tuple[str, dict[str, str]]) -> None:
    url, commits = repository
    source = origin_of(Node("a==1.0", "a", "1.0", f"git+{url}@v1", False, ()))

    assert lock_commit(source.git, source.ref, source.filename).commit == commits["first"]


def test_the_error_for_a_missing_ref_lists_existing_refs(repository: tuple[str, dict[str, str]]) -> None:
    url, _ = repository

    with pytest.raises(LockError, match=rf"{url} has no tag, branch or commit 'v9'; its latest tags: both, v1"):
        lock_commit(url, "v9", "a-1.0.tar")


def test_a_missing_commit_is_an_error(repository: tuple[str, dict[str, str]]) -> None:
    with pytest.raises(LockError, match=r"git fetch failed"):
        lock_commit(repository[0], "0" * 40, "a-1.0.tar")


def test_a_missing_repository_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=rf"file://{tmp_path}/none: git ls-remote failed"):
        lock_commit(f"file://{tmp_path}/none", "v1", "a-1.0.tar")


def test_an_address_can_not_run_a_command(tmp_path: Path) -> None:
    with pytest.raises(LockError):
        lock_commit(f"ext::sh -c touch% {tmp_path}/executed", "v1", "a-1.0.tar")
    with pytest.raises(LockError):
        lock_commit(f"--upload-pack=touch {tmp_path}/executed", "v1", "a-1.0.tar")
    assert not list(tmp_path.iterdir())


def test_a_missing_git_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError, match="a git source needs git, but git is not on PATH"):
        lock_commit("file:///none", "v1", "a-1.0.tar")


def test_a_git_source_in_a_cargo_lock_is_locked(repository: tuple[str, dict[str, str]]) -> None:
    url, commits = repository
    commit = commits["third"]
    source = f"git+{url}?branch=main#{commit}"
    locked = lock_git_source(source)

    assert git_repository(source) == f"git_{commit[:16]}"
    assert (locked.filename, locked.git, locked.commit, locked.prefix) == (
        f"{commit[:16]}.tar",
        url,
        commit,
        commit[:16],
    )


@pytest.mark.parametrize(
    "source",
    [
        "git+http://forge.test/x",
        "git+http://forge.test/x#main",
        "sparse+http://index.test/",
        "path+file:///x",
        f"git+http://forge.test/x?branch=y\n--patch\n/etc/passwd#{'c' * 40}",
    ],
)
def test_an_unknown_source_in_a_cargo_lock_is_an_error(source: str) -> None:
    with pytest.raises(LockError, match="is neither a registry nor a git commit"):
        lock_git_source(source)


def test_each_commit_is_fetched_once_for_all_crates_of_all_packages(
    repository: tuple[str, dict[str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, commits = repository
    sources = [f"git+{url}?branch=main#{commits[name]}" for name in ("second", "third")]
    used = {"one": [sources[0], sources[0]], "two": [sources[0], sources[1]]}
    wrapper, calls = tmp_path / "bin" / "git", tmp_path / "calls"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    with serving() as server:
        index = Pages(server)
        files = {name: _rust_source(index, tmp_path, name, crates) for name, crates in used.items()}
        nodes = {"": ["toplevel one==1.0", "toplevel two==1.0"], "maturin==1.7": []}
        nodes |= {f"{name}==1.0": ["build-system maturin==1.7"] for name in used}
        more = {name: {"download_url": address} for name, address in files.items()}
        lock = index.lock(make_graph(nodes, maturin={"download_url": files["one"]}, **more))
        fetched = [line.split()[-1] for line in calls.read_text().splitlines() if " fetch " in line]
        again = index.lock(make_graph(nodes, maturin={"download_url": files["one"]}, **more), lock)

    assert sorted(fetched) == sorted([commits["second"], commits["third"]])
    by_name = {git_repository(source): source for source in sources}
    assert dict(lock.packages["two==1.0"].rust.git) == by_name  # type: ignore[union-attr]
    assert {lock.files[name].commit for name in by_name} == set(fetched)
    assert again == lock


def test_the_error_for_a_missing_commit_names_the_package(tmp_path: Path) -> None:
    with serving() as server:
        index = Pages(server)
        address = _rust_source(index, tmp_path, "one", [f"git+file://{tmp_path}/none#{'c' * 40}"])
        nodes = {"": ["toplevel one==1.0"], "one==1.0": ["build-system maturin==1.7"], "maturin==1.7": []}
        graph = make_graph(nodes, one={"download_url": address}, maturin={"download_url": address})
        with pytest.raises(LockError, match=r"one 1\.0: file://.*/none: git fetch failed"):
            index.lock(graph)


def _rust_source(index: Pages, folder: Path, name: str, sources: list[str]) -> str:
    crates = "".join(
        f'[[package]]\nname = "dep{number}"\nversion = "1.0.0"\nsource = "{source}"\n'
        for number, source in enumerate(sources)
    )
    files = {
        f"{name}-1.0/pyproject.toml": '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n',
        f"{name}-1.0/Cargo.toml": "",
        f"{name}-1.0/Cargo.lock": f'version = 4\n[[package]]\nname = "{name}"\nversion = "1.0.0"\n{crates}',
    }
    body = tar_gz(folder / f"{name}.tar.gz", files).read_bytes()
    url = index.server.say(f"/files/{name}-1.0.tar.gz", body)
    return f"{url}#sha256={hashlib.sha256(body).hexdigest()}"
