"""One Bazel, one disk cache and one copy of the libraries for all end-to-end tests."""

import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bootstrapped import bootstrap
from support.indexes import Index
from support.places import Place
from support.workspaces import PYTHON, Generate, GraphBuilder, Workspace, generator, stop_server

from fromager_gen.bazel import find_bazel
from fromager_gen.contract import LIBRARIES
from fromager_gen.net import session
from fromager_gen.net.index import Index as RealIndex


@pytest.fixture(scope="session")
def bazel() -> str:
    return find_bazel(Path.cwd()).program


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of Bazel's outputs and of the disk cache, which all processes of pytest-xdist use."""
    folder = tmp_path_factory.getbasetemp()
    made = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "shared"
    made.mkdir(exist_ok=True)
    return made


@pytest.fixture(scope="session")
def libraries() -> dict[str, tuple[str, bytes]]:
    """Return the libraries of the rules' actions, from the machine's package index."""
    client = session()
    found = {}
    for pin in LIBRARIES.values():
        name = pin["distribution"]
        url = RealIndex(client).files(name)[pin["filename"]].url
        with urllib.request.urlopen(url, timeout=120) as response:
            found[name] = (pin["filename"], response.read())
    return found


@pytest.fixture(scope="module")
def index(libraries: dict[str, tuple[str, bytes]]) -> Iterator[Index]:
    served = Index()
    for name, (filename, data) in libraries.items():
        served.add(name, filename, data)
    yield served
    served.close()


@pytest.fixture(scope="module")
def generate(bazel: str, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generate]:
    """Return a function that writes the workspace of a graph; the Bazel servers are stopped at the end."""
    made: list[Workspace] = []

    def run(
        graph: GraphBuilder | Path,
        *options: str | Path,
        folder: Path | None = None,
        python: str = PYTHON,
        jobs: int = 2,
        before: tuple[str | Path, ...] = (),
    ) -> Workspace:
        base = folder or tmp_path_factory.mktemp("collection")
        path = graph.write(base / "graph.json") if isinstance(graph, GraphBuilder) else graph
        command = (*before, "generate", path, "--output", base / "workspace", *options)
        generator("--python", python, f"-j{jobs}", *command, cwd=base)
        workspace = Workspace(base / "workspace", bazel, shared / "bazel", shared / "disk-cache")
        if all(other.folder != workspace.folder for other in made):
            made.append(workspace)
        return workspace

    yield run
    for workspace in made:
        workspace.close()


@pytest.fixture
def place(bazel: str, shared: Path, index: Index, tmp_path: Path) -> Iterator[Place]:
    """Return an empty folder with the index that the tests of a module share."""
    made = Place(tmp_path, index, bazel, tmp_path, (f"--bazel-option=--disk_cache={shared / 'disk-cache'}",))
    yield made
    stop_server(tmp_path / "work-dir" / "workspace")


@pytest.fixture(scope="module")
def collection(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Bootstrap the collection that a module names with `EXAMPLE`, and return its folder."""
    name: str = request.module.EXAMPLE
    folder = tmp_path_factory.mktemp(name)
    bootstrap(name, folder, shared)
    yield folder
    stop_server(folder / "work-dir" / "workspace")
