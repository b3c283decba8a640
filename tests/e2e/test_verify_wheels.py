"""``verify``: a collection that is reproducible, and a package that is not, with the reason."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.indexes import Index
from support.workspaces import PYTHON, GraphBuilder, generator, in_tree_sdist, stop_server

pytestmark = [pytest.mark.bazel, pytest.mark.index]

GRAPH = Path(__file__).parents[2] / "examples" / "stevedore" / "graph.json"
TIME = "    import time\n    return write(wheel_directory, data=f'built at {time.time()}'.encode())"


# Temporary folders of Python have fixed names in builds, but other programs name theirs by chance.
PATH = "    return write(wheel_directory, data=f'built in /tmp/build-{os.urandom(8).hex()}/src'.encode())"
RANDOM = """    import random
    lines = [f'line{number}' for number in range(20)]
    random.shuffle(lines)
    return write(wheel_directory, data=chr(10).join(lines).encode())"""
ORDER = "    return write(wheel_directory, data=' '.join(os.listdir('parts')).encode())"
STEADY = "    return write(wheel_directory)"


class Verifier:
    """Runs `verify` in a folder, with the disk cache of all tests for the first build."""

    def __init__(self, folder: Path, bazel: str, cache: Path) -> None:
        self.folder, self.bazel, self.cache = folder, bazel, cache

    def run(self, graph: Path, *options: str | Path, check: bool = True) -> Any:
        cache = f"--bazel-option=--disk_cache={self.cache}"
        command = ("--python", PYTHON, "verify", graph, cache, *options)
        return generator(*command, cwd=self.folder, check=check, FROMAGER_GEN_BAZEL=self.bazel)


@pytest.fixture
def verifier(bazel: str, shared: Path, tmp_path: Path) -> Iterator[Verifier]:
    yield Verifier(tmp_path, bazel, shared / "disk-cache")
    stop_server(tmp_path / "work-dir" / "workspace")


def servers(folder: Path) -> list[str]:
    """Return the processes whose command line names a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder / "work-dir" / "verify") in text:
            found.append(text)
    return found


@pytest.mark.slow
def test_a_real_collection_is_the_same_in_both_builds(verifier: Verifier) -> None:
    report = json.loads(verifier.run(GRAPH, "--format", "json").stdout)

    assert [(one["package"], one["result"]) for one in report["packages"]] == [
        ("pbr", "equal"), ("setuptools", "equal"), ("stevedore", "equal"),
    ]  # fmt: skip
    varied = {one["name"] for one in report["conditions"] if one["varied"] and one["first"] != one["second"]}
    expected = {"workspace", "Bazel's folder", "HOME", "user", "language", "time zone", "umask", "host name"}
    assert expected | {"order of files in folders"} <= varied
    work = verifier.folder / "work-dir" / "verify"
    assert [path.name for path in work.iterdir()] == [".lock"]
    assert servers(verifier.folder) == []


@pytest.fixture
def graph(index: Index, tmp_path: Path) -> Path:
    made = GraphBuilder()
    parts = {f"parts/{name}": "" for name in ("oak", "elm", "ash", "fir")}
    for name, body in {"clock": TIME, "order": ORDER, "path": PATH, "random": RANDOM, "steady": STEADY}.items():
        index.add_sdist(name, "1.0", in_tree_sdist(name, "1.0", body) | parts)
        made.add(name, "1.0", f"{index.root}/files/{name}/{name}-1.0.tar.gz")
    return made.write(tmp_path / "graph.json")


def test_packages_that_are_not_reproducible_are_found_and_explained(
    verifier: Verifier, graph: Path, index: Index
) -> None:
    result = verifier.run(graph, "--index-url", index.url, "--format", "json", check=False)
    report = {one["package"]: one for one in json.loads(result.stdout)["packages"]}

    assert result.returncode == 14, result.stderr
    assert "4 of 5 wheels differ between two builds: clock 1.0, order 1.0, path 1.0, random 1.0" in result.stderr
    assert {name: one["result"] for name, one in report.items()} == {
        "clock": "differs", "order": "differs", "path": "differs", "random": "differs", "steady": "equal",
    }  # fmt: skip
    (clock,), (order,), (path,), (random,) = (
        report[name]["differences"] for name in ("clock", "order", "path", "random")
    )
    assert clock["member"] == "data" and "it seems to contain a time: " in clock["what"]
    assert "it seems to contain an absolute path: /tmp/build-" in path["what"]
    assert "it has the same words in another order" in random["what"]
    shown = {line[0]: line[1:].split() for line in order["excerpt"] if " elm" in line or "elm " in line}
    assert shown["+"] == shown["-"][::-1] and sorted(shown["+"]) == ["ash", "elm", "fir", "oak"]
    kept = verifier.folder / "work-dir" / "verify" / "report" / "first"
    assert sorted(one.name.split("-")[0] for one in kept.iterdir()) == ["clock", "order", "path", "random"]


@pytest.mark.slow
def test_a_second_build_that_uses_no_workers_is_an_error(verifier: Verifier, graph: Path, index: Index) -> None:
    chosen = "--index-url", index.url, "--package", "Steady", "--remote"
    said = verifier.run(graph, *chosen, "wrokers", check=False)
    assert said.returncode == 2 and "defines the configuration 'wrokers'" in said.stderr, said.stderr
    assert not list(verifier.folder.glob("wheels-repo/*/*.whl")) and "building again" not in said.stderr

    (verifier.folder / "work-dir" / "workspace" / "user.bazelrc").write_text("build:workers --jobs=1\n")
    said = verifier.run(graph, *chosen, "workers", check=False)
    assert said.returncode == 8 and "equal" not in said.stdout, said.stderr
    assert "1 of 1 wheels were not built on workers: steady 1.0: linux-sandbox" in said.stderr
    assert servers(verifier.folder) == []
