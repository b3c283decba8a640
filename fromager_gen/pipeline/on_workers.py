"""Check that a build can use workers of a remote executor, and that it did."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fromager_gen.bazel import Bazel
from fromager_gen.errors import BuildError, InputError, listed
from fromager_gen.execution import makes_wheel, read_log
from fromager_gen.graph import Node
from fromager_gen.names import label

_ON_WORKER = "remote"
_UNKNOWN = "no execution log states where it ran"


def check_config(bazel: Bazel, name: str) -> None:
    """Check that a workspace defines a configuration, before hours of work fail.

    Raises:
        InputError: no .bazelrc defines it.
        BuildError: Bazel can't answer.
    """
    result = bazel.call("info", f"--config={name}", "release")
    if not result.returncode:
        return
    said = result.stderr
    if "is not defined" in said:
        raise InputError(
            f"--remote: no .bazelrc defines the configuration {name!r}. `fromager-gen remote init` defines 'remote' in "
            f"a workspace; define another one in {bazel.workspace / 'user.bazelrc'}. Bazel's message: "
            f"{' '.join(said.split())[-500:]}"
        )
    raise BuildError(f"`bazel info --config={name} release` failed: {said.strip()[-1000:]}")


def check_ran_on_workers(nodes: Sequence[Node], logs: Iterable[Path], config: str) -> None:
    """Check that the wheel of each package was made on a worker.

    Args:
        nodes: the packages.
        logs: execution logs of the build. Its caches were not asked, so that they have an action for each wheel.
        config: name of the configuration with which it was built.

    Raises:
        BuildError: a wheel was made elsewhere; the text names each, and where it was made.
        InputError: a file is not an execution log.
    """
    ran: dict[str, set[str]] = {label(node.name, node.version, "wheel"): set() for node in nodes}
    for path in logs:
        for spawn in read_log(path).spawns:
            if spawn.label in ran and makes_wheel(spawn):
                ran[spawn.label].add(spawn.runner)
    elsewhere = {
        node: ", ".join(sorted(runners)) or _UNKNOWN
        for node in nodes
        if (runners := ran[label(node.name, node.version, "wheel")]) != {_ON_WORKER}
    }
    if elsewhere:
        problems = [f"{node}: {where}" for node, where in elsewhere.items()]
        title = f"--remote={config}: {len(elsewhere)} of {len(nodes)} wheels were not built on workers"
        raise BuildError(
            f"{listed(title, problems)}\nThe configuration must name an executor, and send these builds to it: see "
            "`fromager-gen remote init --executor`, and the options --remote_executor and --spawn_strategy"
        )
