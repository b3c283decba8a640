"""What every command that builds does first: a graph becomes a workspace below the work directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.build import Bazel, Collected, Outcome, Repos, build, collect, find_bazel, keep_failed_logs
from fromager_gen.cli.options import Settings
from fromager_gen.cli.output import packages
from fromager_gen.cli.progress import Builds
from fromager_gen.cli.tree import Locking, warn_of_other_python, workspace_tree
from fromager_gen.errors import BuildError, GraphError
from fromager_gen.graph import Graph, Node, read_graph
from fromager_gen.graph.walk import similar
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.lock import LOCK_NAME
from fromager_gen.standards import version as parsed_version
from fromager_gen.write import write_workspace
from fromager_gen.write.files import check_writable

WORKSPACE = "workspace"


def actions_text(runners: Mapping[str, int]) -> str:
    """Say how many actions were answered how, by Bazel's own names."""
    how = (f"{count} {name}" for name, count in sorted(runners.items()) if name != "total")
    return ", ".join(how) or "none, all was there"


def node_key(name: str, version: str) -> str:
    """Return the graph's key of what a person typed.

    Raises:
        GraphError: the version is none.
    """
    try:
        return f"{canonicalize_name(name)}=={parsed_version(version)}"
    except InvalidVersion:
        raise GraphError(f"{version!r} is no version") from None


@dataclass(frozen=True)
class Prepared:
    """A workspace that is written, and the Bazel that will work in it."""

    graph: Graph
    settings: Settings
    bazel: Bazel

    def build(self, nodes: Sequence[Node], targets: Sequence[str], options: Sequence[str] = ()) -> Outcome:
        """Build targets of packages, showing progress."""
        with Builds(len(nodes)) as progress:
            outcome = build(self.bazel, nodes, targets, options, progress)
        # A package fails as well where only another's build needs it.
        kept = keep_failed_logs(outcome, self.graph, self.settings.work_dir / "logs")
        failed = [node for node in self.graph if outcome.has_failed(node)]
        if outcome.error and failed:
            rows = (f"{node}{f' (the log: {kept[node.key]})' if node.key in kept else ''}" for node in failed)
            outcome.error = BuildError(f"{outcome.error}\nfailed: {', '.join(rows)}")
        if outcome.error and not outcome.files:
            raise outcome.error
        click.echo(f"{packages(len(nodes))}; actions: {actions_text(outcome.runners)}", err=True)
        return outcome

    def collect(self, outcome: Outcome, nodes: Sequence[Node]) -> list[Collected]:
        """Copy what was built to Fromager's folders."""
        return collect(outcome, nodes, self.repos, self.settings.work_dir / "logs")

    def only(self, node: Node, target: str) -> list[Path]:
        """Build one target of one package and return its files.

        Raises:
            BuildError: it could not be built.
        """
        outcome = self.build([node], [target])
        if outcome.error:
            raise outcome.error
        return outcome.of(node, target)

    @property
    def repos(self) -> Repos:
        """Fromager's folders."""
        return repos_of(self.settings)

    def node(self, name: str, version: str) -> Node:
        """Return one package version.

        Raises:
            GraphError: the graph does not have it; with the versions it has.
        """
        return find_node(self.graph, name, version)


def repos_of(settings: Settings) -> Repos:
    """Return Fromager's folders, as the options before the command name them."""
    return Repos(settings.wheels_repo, settings.sdists_repo)


def find_node(graph: Graph, name: str, version: str) -> Node:
    """Return one package version of a graph.

    Raises:
        GraphError: it does not have it; with the versions it has.
    """
    key = node_key(name, version)
    found = graph.nodes.get(key)
    if found is None:
        canonical, _, normal = key.partition("==")
        has = ", ".join(node.version for node in graph.versions(canonical))
        said = f"the graph has {canonical} {has}, not {normal}" if has else f"the graph has no {canonical}"
        raise GraphError(f"{said}{'' if has else similar(graph, canonical)}: bootstrap it first")
    return found


def prepare(
    settings: Settings,
    graph_file: Path,
    locking: Locking | None = None,
    wanted: Sequence[tuple[str, str]] = (),
) -> Prepared:
    """Write the workspace of a graph below the work directory.

    Args:
        settings: the options before the command.
        graph_file: the graph.
        locking: what is asked of the lock.
        wanted: names and versions that the graph must have.

    Raises:
        GraphError: it does not have them.
        WorkspaceError: the workspace, or Fromager's folders, can't be written. Nothing is fetched or written then.
    """
    begin_to_ask(settings.python)
    bazel = find_bazel(settings.work_dir / WORKSPACE)
    graph = read_graph(graph_file)
    for name, version in wanted:
        find_node(graph, name, version)
    check_writable(bazel.workspace)
    repos_of(settings).check()
    warn_of_other_python(bazel.workspace, settings.python)
    tree = workspace_tree(settings, graph, bazel.workspace / LOCK_NAME, locking or Locking(), allow_unused=True)
    changes = write_workspace(tree, bazel.workspace, taken_over={LOCK_NAME})
    click.echo(f"{bazel.workspace}: {packages(len(graph.nodes))}; {changes or 'nothing changed'}", err=True)
    return Prepared(graph, settings, bazel)
