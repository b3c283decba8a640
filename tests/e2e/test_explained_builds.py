"""What a build says about caches afterwards: layers of wheels, damaged files, and why a package was built again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import PYTHON, GraphBuilder, generator, in_tree_sdist, stop_server

pytestmark = [pytest.mark.bazel, pytest.mark.index]
Run = Callable[..., str]


@pytest.fixture
def run(bazel: str, index: Index, tmp_path: Path) -> Iterator[Run]:
    """Return a function that runs a command in a work directory, with a disk cache, and returns its whole output."""
    graph = GraphBuilder().add("tool", "1.0", index.add_sdist("tool", "1.0", in_tree_sdist("tool", "1.0")))
    user = index.add_sdist("user", "1.0", in_tree_sdist("user", "1.0"))
    graph.add("user", "1.0", user, build=("tool==1.0",)).write(tmp_path / "graph.json")

    def command(work: str, *arguments: str, before: tuple[str, ...] = ()) -> str:
        shared = ["--index-url", index.url, f"--bazel-option=--disk_cache={tmp_path / 'cache'}"]
        options = shared if arguments[0] == "build-parallel" else []
        places = ["--work-dir", work, "--wheels-repo", f"{work}/wheels", "--sdists-repo", f"{work}/sdists"]
        result = generator(
            "--python", PYTHON, *places, *before, *arguments, *options, cwd=tmp_path, FROMAGER_GEN_BAZEL=bazel
        )
        return result.stdout + result.stderr

    yield command
    for folder in tmp_path.glob("*/workspace"):
        stop_server(folder)


def test_a_build_ends_with_the_layer_of_each_wheel_and_names_damaged_files(run: Run, tmp_path: Path) -> None:
    assert "2 wheels: 2 built here" in run("one", "build-parallel", "graph.json")
    assert "2 wheels: 2 up to date\n" in run("one", "build-parallel", "graph.json")
    assert "2 wheels: 2 from the disk cache" in run("two", "build-parallel", "graph.json")

    damaged = [path for path in (tmp_path / "cache" / "cas").rglob("*") if path.is_file() and path.stat().st_size]
    for path in damaged:
        path.chmod(0o644)
        path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    said = run("three", "build-parallel", "graph.json")

    assert "2 wheels: 2 built here" in said
    assert f"WARNING: the disk cache {tmp_path / 'cache'} has a damaged file, bazel-out/" in said
    assert any(f"with the digest sha256:{path.name}; it is built again" in said for path in damaged)


def test_explain_names_the_change_and_the_package_that_it_came_from(run: Run, tmp_path: Path, index: Index) -> None:
    run("work", "build-parallel", "graph.json")
    index.add_sdist("tool", "1.0", in_tree_sdist("tool", "1.0", extra="new = True"))
    (tmp_path / "work" / "workspace" / "fromager.lock.json").unlink()
    run("work", "build-parallel", "graph.json")
    said = run("work", "explain", "User")

    assert "//packages/user/1.0:wheel (FromagerWheel): on " in said
    assert "  changed input bazel-out/" in said and "packages/tool/1.0/wheel.installed.tar\n" in said
    assert "    //packages/tool/1.0:wheel (FromagerInstall): on " in said
    assert "        //packages/tool/1.0:wheel (FromagerWheel): on " in said
    assert "tool-1.0.tar.gz" in said.splitlines()[-1]

    run("work", "build-parallel", "graph.json", before=("-j3",))
    said = run("work", "explain", "user==1.0", "--format", "json")

    assert '"kind": "argument"' in said and '"before": "2"' in said and '"after": "3"' in said
