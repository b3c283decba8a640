"""The middle collection, from requirements to wheels: C, Cython, hatch, flit, poetry, pbr and two setuptools."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import find_python

TOP = Path(__file__).parents[2]
EXAMPLE = TOP / "examples" / "middle"
# What its constraints were made for: its sphinx is for no Python before.
PYTHON = "3.12"


INTERPRETER = find_python(PYTHON)
pytestmark = [
    pytest.mark.bazel,
    pytest.mark.index,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(INTERPRETER is None, reason=f"the collection is for Python {PYTHON}, which is not here"),
]


def bootstrap(folder: Path, shared: Path) -> str:
    cache = f"--bazel-option=--disk_cache={shared / 'disk-cache'}"
    command = [sys.executable, "-m", "fromager_gen", "--python", PYTHON, "-c", EXAMPLE / "constraints.txt"]
    command += ["bootstrap", "-r", EXAMPLE / "requirements.txt", cache]
    result = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-6000:]
    return result.stderr


@pytest.fixture(scope="module")
def collection(bazel: str, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("middle")
    bootstrap(folder, shared)
    yield folder
    subprocess.run([bazel, "shutdown"], cwd=folder / "work-dir" / "workspace", check=True)


def test_it_installs_together_and_imports(collection: Path) -> None:
    wheels = collection / "wheels-repo" / "downloads"
    command = [sys.executable, TOP / "benchmarks" / "check_collection.py", wheels, EXAMPLE / "requirements.txt"]
    result = subprocess.run(
        [*map(str, command), "--python", str(INTERPRETER)], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert "pip check clean" in result.stdout
    assert "aiohttp: imported aiohttp" in result.stdout


def test_it_holds_two_setuptools_and_every_pin(collection: Path) -> None:
    graph = json.loads((collection / "work-dir" / "graph.json").read_text())
    pins = (EXAMPLE / "constraints.txt").read_text().split()

    assert len([key for key in graph if key.startswith("setuptools==")]) == 2
    assert {pin for pin in pins if pin not in graph} == set()
    assert len(list((collection / "wheels-repo" / "downloads").glob("*.whl"))) == len(graph) - 1


def test_again_nothing_is_asked_and_nothing_built(collection: Path, shared: Path) -> None:
    said = bootstrap(collection, shared)

    assert "actions: 1 internal" in said
    assert "sandbox" not in said and "disk cache hit" not in said
