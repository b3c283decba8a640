"""``verify``: a collection that is reproducible, and a package that is not, with the reason."""

import json
import shutil
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


ORDER = "    return write(wheel_directory, data=' '.join(os.listdir('parts')).encode())"


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
    index.add_sdist("steady", "1.0", in_tree_sdist("steady", "1.0"))
    index.add_sdist("clock", "1.0", in_tree_sdist("clock", "1.0", TIME))
    made = GraphBuilder()
    for name in ("steady", "clock"):
        made.add(name, "1.0", f"{index.root}/files/{name}/{name}-1.0.tar.gz")
    return made.write(tmp_path / "graph.json")


def test_a_package_that_writes_the_time_is_found_explained_and_allowed(
    verifier: Verifier, graph: Path, index: Index
) -> None:
    url = ("--index-url", index.url)
    result = verifier.run(graph, *url, check=False)

    assert result.returncode == 14, result.stderr
    assert "1 of 2 wheels differ between two builds: clock 1.0" in result.stderr
    assert "data: differs at byte" in result.stdout and "it seems to contain a time: " in result.stdout
    assert "-built at " in result.stdout and "+built at " in result.stdout
    rows = [line.split("│") for line in result.stdout.splitlines() if line.startswith("│ ")]
    verdicts = {row[1].strip(): row[3].strip() for row in rows if row[2].strip() == "1.0"}
    assert verdicts == {"clock": "differs", "steady": "equal"}
    report = verifier.folder / "work-dir" / "verify" / "report"
    kept = [sorted(path.name for path in (report / which).iterdir()) for which in ("first", "second")]
    assert kept == [["clock-1.0-0-py3-none-any.whl"]] * 2

    (verifier.folder / "overrides").mkdir()
    (verifier.folder / "overrides" / "verify.yaml").write_text(
        "- package: clock\n  members: [data]\n  reason: It contains the time.\n"
        "- package: steady\n  members: [data]\n  reason: Outdated.\n"
    )
    result = verifier.run(graph, *url)
    assert "allowed: It contains the time." in result.stdout
    assert "verify.yaml:4: nothing of steady differs in data; remove the entry" in result.stderr

    shutil.rmtree(verifier.folder / "overrides")


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


def test_a_path_and_a_random_order_are_found_and_explained(verifier: Verifier, index: Index, tmp_path: Path) -> None:
    made = GraphBuilder()
    for name, body in (("path", PATH), ("random", RANDOM)):
        index.add_sdist(name, "1.0", in_tree_sdist(name, "1.0", body))
        made.add(name, "1.0", f"{index.root}/files/{name}/{name}-1.0.tar.gz")
    result = verifier.run(made.write(tmp_path / "graph.json"), "--index-url", index.url, check=False)

    assert result.returncode == 14, result.stderr
    assert "2 of 2 wheels differ between two builds: path 1.0, random 1.0" in result.stderr
    assert "it seems to contain an absolute path: /tmp/build-" in result.stdout
    assert "it has the same words in another order" in result.stdout


def test_a_package_that_depends_on_the_order_of_files_is_found_and_explained(
    verifier: Verifier, index: Index, tmp_path: Path
) -> None:
    parts = {f"parts/{name}": "" for name in ("oak", "elm", "ash", "fir")}
    index.add_sdist("order", "1.0", in_tree_sdist("order", "1.0", ORDER) | parts)
    made = GraphBuilder().add("order", "1.0", f"{index.root}/files/order/order-1.0.tar.gz")
    result = verifier.run(made.write(tmp_path / "graph.json"), "--index-url", index.url, check=False)

    assert result.returncode == 14, result.stderr
    assert "1 of 1 wheels differ between two builds: order 1.0" in result.stderr
    assert "it has the same words in another order" in result.stdout
    shown = {line.strip()[0]: line.strip()[1:].split() for line in result.stdout.splitlines() if " elm " in line}
    assert shown["+"] == shown["-"][::-1] and sorted(shown["+"]) == ["ash", "elm", "fir", "oak"]
