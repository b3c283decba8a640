"""Comparison with Fromager: the same graph from the same requirements, and each builds the graph of the other."""

import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.workspaces import find_python, generator, stop_server

# The oldest Python that Fromager supports.
PYTHON = "3.12"
FROMAGER = "fromager==0.101.*"
REQUIREMENT = "stevedore==5.10.0"
INTERPRETER = find_python(PYTHON)
pytestmark = [
    pytest.mark.bazel,
    pytest.mark.index,
    pytest.mark.skipif(INTERPRETER is None, reason=f"Fromager needs Python {PYTHON}, which is not installed"),
]


@pytest.fixture(scope="module")
def fromager(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return Fromager's program, installed in its own environment."""
    folder = tmp_path_factory.mktemp("fromager")
    subprocess.run([str(INTERPRETER), "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", FROMAGER], check=True)
    return folder / "bin" / "fromager"


def run_fromager(program: Path, folder: Path, *arguments: str | Path) -> None:
    folder.mkdir()
    path = f"{program.parent}:{os.environ['PATH']}"
    result = subprocess.run(
        [program, *arguments], cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-4000:]


@pytest.fixture(scope="module")
def ours(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of a bootstrap by fromager-gen."""
    folder = tmp_path_factory.mktemp("ours")
    generator("--python", PYTHON, "bootstrap", REQUIREMENT, f"--bazel-option=--disk_cache={shared / 'c'}", cwd=folder)
    yield folder
    stop_server(folder / "work-dir" / "workspace")


@pytest.fixture(scope="module")
def theirs(fromager: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a bootstrap by Fromager."""
    folder = tmp_path_factory.mktemp("theirs") / "run"
    run_fromager(fromager, folder, "bootstrap", REQUIREMENT)
    return folder


def graph(folder: Path) -> dict[str, Any]:
    """Return a run's graph, with the edges of each node sorted, since their order has no meaning."""
    nodes = json.loads((folder / "work-dir" / "graph.json").read_text())
    return {key: {**node, "edges": sorted(node["edges"], key=str)} for key, node in nodes.items()}


def wheels(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "wheels-repo" / "downloads").glob("*.whl"))


def test_both_bootstraps_find_the_same_graph(ours: Path, theirs: Path) -> None:
    assert graph(ours) == graph(theirs)
    assert len(wheels(ours)) == 3
    assert wheels(ours) == wheels(theirs)


def test_fromager_builds_our_graph(fromager: Path, ours: Path, tmp_path: Path) -> None:
    run_fromager(fromager, tmp_path / "run", "build-parallel", ours / "work-dir" / "graph.json")

    assert wheels(tmp_path / "run") == wheels(ours)


def test_fromagers_graph_is_built_from_the_same_cache(ours: Path, theirs: Path, shared: Path, tmp_path: Path) -> None:
    """Its graph leads to the same actions that our bootstrap ran."""
    option = f"--bazel-option=--disk_cache={shared / 'c'}"
    built = generator("--python", PYTHON, "build-parallel", theirs / "work-dir" / "graph.json", option, cwd=tmp_path)
    stop_server(tmp_path / "work-dir" / "workspace")

    assert "disk cache hit" in built.stderr
    # Only the programs are packed here; they are never from a cache.
    assert ", 1 linux-sandbox\n" in built.stderr
    assert wheels(tmp_path) == wheels(ours)


EXAMPLE = Path(__file__).parents[2] / "examples" / "plugins"


@pytest.mark.slow
@pytest.mark.parametrize("mode", [[], ["--sdist-only"]], ids=["wheels", "sdists"])
def test_the_plugins_of_the_example_do_the_same_in_both_programs(mode: list[str], shared: Path, tmp_path: Path) -> None:
    example, venv = tmp_path / "example", tmp_path / "venv"
    shutil.copytree(EXAMPLE, example, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    subprocess.run([str(INTERPRETER), "-m", "venv", venv], check=True)
    subprocess.run([venv / "bin" / "pip", "install", "--quiet", FROMAGER, example], check=True)
    options = ["--settings-file", example / "overrides" / "settings.yaml"]
    run_fromager(venv / "bin" / "fromager", tmp_path / "theirs", *options, "bootstrap", *mode, "stevedore==5.2.0")
    (tmp_path / "ours").mkdir()
    cache = f"--bazel-option=--disk_cache={shared / 'c'}"
    before = ["--python", PYTHON, "--plugins", example, *options]
    generator(*before, "bootstrap", *mode, cache, "stevedore==5.2.0", cwd=tmp_path / "ours")
    stop_server(tmp_path / "ours" / "work-dir" / "workspace")

    ours, theirs = (_made(tmp_path / name) for name in ("ours", "theirs"))
    assert ours == theirs
    assert any("-1_cpu-" in name for name in ours)


def _made(folder: Path) -> dict[str, object]:
    """Return what a bootstrap made: the graph, what plugins noted, and the members of wheels and of their source."""
    nodes = graph(folder)
    for node in nodes.values():
        node["edges"].sort(key=lambda edge: sorted(edge.items()))
    notes = sorted((folder / "work-dir" / "example-plugins.txt").read_text().splitlines())
    found: dict[str, object] = {"graph": nodes, "notes": notes}
    for path in (folder / "wheels-repo" / "downloads").glob("*.whl"):
        with zipfile.ZipFile(path) as wheel:
            members = {name: wheel.read(name) for name in wheel.namelist()}
        found[path.name] = {name: data for name, data in members.items() if not name.endswith(("RECORD", "WHEEL"))}
    for path in (folder / "sdists-repo" / "builds").glob("stevedore-*"):
        with tarfile.open(path) as sdist:
            found[path.name] = {one.name: one.size for one in sdist if one.isfile()}
    return found
