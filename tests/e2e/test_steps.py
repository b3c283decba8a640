"""One package at a time, as in Fromager: `build` and the `step`s, on generated sources."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import PYTHON, GraphBuilder, generator, in_tree_sdist, stop_server

pytestmark = [pytest.mark.bazel, pytest.mark.index]


@dataclass
class Place:
    """A folder with a graph of `pkg`, built with `tool`. Another index has another `pkg` of the same version."""

    folder: Path
    other_index: str
    bazel: str
    disk_cache: Path

    def run(self, *arguments: str) -> list[Path]:
        """Run a command that must succeed; return the paths that it prints."""
        env = {"FROMAGER_GEN_BAZEL": self.bazel, "PIP_INDEX_URL": "http://127.0.0.1:1/"}
        result = generator("--python", PYTHON, *arguments, cwd=self.folder, **env)
        return [self.folder / line for line in result.stdout.splitlines()]

    def step(self, name: str, *more: str) -> list[Path]:
        return self.run("step", name, "pkg", "1.0", *more)


@pytest.fixture(scope="module")
def place(bazel: str, shared: Path, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("steps")
    other = Index()
    other.add_sdist("pkg", "1.0", in_tree_sdist("pkg", "1.0", extra="origin = 'the other index'"))
    graph = GraphBuilder()
    graph.add("tool", "2.0", index.add_sdist("tool", "2.0", in_tree_sdist("tool", "2.0")))
    graph.add("pkg", "1.0", index.add_sdist("pkg", "1.0", in_tree_sdist("pkg", "1.0")), build=("tool==2.0",))
    (folder / "work-dir").mkdir()
    graph.write(folder / "work-dir" / "graph.json")
    made = Place(folder, other.url, bazel, shared / "disk-cache")
    made.run(
        "lock", "work-dir/graph.json", "--index-url", index.url, "--output", "work-dir/workspace/fromager.lock.json"
    )
    yield made
    stop_server(folder / "work-dir" / "workspace")
    other.close()


def is_of_other_index(wheel: Path) -> bool:
    with zipfile.ZipFile(wheel) as opened:
        return b"the other index" in opened.read("pkg.py")


def test_each_step_uses_the_output_of_the_step_before(place: Place) -> None:
    source = place.step("download-source-archive", place.other_index)
    prepared = place.step("prepare-source")
    tools = place.step("prepare-build")
    rebuilt = place.step("build-sdist")
    (wheel,) = place.step("build-wheel")

    assert source == [place.folder / "sdists-repo/downloads/pkg-1.0.tar.gz"]
    assert prepared == [place.folder / "work-dir/pkg-1.0/pkg-1.0.tar.gz"]
    assert tools == [place.folder / "wheels-repo/downloads/tool-2.0-0-py3-none-any.whl"]
    assert rebuilt == [place.folder / "sdists-repo/builds/pkg-1.0.tar.gz"]
    assert wheel == place.folder / "wheels-repo/build/pkg-1.0-0-py3-none-any.whl"
    assert all(path.is_file() for path in (*source, *prepared, *tools, *rebuilt))
    assert is_of_other_index(wheel)


def test_build_makes_one_wheel_from_an_index(place: Place) -> None:
    (wheel,) = place.run("build", "pkg", "1.0", place.other_index)

    assert wheel == place.folder / "wheels-repo/downloads/pkg-1.0-0-py3-none-any.whl"
    assert is_of_other_index(wheel)
    assert not list((place.folder / "work-dir").glob("build-sequence-summary.*"))


def test_build_parallel_uses_the_sources_of_the_graph(place: Place, index: Index) -> None:
    place.run("build", "pkg", "1.0", place.other_index)
    place.run("build-parallel", "work-dir/graph.json", "--index-url", index.url)

    assert not is_of_other_index(place.folder / "wheels-repo/downloads/pkg-1.0-0-py3-none-any.whl")
    assert (place.folder / "work-dir/build-sequence-summary.json").is_file()
