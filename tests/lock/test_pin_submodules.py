"""The lock of a source from git has its submodules, if the settings want them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.indexes import Pages
from support.repositories import git
from support.samples import make_graph
from support.servers import serving

from fromager_gen.errors import LockError
from fromager_gen.graph import Graph
from fromager_gen.lock import Lock, read_lock
from fromager_gen.overrides import Overrides, PackageSettings, Source


@pytest.fixture
def index() -> Iterator[Pages]:
    with serving() as server:
        yield Pages(server)


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Return the graph of a repository with two submodules."""
    commits = {}
    for name in ("one", "two", "top"):
        folder = tmp_path / name
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        git(folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        (folder / "file").write_text(name)
        if name == "top":
            rows = [f'[submodule "{sub}"]\n path = libs/{sub}\n url = ../{sub}\n' for sub in commits]
            (folder / ".gitmodules").write_text("".join(rows))
        git(folder, "add", ".")
        for sub, commit in commits.items():
            if name == "top":
                git(folder, "update-index", "--add", "--cacheinfo", f"160000,{commit},libs/{sub}")
        git(folder, "commit", "-q", "-m", "x")
        commits[name] = git(folder, "rev-parse", "HEAD")
    url = f"git+file://{tmp_path}/top@main"
    return make_graph({"": ["toplevel demo==1.0"], "demo==1.0": []}, demo={"download_url": url})


def own(**fields: object) -> Overrides:
    return Overrides(packages={"demo": PackageSettings(**fields)})  # type: ignore[arg-type]


def paths(lock: Lock) -> list[str]:
    return [path for path, repository in lock.submodules("demo==1.0") if lock.files[repository].commit]


def test_submodules_are_pinned_if_they_are_wanted(index: Pages, graph: Graph, tmp_path: Path) -> None:
    assert paths(index.lock(graph)) == []
    lock = index.lock(graph, overrides=own(submodules=True))
    assert paths(lock) == ["libs/one", "libs/two"]
    assert paths(index.lock(graph, overrides=own(submodule_paths=("libs/two",)))) == ["libs/two"]
    assert paths(index.lock(graph, overrides=own(source=Source("pypi-git")))) == ["libs/one", "libs/two"]

    (tmp_path / "lock.json").write_text(lock.to_text())
    assert read_lock(tmp_path / "lock.json") == lock


def test_a_changed_setting_looks_for_them_again(index: Pages, graph: Graph) -> None:
    lock = index.lock(graph)
    for fields in ({"submodules": True}, {"submodule_paths": ("libs/one",)}, {}):
        lock = index.lock(graph, lock, overrides=own(**fields))
        assert len(paths(lock)) == {"submodules": 2, "submodule_paths": 1}.get(next(iter(fields), ""), 0)
    assert len([name for name in lock.files if name.startswith("git_")]) == 0


def test_a_complete_lock_needs_no_repository(index: Pages, graph: Graph, tmp_path: Path) -> None:
    lock = index.lock(graph, overrides=own(submodules=True))
    (tmp_path / "top").rename(tmp_path / "gone")

    assert index.lock(graph, lock, overrides=own(submodules=True)) == lock


def test_a_hostile_path_in_a_lock_is_an_error(index: Pages, graph: Graph, tmp_path: Path) -> None:
    text = index.lock(graph, overrides=own(submodules=True)).to_text()
    (tmp_path / "lock.json").write_text(text.replace("libs/one", "../../one"))

    with pytest.raises(LockError, match=r"the path '\.\./\.\./one' of a submodule is not valid"):
        read_lock(tmp_path / "lock.json")


CARGO = '[package]\nname = "one"\nversion = "0.1.0"\nedition = "2021"\n'
CARGO_LOCK = 'version = 3\n[[package]]\nname = "one"\nversion = "0.1.0"\n'
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n[tool.maturin]\n'
MATURIN += 'manifest-path = "libs/one/Cargo.toml"\n'


def test_a_cargo_lock_in_a_submodule_is_found(index: Pages, tmp_path: Path) -> None:
    one, top = tmp_path / "one", tmp_path / "top"
    for folder, files in (
        (one, {"Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK}),
        (top, {"pyproject.toml": MATURIN, ".gitmodules": '[submodule "one"]\n path = libs/one\n url = ../one\n'}),
    ):
        folder.mkdir()
        git(folder, "init", "-q", "-b", "main")
        for name, text in files.items():
            (folder / name).write_text(text)
        git(folder, "add", ".")
        if folder == top:
            git(top, "update-index", "--add", "--cacheinfo", f"160000,{git(one, 'rev-parse', 'HEAD')},libs/one")
        git(folder, "commit", "-q", "-m", "x")
    index.add("maturin", {"filename": "maturin-1.0.tar.gz", "hashes": {"sha256": "0" * 64}, "size": 1})
    nodes = {"": ["toplevel demo==1.0"], "demo==1.0": ["build-system maturin==1.0 maturin"], "maturin==1.0": []}
    graph = make_graph(nodes, demo={"download_url": f"git+file://{top}@main"})

    rust = index.lock(graph, overrides=own(submodules=True)).rust("demo==1.0")
    assert rust is not None
    assert (rust.root, rust.crates) == ("libs/one", ())
