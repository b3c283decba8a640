"""A real cluster on loopback: workers fill the cache, other machines read it, and its servers die."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
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
HERE = 2
"""Actions that run where Bazel runs: the programs and the wheelhouse."""


@dataclass
class Cluster:
    """The cluster."""

    folder: Path
    port: int

    def start(self, **variables: str) -> str:
        said = subprocess.run(
            [CLUSTER, "start", self.folder, PREFIX, "2", str(self.port)], check=True, capture_output=True, text=True,
            env={**os.environ, **variables}, timeout=300,
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


def is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    # Below the ports that Linux gives to clients. The cluster uses five in a row.
    port = next(port for port in range(21000, 31000, 5) if all(is_free(port + number) for number in range(5)))
    # Not in a folder of pytest: PostgreSQL runs as another user, who must reach it.
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    folder.chmod(0o755)
    running = Cluster(folder, port)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made(generate: Generate, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Workspace]:
    graph = GraphBuilder().add("tool", "1.0", index.add_sdist("tool", "1.0", in_tree_sdist("tool", "1.0")))
    user = index.add_sdist("user", "1.0", in_tree_sdist("user", "1.0"))
    graph.add("user", "1.0", user, build=("tool==1.0",))

    def workspace(cluster: Cluster, jobs: int = 2) -> Workspace:
        """Return a new workspace in its own folder, connected with the cluster. The number of jobs is part of keys."""
        made = generate(graph, "--index-url", index.url, folder=tmp_path_factory.mktemp("one"), jobs=jobs)
        url = f"grpc://127.0.0.1:{cluster.port}"
        server = ["--cache", url, "--executor", url, "--no-check"]
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

    found = built(workspace, "remote")

    # The other worker, or this machine, builds what the killed one should have built. Bazel can ask for it again after
    # that, which is a hit.
    assert found["remote"] >= 1
    assert sum(found.values()) == BUILT + HERE
    cluster.stop()
    cluster.start()


def test_builds_go_on_here_if_the_executor_is_dead(cluster: Cluster, made: Callable[..., Workspace]) -> None:
    workspace = made(cluster, jobs=6)
    cluster.stop()

    assert built(workspace, "remote")["linux-sandbox"] >= BUILT
    cluster.start()


def test_the_cluster_can_encrypt_connections_with_its_own_certificate(cluster: Cluster) -> None:
    """Bazel itself is not asked: that of Debian has no library for TLS in gRPC."""
    cluster.stop()
    address = cluster.start(TLS="yes")
    context = ssl.create_default_context(cafile=str(cluster.folder / "tls" / "server.crt"))
    context.set_alpn_protocols(["h2"])
    with (
        socket.create_connection(("127.0.0.1", cluster.port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as encrypted,
    ):
        assert (address, encrypted.selected_alpn_protocol()) == (f"grpcs://127.0.0.1:{cluster.port}", "h2")
