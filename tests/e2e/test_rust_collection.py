"""The Rust collection, from requirements to wheels: maturin and pydantic-core with their crates, without a network."""

import json
from pathlib import Path

import pytest
from support.bootstrapped import MARKS, PYTHON, installed, wheels_in
from support.workspaces import NEEDS_CARGO, Generate

EXAMPLE = "rust"
pytestmark = [*MARKS, NEEDS_CARGO, pytest.mark.slow]


def test_the_wheels_can_be_installed_together_and_imported(collection: Path) -> None:
    assert "pydantic: imported pydantic" in installed(EXAMPLE, collection)


def test_all_packages_are_built_from_source(collection: Path) -> None:
    rows = json.loads((collection / "work-dir" / "build-sequence-summary.json").read_text())
    graph = json.loads((collection / "work-dir" / "graph.json").read_text())

    assert {"maturin", "pydantic-core"} <= {row["name"] for row in rows if not row["prebuilt"]}
    assert len(rows) == len(graph) - 1


def test_another_output_base_gives_the_same_wheels(collection: Path, generate: Generate, tmp_path: Path) -> None:
    other = generate(collection / "work-dir" / "graph.json", folder=tmp_path, python=PYTHON)
    other.build("//:wheelhouse", cached=False)

    assert wheels_in(other.out("wheelhouse")) == wheels_in(collection / "wheels-repo" / "downloads")


def test_crates_are_pinned_in_the_lock(collection: Path) -> None:
    lock = json.loads((collection / "work-dir" / "workspace" / "fromager.lock.json").read_text())
    (core,) = (entry for key, entry in lock["packages"].items() if key.startswith("pydantic-core=="))

    assert len(core["rust"]["crates"]) > 20
    assert all(lock["files"][f"crate_{crate}"]["sha256"] for crate in core["rust"]["crates"])
