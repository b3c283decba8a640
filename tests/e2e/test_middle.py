"""The middle collection, from requirements to wheels: C, Cython, hatch, flit, poetry, pbr and two setuptools."""

import json
from pathlib import Path

import pytest
from support.bootstrapped import MARKS, PYTHON, TOP, bootstrap, installed, wheels_in
from support.workspaces import Generate

EXAMPLE = "middle"
pytestmark = [*MARKS, pytest.mark.slow]


def test_the_wheels_can_be_installed_together_and_imported(collection: Path) -> None:
    assert "aiohttp: imported aiohttp" in installed(EXAMPLE, collection)


def test_the_graph_has_two_setuptools_and_every_pin(collection: Path) -> None:
    graph = json.loads((collection / "work-dir" / "graph.json").read_text())
    pins = (TOP / "examples" / "middle" / "constraints.txt").read_text().split()

    assert len([key for key in graph if key.startswith("setuptools==")]) == 2
    assert {pin for pin in pins if pin not in graph} == set()
    assert len(list((collection / "wheels-repo" / "downloads").glob("*.whl"))) == len(graph) - 1


def test_a_second_bootstrap_asks_and_builds_nothing(collection: Path, shared: Path) -> None:
    said = bootstrap(EXAMPLE, collection, shared)

    assert "actions: 1 internal" in said
    assert "sandbox" not in said and "disk cache hit" not in said


def test_another_output_base_with_one_job_gives_the_same_wheels(
    collection: Path, generate: Generate, tmp_path: Path
) -> None:
    other = generate(collection / "work-dir" / "graph.json", folder=tmp_path, python=PYTHON, jobs=1)
    other.build("//:wheelhouse", "--jobs=1", cached=False)

    assert wheels_in(other.out("wheelhouse")) == wheels_in(collection / "wheels-repo" / "downloads")
