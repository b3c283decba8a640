"""A real cluster on loopback: workers fill the cache, other machines read it, and its servers die."""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, generator, in_tree_sdist

TOP = Path(__file__).parents[2]
CLUSTER = TOP / "tools" / "remote-execution-cluster"
PREFIX = Path(os.environ.get("BAZEL_DEBIAN_PREFIX") or TOP / ".venv" / "bazel")
MISSING = [name for name in ("redis-server", "openssl") if not shutil.which(name)]
MISSING += [] if list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) else ["postgresql"]
MISSING += [] if (PREFIX / "usr" / "bin" / "buildbox-worker").exists() else [f"buildbox in {PREFIX}"]
pytestmark = [
    pytest.mark.bazel, pytest.mark.index, pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"the cluster needs {', '.join(MISSING)}"),
]  # fmt: skip
BUILT = 3
"""Actions that may run on workers: two wheels, and an installed one."""


@dataclass
class Cluster:
    """The cluster, with an encrypted connection for clients."""

    folder: Path
    port: int

    def start(self) -> str:
        said = subprocess.run(
            [CLUSTER, "start", self.folder, PREFIX, "2", str(self.port)], check=True, capture_output=True, text=True,
            env={**os.environ, "TLS": "yes"}, timeout=300,
        )  # fmt: skip
        return said.stdout.strip()

    def stop(self) -> None:
        subprocess.run([CLUSTER, "stop", self.folder], check=True, timeout=60)

    def kill(self, name: str) -> None:
        """Kill a program of the cluster by the name in its command line."""
        for line in (self.folder / "pids").read_text().splitlines():
            pid = line.split()[0]
            command = Path("/proc", pid, "cmdline")
            if command.exists() and name.encode() in command.read_bytes():
                os.killpg(int(pid), 9)
                return
        raise AssertionError(f"no {name} runs")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with socket.socket() as free:  # the cluster also uses the next four ports
        free.bind(("127.0.0.1", 0))
        port = min(free.getsockname()[1], 65000)
    folder = tmp_path_factory.mktemp("cluster")
    for parent in (folder, *folder.parents):  # PostgreSQL runs as another user, who must reach its folder
        if parent.stat().st_uid == os.getuid() and parent != Path("/tmp"):  # noqa: S108 - not ours
            parent.chmod(parent.stat().st_mode | 0o011)
    running = Cluster(folder, port)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def made(generate: Generate, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Workspace]:
    def workspace(cluster: Cluster, jobs: int = 2) -> Workspace:
        """Return a new workspace in its own folder, connected with the cluster. The number of jobs is part of keys."""
        graph = GraphBuilder()
        graph.add("tool", "1.0", index.add_sdist("tool", "1.0", in_tree_sdist("tool", "1.0")))
        user = index.add_sdist("user", "1.0", in_tree_sdist("user", "1.0"))
        graph.add("user", "1.0", user, build=("tool==1.0",))
        made = generate(graph, "--index-url", index.url, folder=tmp_path_factory.mktemp("one"), jobs=jobs)
        url, certificate = f"grpcs://127.0.0.1:{cluster.port}", cluster.folder / "tls" / "server.crt"
        server = ["--cache", url, "--executor", url, "--certificate", certificate]
        generator("remote", "init", "--output", made.folder, *server, cwd=made.folder)
        return made

    return workspace


def built(workspace: Workspace, config: str) -> dict[str, int]:
    """Build, and return the number of actions by runner."""
    said = workspace.run("build", "--color=no", "--curses=no", f"--config={config}", "//:wheelhouse").stderr
    return {name: int(count) for count, name in re.findall(r"(\d+) (remote cache hit|remote|linux-sandbox)\b", said)}


def test_workers_and_machines_without_workers_fill_the_same_cache(
    cluster: Cluster, made: Callable[..., Workspace]
) -> None:
    one, two = made(cluster), made(cluster)

    assert built(one, "remote")["remote"] == BUILT
    assert built(two, "cache-readonly")["remote cache hit"] == BUILT
    assert one.wheel("user", "1.0").read_bytes() == two.wheel("user", "1.0").read_bytes()

    three, four = made(cluster, jobs=3), made(cluster, jobs=3)

    assert built(three, "cache")["linux-sandbox"] >= BUILT
    assert built(four, "remote")["remote cache hit"] == BUILT


def test_the_cluster_keeps_results_over_a_restart(cluster: Cluster, made: Callable[..., Workspace]) -> None:
    built(made(cluster, jobs=4), "remote")
    cluster.stop()
    cluster.start()

    assert built(made(cluster, jobs=4), "cache-readonly")["remote cache hit"] == BUILT


def test_a_killed_worker_costs_only_time(cluster: Cluster, made: Callable[..., Workspace]) -> None:
    workspace = made(cluster, jobs=5)
    cluster.kill("buildbox-worker")

    assert built(workspace, "remote")["remote"] == BUILT
    cluster.stop()
    cluster.start()


def test_builds_go_on_here_if_the_executor_is_dead(cluster: Cluster, made: Callable[..., Workspace]) -> None:
    workspace = made(cluster, jobs=6)
    cluster.stop()

    assert built(workspace, "remote")["linux-sandbox"] >= BUILT
    cluster.start()
