"""From a graph to wheels in Fromager's folders, by a workspace below the work directory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.bazel import COLLECTED, Bazel, Outcome, build, find_bazel
from fromager_gen.contract import LOCK_FILE
from fromager_gen.errors import BuildError, GraphError
from fromager_gen.files import check_writable, write_text
from fromager_gen.graph import Graph, Node, read_graph, similar
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.pipeline.collect import Collected, collect, keep_failed_logs, summary_texts
from fromager_gen.pipeline.generate import generate, warn_of_other_python
from fromager_gen.pipeline.options import GlobalOptions, LockOptions
from fromager_gen.standards import version as parsed_version
from fromager_gen.terminal import Builds, counted, say
from fromager_gen.write import write_workspace


def actions_text(runners: Mapping[str, int]) -> str:
    """Say how many actions were answered how, by Bazel's own names."""
    how = (f"{count} {name}" for name, count in sorted(runners.items()) if name != "total")
    return ", ".join(how) or "none, all was there"


def node_key(name: str, version: str) -> str:
    """Return the graph's key of what a person typed.

    Raises:
        GraphError: the version is not a valid one.
    """
    try:
        return f"{canonicalize_name(name)}=={parsed_version(version)}"
    except InvalidVersion:
        raise GraphError(f"{version!r} is no version") from None


@dataclass(frozen=True)
class Prepared:
    """A workspace that is written, and the Bazel that will work in it."""

    graph: Graph
    options: GlobalOptions
    bazel: Bazel

    def build(self, nodes: Sequence[Node], targets: Sequence[str], flags: Sequence[str] = ()) -> Outcome:
        """Build targets of packages, showing progress.

        Raises:
            BuildError: nothing could be built; where something could, the error is part of the outcome.
        """
        with Builds(len(nodes)) as progress:
            outcome = build(self.bazel, nodes, targets, flags, progress)
        # A package fails as well where only another's build needs it.
        kept = keep_failed_logs(outcome, self.graph, self.options.logs)
        failed = [node for node in self.graph if outcome.has_failed(node)]
        if outcome.error and failed:
            rows = (f"{node}{f' (the log: {kept[node.key]})' if node.key in kept else ''}" for node in failed)
            outcome.error = BuildError(f"{outcome.error}\nfailed: {', '.join(rows)}")
        if outcome.error and not outcome.files:
            raise outcome.error
        say(f"{counted(len(nodes), 'package')}; actions: {actions_text(outcome.runners)}")
        return outcome

    def only(self, node: Node, target: str) -> list[Path]:
        """Build one target of one package and return its files.

        Raises:
            BuildError: it could not be built.
        """
        outcome = self.build([node], [target])
        if outcome.error:
            raise outcome.error
        return outcome.of(node, target)

    def node(self, name: str, version: str) -> Node:
        """Return one package version.

        Raises:
            GraphError: the graph does not have it; with the versions it has.
        """
        return find_node(self.graph, name, version)


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
    options: GlobalOptions,
    graph_file: Path,
    locking: LockOptions | None = None,
    wanted: Sequence[tuple[str, str]] = (),
) -> Prepared:
    """Write the workspace of a graph below the work directory.

    Args:
        options: the options before the command.
        graph_file: the graph.
        locking: how files are pinned.
        wanted: names and versions that the graph must have.

    Raises:
        GraphError: it does not have them.
        WriteError: the workspace, or Fromager's folders, can't be written. Nothing is fetched or written then.
    """
    begin_to_ask(options.python)
    bazel = find_bazel(options.workspace)
    graph = read_graph(graph_file)
    for name, version in wanted:
        find_node(graph, name, version)
    check_writable(bazel.workspace)
    options.repos.check()
    warn_of_other_python(bazel.workspace, options.python)
    files = generate(options, graph, bazel.workspace / LOCK_FILE, locking or LockOptions())
    changes = write_workspace(files, bazel.workspace, taken_over={LOCK_FILE})
    say(f"{bazel.workspace}: {counted(len(graph.nodes), 'package')}; {changes or 'nothing changed'}")
    return Prepared(graph, options, bazel)


def build_all(
    prepared: Prepared,
    nodes: Sequence[Node],
    flags: Sequence[str],
    check: Callable[[Outcome], None] | None = None,
    summary: bool = True,
) -> list[Collected]:
    """Build packages and copy all that could be built, even if others failed; their failure is the error at the end.

    Args:
        prepared: the workspace.
        nodes: the packages.
        flags: further options of `bazel build`.
        check: is shown a whole build before any of it is copied, and may refuse it.
        summary: whether the summary in the work directory becomes that of this build.

    Raises:
        BuildError: a package could not be built.
        WriteError: something can't be copied.
    """
    outcome = prepared.build(nodes, COLLECTED, flags)
    if check is not None and outcome.error is None:
        check(outcome)
    options = prepared.options
    collected = collect(outcome, nodes, options.repos, options.logs)
    missing = [node for node in nodes if not outcome.of(node, "wheel")]
    if summary:
        for name, text in summary_texts(collected, missing).items():
            write_text(options.work_dir / name, text)
        new = sum(not one.skipped for one in collected)
        say(f"{options.wheels_repo.absolute()}: {counted(len(collected), 'wheel')}, {new} new")
    if outcome.error:
        raise _failure(outcome, outcome.error, missing, len(nodes), "--keep_going" in flags)
    return collected


def _failure(outcome: Outcome, error: BuildError, missing: Sequence[Node], count: int, kept_going: bool) -> BuildError:
    """Say of a build that failed how many wheels there are, and which were not tried."""
    said = f"{count - len(missing)} of {count} wheels are there"
    others = [str(node) for node in missing if not outcome.has_failed(node)]
    if others:
        hint = "" if kept_going else "; -k builds all that needs none of the failed"
        said += f"; not built: {', '.join(others)}{hint}"
    return BuildError(f"{error}\n{said}")
