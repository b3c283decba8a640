"""Failed builds are remembered until something that they depend on changes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import make_graph

from fromager_gen.bootstrap.memory import Memory
from fromager_gen.errors import BuildError

NAMES = ("a", "tool", "other")
EDGES = {
    "": ["toplevel a==1", "toplevel other==1"],
    "a==1": ["build-system tool==1"],
    "tool==1": [],
    "other==1": [],
}
GRAPH = make_graph(EDGES)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace of the packages of `GRAPH`."""
    folder = tmp_path / "workspace"
    for name in NAMES:
        package = folder / "packages" / name / "1"
        package.mkdir(parents=True)
        (package / "BUILD.bazel").write_text(name)
    (folder / "rules").mkdir()
    (folder / "rules" / "defs.bzl").write_text("rules")
    (folder / ".bazelrc").write_text("build")
    write_lock(folder)
    return folder


def write_lock(workspace: Path, python: str = "3.12.1", **hashes: str) -> None:
    packages = {f"{name}==1": {"file": f"sdist_{name}"} for name in NAMES}
    files = {f"sdist_{name}": {"sha256": hashes.get(name, "0")} for name in NAMES}
    lock = {"python": python, "files": files, "packages": packages}
    (workspace / "fromager.lock.json").write_text(json.dumps(lock))


def is_known(workspace: Path, *flags: str) -> bool:
    """Return whether a new run knows that the build of ``a`` fails."""
    try:
        Memory(workspace.parent / "failures.json", workspace, flags).check(GRAPH)
    except BuildError as err:
        assert err.reasons == {"a==1": "no compiler"}
        return True
    return False


@pytest.fixture
def failed(workspace: Path) -> Path:
    """The workspace after a run in which the build of ``a`` failed."""
    Memory(workspace.parent / "failures.json", workspace).keep(GRAPH, {"a==1": "no compiler"})
    return workspace


def test_a_failure_is_known_in_the_next_run(failed: Path) -> None:
    assert is_known(failed)
    assert not Memory(failed.parent / "failures.json", failed).may_know(make_graph({"": ["toplevel b==1"], "b==1": []}))


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: write_lock(folder, a="1"),
        lambda folder: write_lock(folder, tool="1"),
        lambda folder: write_lock(folder, python="3.12.2"),
        lambda folder: (folder / "packages" / "a" / "1" / "fix.patch").write_text("patch"),
        lambda folder: (folder / "packages" / "tool" / "1" / "BUILD.bazel").write_text("other settings"),
        lambda folder: (folder / "rules" / "defs.bzl").write_text("new rules"),
        lambda folder: (folder / "user.bazelrc").write_text("build --copt=-O0"),
    ],
)
def test_a_build_is_tried_again_after_a_change(failed: Path, change: Callable[[Path], object]) -> None:
    change(failed)
    assert not is_known(failed)


def test_other_packages_do_not_matter(failed: Path) -> None:
    write_lock(failed, other="1")
    (failed / "packages" / "other" / "1" / "BUILD.bazel").write_text("new")
    (failed / "BUILD.bazel").write_text("all packages")
    assert is_known(failed)


def test_other_options_or_compilers_are_a_change(failed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_known(failed, "--config=hermetic")
    monkeypatch.setenv("CC", "clang")
    assert not is_known(failed)


def test_a_damaged_file_counts_as_empty(failed: Path) -> None:
    (failed.parent / "failures.json").write_text("[1]")
    assert not is_known(failed)
