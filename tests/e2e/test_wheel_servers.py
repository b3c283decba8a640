"""Commands that Fromager runs without a graph, and wheels of a wheel server in place of builds."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.places import Place, add
from support.servers import running
from support.workspaces import PYTHON, generator

from fromager_gen.serve import make_server

pytestmark = pytest.mark.bazel


@pytest.fixture
def collection(place: Place) -> Place:
    """An index with a package, its build requirement, and a requirement that is only installed."""
    add(place.index, "tool", "1.0", install=["helper"])
    add(place.index, "helper", "1.0")
    add(place.index, "late", "1.0")
    add(place.index, "top", "1.0", build=["tool"], install=["late"], asks=["helper"])
    return place


@pytest.fixture
def server(collection: Place, tmp_path: Path) -> Iterator[str]:
    """The address of a server of the wheels of the collection, in another folder."""
    collection.run("top")
    shutil.move(collection.folder / "wheels-repo", tmp_path / "served")
    shutil.rmtree(collection.folder / "work-dir")
    with make_server(tmp_path / "served" / "simple", "127.0.0.1", 0) as listener, running(listener) as url:
        yield f"{url}/simple"


def log_of(place: Place, *arguments: str) -> str:
    """Run a bootstrap with a new log, and return the log."""
    log = place.folder / "log"
    log.unlink(missing_ok=True)
    place.run(*arguments, before=("--log-file", log))
    return log.read_text()


def test_bootstrap_takes_wheels_of_the_server_unless_forced(collection: Place, server: str) -> None:
    said = log_of(collection, "top", "-c", server)
    lock = json.loads((collection.folder / "work-dir" / "workspace" / "fromager.lock.json").read_text())

    assert "top-1.0: found built wheel on cache server" in said
    assert "4 wheels of http://127.0.0.1:" in said
    assert all(entry["url"].startswith(server.rpartition("/")[0]) for name, entry in lock["files"].items()
               if name.startswith("wheel_"))  # fmt: skip
    assert sum(name.startswith("wheel_") for name in lock["files"]) == 4
    assert collection.wheels() == [f"{name}-1.0-0-py3-none-any.whl" for name in ("helper", "late", "tool", "top")]
    assert not collection.graph()["top==1.0"]["pre_built"]
    said = log_of(collection, "top", "-c", server)
    assert "top-1.0: found existing wheel " in said and "checking if wheel was already uploaded" not in said

    shutil.rmtree(collection.folder / "wheels-repo")
    said = log_of(replace(collection, command="bootstrap-parallel"), "top", "-c", server, "--force")
    assert "on cache server" not in said and "top-1.0: added extra metadata and build tag" in said


@pytest.mark.slow
def test_build_order_without_a_graph_uses_only_its_packages(collection: Place, tmp_path: Path) -> None:
    collection.run("top")
    order = shutil.copy(collection.folder / "work-dir" / "build-order.json", tmp_path / "order.json")
    add(collection.index, "tool", "2.0")
    shutil.rmtree(collection.folder / "wheels-repo")
    shutil.rmtree(collection.folder / "work-dir")
    sequence = replace(collection, command="build-sequence")
    sequence.run(order)

    assert collection.wheels() == [f"{name}-1.0-0-py3-none-any.whl" for name in ("helper", "late", "tool", "top")]
    assert not (collection.folder / "work-dir" / "graph.json").exists()
    entries = [entry for entry in json.loads(Path(order).read_text()) if entry["dist"] != "helper"]
    Path(order).write_text(json.dumps(entries))
    result = sequence.run(order, check=False)
    assert result.returncode == 9
    assert f"helper is not in {order}" in result.stderr


def test_one_package_is_built_without_a_graph(collection: Place) -> None:
    """Its install requirements are not built."""
    result = one(collection, "build", "top", "1.0", collection.index.url)

    assert result.strip().endswith("wheels-repo/downloads/top-1.0-0-py3-none-any.whl")
    assert collection.wheels() == ["top-1.0-0-py3-none-any.whl"]


def test_steps_take_the_build_environment_from_the_server(collection: Place, server: str) -> None:
    collection.index.server.asked.clear()
    for step in ("prepare-build", "build-wheel"):
        printed = one(collection, "step", step, "--wheel-server-url", server, "top", "1.0").splitlines()
        if step == "prepare-build":
            assert [Path(line).name.split("-")[0] for line in printed] == ["helper", "tool"]
    assert printed[-1].endswith("wheels-repo/build/top-1.0-0-py3-none-any.whl")
    assert not any("tool" in path or "helper" in path for path in collection.index.requests)


def one(place: Place, *arguments: str) -> str:
    """Run a command about one package with the index of the place, and return what it prints."""
    env = {**place.env, "PIP_INDEX_URL": place.index.url}
    return generator("--python", PYTHON, *arguments, cwd=place.folder, **env).stdout
