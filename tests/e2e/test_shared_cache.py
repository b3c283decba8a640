"""A remote cache that several workspaces share, and that dies, loses files, has damaged and forged ones."""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support.caches import HttpCache, http_cache
from support.indexes import Index
from support.workspaces import PYTHON, Generate, GraphBuilder, Workspace, generator, in_tree_sdist, stop_server

from fromager_gen.bazel import find_bazel

pytestmark = [pytest.mark.bazel, pytest.mark.index]
BUILT = 3
"""Actions with a result in the cache: two wheels, and an installed one."""
HERE = 2
"""Actions without one: the programs and the wheelhouse, which must not come from a cache."""


@pytest.fixture(scope="module")
def graph(index: Index) -> GraphBuilder:
    tool = index.add_sdist("tool", "1.0", in_tree_sdist("tool", "1.0"))
    user = index.add_sdist("user", "1.0", in_tree_sdist("user", "1.0"))
    return GraphBuilder().add("tool", "1.0", tool).add("user", "1.0", user, build=("tool==1.0",))


@pytest.fixture(scope="module")
def one(generate: Generate, graph: GraphBuilder, index: Index) -> Workspace:
    return generate(graph, "--index-url", index.url)


class Filled(NamedTuple):
    """The files of a cache that a workspace has filled, and its wheels by package."""

    folder: Path
    wheels: dict[str, bytes]


@pytest.fixture(scope="module")
def filled(one: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    folder = tmp_path_factory.mktemp("filled") / "cache"
    with http_cache(folder) as running:
        connected(one, running)
        assert built(one).here == BUILT + HERE
    return Filled(folder, {name: one.wheel(name, "1.0").read_bytes() for name in ("tool", "user")})


@pytest.fixture
def cache(filled: Filled, tmp_path: Path) -> Iterator[HttpCache]:
    """Run a cache that has all results."""
    shutil.copytree(filled.folder, tmp_path / "cache")
    with http_cache(tmp_path / "cache") as running:
        yield running


def connected(workspace: Workspace, cache: HttpCache, *options: str) -> str:
    """Connect a workspace, without outputs of earlier builds, with a cache; return what the command says."""
    workspace.run("clean")
    options = options or ("--no-check",)
    said = generator(
        "remote", "init", "--output", workspace.folder, "--cache", cache.url, *options, cwd=workspace.folder
    )
    return said.stderr


class Built(NamedTuple):
    """Number of actions from the remote cache and in sandboxes, and Bazel's output."""

    hits: int
    here: int
    said: str


def built(workspace: Workspace, config: str = "cache") -> Built:
    # Each retry waits longer, which costs only time.
    options = ["--color=no", "--curses=no", f"--config={config}", "--remote_retries=0"]
    said = workspace.run("build", *options, "//:wheelhouse").stderr
    counts = {name: int(count) for count, name in re.findall(r"(\d+) (remote cache hit|linux-sandbox)", said)}
    return Built(counts.get("remote cache hit", 0), counts.get("linux-sandbox", 0), said)


def test_what_one_workspace_builds_is_a_hit_in_another_folder(
    cache: HttpCache, filled: Filled, generate: Generate, graph: GraphBuilder, index: Index, tmp_path: Path
) -> None:
    (tmp_path / "another folder").mkdir()
    other = generate(graph, "--index-url", index.url, folder=tmp_path / "another folder")
    connected(other, cache)
    found = built(other, "cache-readonly")

    assert (found.hits, found.here) == (BUILT, HERE)
    assert other.wheel("user", "1.0").read_bytes() == filled.wheels["user"]


@pytest.mark.parametrize("answered", [0, 4, 8])
def test_a_build_outlives_its_cache(answered: int, cache: HttpCache, one: Workspace) -> None:
    connected(one, cache)
    cache.dies_after = answered

    assert built(one).here >= HERE
    assert one.wheel("user", "1.0").exists()


def test_a_cache_that_lost_its_files_costs_only_time(cache: HttpCache, one: Workspace) -> None:
    connected(one, cache)
    shutil.rmtree(cache.folder / "cas")

    assert built(one).here == BUILT + HERE


def test_damaged_files_are_named_and_built_again(cache: HttpCache, filled: Filled, one: Workspace) -> None:
    connected(one, cache)
    digests = cache.flip_a_byte_in_each_file()
    found = built(one)

    assert found.here == BUILT + HERE
    assert any(digest in found.said for digest in digests)
    assert one.wheel("tool", "1.0").read_bytes() == filled.wheels["tool"]


def test_a_forged_wheel_is_not_collected(
    cache: HttpCache, graph: GraphBuilder, index: Index, bazel: str, tmp_path: Path
) -> None:
    graph.write(tmp_path / "graph.json")

    def build(work: str, check: bool = True) -> tuple[int, str, list[Path]]:
        places = ["--work-dir", work, "--wheels-repo", f"{work}/wheels", "--sdists-repo", f"{work}/sdists"]
        options = ["--index-url", index.url, f"--bazel-option=--remote_cache={cache.url}"]
        command = ["--python", PYTHON, *places, "build-parallel", "graph.json", *options]
        result = generator(*command, cwd=tmp_path, check=check, FROMAGER_GEN_BAZEL=bazel)
        stop_server(tmp_path / work / "workspace")
        return result.returncode, result.stderr, sorted((tmp_path / work / "wheels").glob("downloads/*.whl"))

    _, _, (_, user) = build("one")
    forged = bytearray(user.read_bytes())
    forged[len(forged) // 3] ^= 1
    cache.forge(user.read_bytes(), bytes(forged))
    code, said, wheels = build("two", check=False)

    assert code == 8 and [wheel.name.split("-")[0] for wheel in wheels] == ["tool"]
    assert "wheels are not collected: the wheel of user 1.0 is not the one that was built" in said


def test_a_forged_wheel_is_not_indexed(cache: HttpCache, filled: Filled, one: Workspace) -> None:
    wheel = filled.wheels["user"]
    connected(one, cache)
    forged = bytearray(wheel)
    forged[len(wheel) // 3] ^= 1
    cache.forge(wheel, bytes(forged))
    failed = one.run("build", "--config=cache", "//:wheelhouse", check=False)

    assert failed.returncode == 1
    assert "the wheel of user 1.0 is not the one that was built" in failed.stderr


def test_remote_init_keeps_credentials_private(cache: HttpCache, one: Workspace, tmp_path: Path) -> None:
    (tmp_path / "key").write_text('se"sa me\\#\n')
    connected(one, cache, "--header", f"x-api-key=@{tmp_path / 'key'}")

    assert stat.S_IMODE((one.folder / "remote.bazelrc").stat().st_mode) == 0o600
    assert {headers.get("x-api-key") for headers in cache.headers} == {'se"sa me\\#'}


def test_remote_init_says_that_a_cache_is_read_only(cache: HttpCache, one: Workspace) -> None:
    cache.is_readonly = True

    assert "this machine can't write to the cache, so use --config=cache-readonly" in connected(one, cache, "--check")


def test_remote_init_writes_nothing_if_the_server_does_not_answer(tmp_path: Path) -> None:
    said = generator("remote", "init", "--output", tmp_path, "--cache", "grpc://127.0.0.1:1", cwd=tmp_path, check=False)

    assert said.returncode == 10
    assert "the remote cache can't be read: Failed to query remote execution capabilities" in said.stderr
    assert os.listdir(tmp_path) == []


def test_a_configuration_without_a_server_names_the_command(one: Workspace) -> None:
    (one.folder / "remote.bazelrc").unlink(missing_ok=True)
    said = one.run("build", "--config=cache", "//:wheelhouse", check=False)

    assert "Config value 'remote-init' is not defined" in said.stderr
    assert find_bazel(one.folder).major >= 7
