"""A bootstrap with the plugins of `examples/plugins`, which have every function and every hook."""

import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from support.places import Place, add
from support.projects import Project

pytestmark = [pytest.mark.bazel, pytest.mark.index]
EXAMPLE = Path(__file__).parents[2] / "examples" / "plugins"
BUILD_NEEDS = ("wheel", "packaging", "flit-core", "setuptools")


@pytest.fixture
def bootstrapped(place: Place) -> Place:
    """A bootstrap of a package named stevedore, whose backend is in its source."""
    for name in BUILD_NEEDS:
        add(place.index, name, "1.0")
    files = Project("stevedore", "5.0", build=["setuptools"], asks=["wheel"]).files()
    place.index.add_sdist("stevedore", "5.0", {**files, "stevedore/__init__.py": ""})
    own = place.folder / "example"  # setuptools writes into the folder of a project
    shutil.copytree(EXAMPLE, own, ignore=shutil.ignore_patterns("build", "*.egg-info"))
    place.run("stevedore", before=("--plugins", own, "--log-file", place.folder / "log"))
    return place


def test_plugins_take_part_in_a_bootstrap(bootstrapped: Place) -> None:
    folder = bootstrapped.folder
    graph = json.loads((folder / "work-dir" / "graph.json").read_text())
    edges = {(edge["req_type"], edge["req"]) for edge in graph["stevedore==5.0"]["edges"]}
    assert edges == {
        ("build-system", "setuptools"),
        ("build-system", "wheel"),
        ("build-backend", "wheel"),
        ("build-backend", "packaging"),
        ("build-sdist", "flit-core"),
    }
    (path,) = (folder / "wheels-repo" / "downloads").glob("stevedore-*")
    with zipfile.ZipFile(path) as wheel:
        assert wheel.read("stevedore-5.0.dist-info/EXAMPLE_PLUGIN") == b"stevedore\n"
        settings = wheel.read("stevedore-5.0.dist-info/fromager-build-settings").decode()
        needs = wheel.read("stevedore-5.0.dist-info/fromager-build-sdist-requirements.txt")
    assert settings == '[metadata-from-plugin]\nplugin = "example"\npython-files = 2\n'
    assert needs == b"flit-core\n"
    with tarfile.open(folder / "sdists-repo" / "builds" / "stevedore-5.0.tar.gz") as sdist:
        assert {"stevedore-5.0/EXAMPLE_PLUGIN", "stevedore-5.0/stevedore/prepared_by_plugin.py"} <= set(
            sdist.getnames()
        )
    notes = (folder / "work-dir" / "example-plugins.txt").read_text().splitlines()
    assert sorted(notes) == sorted(
        f"post_bootstrap {name}" for name in [*(f"{n} 1.0" for n in BUILD_NEEDS), "stevedore 5.0"]
    )
    log = (folder / "log").read_text()
    for text in (
        "loaded override 'stevedore': from example_plugins.stevedore (example-plugins 1.0)",
        "resolving stevedore on http://127.0.0.1",
        "downloading stevedore 5.0",
        "stevedore-5.0: stevedore: override method prepare_source returned",
        "stevedore-5.0: stevedore: override method build_wheel returned None",
    ):
        assert text in log
