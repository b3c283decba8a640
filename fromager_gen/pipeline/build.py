"""Build the wheels of a graph into Fromager's folders, with a workspace below the work directory."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.bazel import COLLECTED, Bazel, Outcome, build, find_bazel
from fromager_gen.errors import BuildError, InputError
from fromager_gen.execution import Spawn, layers_text, read_log
from fromager_gen.files import write_text
from fromager_gen.graph import Graph, Node, read_graph, similar
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.lock import LockedFile, read_lock
from fromager_gen.names import label
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.pipeline.collect import (
    Collected,
    collect,
    keep_failed_logs,
    refuse_other_wheels,
    summary_texts,
)
from fromager_gen.pipeline.generate import generate
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions, LockOptions
from fromager_gen.pipeline.plugin_files import keep_plugin_files
from fromager_gen.plugins import Hooks, HostContext
from fromager_gen.standards import version as parsed_version
from fromager_gen.terminal import Builds, counted, say

_log = logging.getLogger(__name__)
_AS_NEEDED = BuildOptions()


def actions_text(runners: Mapping[str, int]) -> str:
    """Return the number of actions by runner, such as a sandbox or a cache, with the names that Bazel uses."""
    how = (f"{count} {name}" for name, count in sorted(runners.items()) if name != "total")
    return ", ".join(how) or "none, all outputs are up to date"


def node_key(name: str, version: str) -> str:
    """Return the graph's key of a name and version on the command line.

    Raises:
        InputError: the version is not valid.
    """
    try:
        return f"{canonicalize_name(name)}=={parsed_version(version)}"
    except InvalidVersion:
        raise InputError(f"{version!r} is not a valid version, such as 1.0") from None


@dataclass(frozen=True)
class Prepared:
    """A written workspace, and the Bazel to run in it."""

    graph: Graph
    options: GlobalOptions
    bazel: Bazel
    overrides: Overrides
    flags: tuple[str, ...] = ()
    """Options of each `bazel build`."""
    is_bootstrap: bool = False
    """Whether plugins are told about packages as in a bootstrap."""

    def build(self, nodes: Sequence[Node], targets: Sequence[str], flags: Sequence[str] = ()) -> Outcome:
        """Build targets of packages and show progress.

        Raises:
            BuildError: nothing was built. If some targets were built, the error is part of the outcome.
        """
        with Builds(len(nodes)) as progress:
            outcome = build(self.bazel, nodes, targets, [*self.flags, *flags], progress)
        keep_plugin_files(outcome, self.graph, self.options.work_dir, self.overrides.plugins)
        # Include packages that failed although only the build of another package needs them.
        kept = keep_failed_logs(outcome, self.graph, self.options.work_dir)
        failed = [node for node in self.graph if outcome.has_failed(node)]
        if outcome.error and failed:
            rows = (f"{node}{f' (log: {kept[node.key]})' if node.key in kept else ''}" for node in failed)
            outcome.error = BuildError(f"{outcome.error}\nfailed: {', '.join(rows)}")
        if outcome.error and not outcome.files:
            raise outcome.error
        say(f"{counted(len(nodes), 'package')}; actions: {actions_text(outcome.runners)}")
        layers = self._layers([node for node in nodes if outcome.of(node, "wheel")]) if "wheel" in targets else ""
        if layers:
            say(layers)
        return outcome

    def _layers(self, nodes: Sequence[Node]) -> str:
        """Return how many wheels came from which layer, in all builds until now; empty if a log of them is missing."""
        if not self.bazel.execution_logs:
            return ""
        spawns: list[Spawn] = []
        for path in self.bazel.execution_logs:
            try:
                spawns += read_log(path).spawns
            except InputError as err:
                _log.debug("the layers of wheels are not known: %s", err)
                return ""
        labels = [label(node.name, node.version, "wheel") for node in nodes]
        times = self.bazel.result_times
        return layers_text(labels, spawns, lambda spawn: spawn.seconds or times.of(spawn.digest))

    def only(self, node: Node, target: str) -> list[Path]:
        """Build one target of one package and return its files.

        Raises:
            BuildError: the target could not be built.
        """
        outcome = self.build([node], [target])
        if outcome.error:
            raise outcome.error
        return outcome.of(node, target)

    def node(self, name: str, version: str) -> Node:
        """Return one package version.

        Raises:
            InputError: the graph does not have this version. The message lists its versions.
        """
        return find_node(self.graph, name, version)


def find_node(graph: Graph, name: str, version: str) -> Node:
    """Return one package version of a graph.

    Raises:
        InputError: the graph does not have this version. The message lists its versions.
    """
    key = node_key(name, version)
    found = graph.nodes.get(key)
    if found is None:
        canonical, _, normal = key.partition("==")
        versions = ", ".join(node.version for node in graph.versions(canonical))
        if versions:
            raise InputError(f"the graph has {canonical} {versions}, not {normal}: bootstrap it first")
        raise InputError(f"the graph has no package {canonical}: bootstrap it first{similar(graph, canonical)}")
    return found


def prepare(
    options: GlobalOptions,
    graph_file: Path,
    locking: LockOptions | None = None,
    wanted: Sequence[tuple[str, str]] = (),
    building: BuildOptions = _AS_NEEDED,
) -> Prepared:
    """Write the workspace of a graph below the work directory.

    Args:
        options: the options before the command.
        graph_file: the graph.
        locking: how files are pinned.
        wanted: names and versions that the graph must contain.
        building: how Bazel builds, and the wheel server whose wheels replace builds.

    Raises:
        InputError: the graph does not contain them.
        WriteError: the workspace or Fromager's folders can't be written. Nothing is downloaded or written then.
    """
    begin_to_ask(options.python)
    bazel = find_bazel(options.workspace)
    graph = read_graph(graph_file)
    for name, version in wanted:
        find_node(graph, name, version)
    options.repos.check()
    locking = locking or LockOptions()
    overrides = read_overrides(options.override_paths)
    cached = _cached(options, overrides, graph, wanted, building)
    if cached:
        from fromager_gen.pipeline.cached_wheels import with_cached  # noqa: PLC0415 - as in `_cached`

        graph, locking = with_cached(graph, cached), replace(locking, cached=cached)
    generate(options, graph, bazel.workspace, locking)
    return Prepared(graph, options, bazel, overrides)


def _cached(
    options: GlobalOptions,
    overrides: Overrides,
    graph: Graph,
    wanted: Sequence[tuple[str, str]],
    building: BuildOptions,
) -> dict[str, LockedFile]:
    """Return the wheels of the wheel servers that are used in place of builds, by the graph's key."""
    server = building.cache_wheel_server_url if not building.force else None
    if server is None and building.wheel_server_url is None:
        return {}
    # Imports requests, which a complete lock does not need.
    from fromager_gen.pipeline.cached_wheels import find_cached, tools_of_server  # noqa: PLC0415

    cached = find_cached(options, overrides, graph, read_lock(options.lock_file), server) if server else {}
    if building.wheel_server_url is not None:
        for name, version in wanted:
            node = find_node(graph, name, version)
            cached |= tools_of_server(options, overrides, graph, node, building.wheel_server_url)
    return cached


def build_all(
    prepared: Prepared,
    nodes: Sequence[Node],
    flags: Sequence[str],
    check: Callable[[Outcome], None] | None = None,
    summary: bool = True,
    force: bool = False,
) -> list[Collected]:
    """Build packages and copy all built files, even if some packages failed. The error is raised at the end.

    Args:
        prepared: the workspace.
        nodes: the packages.
        flags: further options of `bazel build`.
        check: is called with a complete build before its files are copied, and may raise an error.
        summary: whether to write the summary of this build to the work directory.
        force: whether wheels that were there before count as new.

    Raises:
        BuildError: a package could not be built, or a hook of a plugin failed.
        WriteError: a file can't be copied.
    """
    _log_start(prepared, nodes, force)
    outcome = prepared.build(nodes, COLLECTED, flags)
    refuse_other_wheels(outcome, prepared.graph, nodes, prepared.options.repos)
    if check is not None and outcome.error is None:
        check(outcome)
    options = prepared.options
    collected = collect(outcome, nodes, options.repos, options.work_dir, prepared.overrides, force)
    missing = [node for node in nodes if not outcome.of(node, "wheel")]
    if summary:
        for name, text in summary_texts(collected, missing).items():
            write_text(options.work_dir / name, text)
        new = sum(not one.skipped for one in collected)
        say(f"{options.wheels_repo.absolute()}: {counted(len(collected), 'wheel')}, {new} new")
    _call_hooks(collected, prepared)
    if outcome.error:
        raise _failure(outcome, outcome.error, missing, len(nodes), "--keep_going" in flags)
    return collected


def hooks_of(options: GlobalOptions, overrides: Overrides) -> Hooks:
    """Return the hooks of the installed plugins, for the folders and the settings of a run."""
    folders = options.work_dir, options.wheels_repo, options.sdists_repo
    return Hooks(HostContext(*folders, options.variant, overrides.stated))


def _call_hooks(collected: Sequence[Collected], prepared: Prepared) -> None:
    """Tell plugins about the packages, with the hooks that Fromager calls.

    Raises:
        BuildError: a hook fails.
    """
    hooks = hooks_of(prepared.options, prepared.overrides)
    for one in collected:
        name, version = one.node.name, one.node.version
        if prepared.is_bootstrap:
            hooks.post_bootstrap(name, version, one.sdist, one.wheel)
        elif one.node.is_published:
            hooks.prebuilt_wheel(name, version, one.wheel)
        elif not one.skipped and one.sdist is not None:
            hooks.post_build(name, version, one.sdist, one.wheel)


def _log_start(prepared: Prepared, nodes: Sequence[Node], force: bool) -> None:
    """Log what is built, in the words of Fromager, for which scripts look."""
    if not force:
        _log.info("skipping builds for versions of packages available at %s", prepared.options.wheels_repo)
    for node in nodes:
        if not node.pre_built:
            if prepared.overrides.settings(node.name, node.version).exclusive_build:
                _log.info("%s-%s: requires exclusive build", node.name, node.version)
            _log.info("%s-%s: ready to build", node.name, node.version)


def _failure(outcome: Outcome, error: BuildError, missing: Sequence[Node], count: int, kept_going: bool) -> BuildError:
    """Add to the error of a failed build how many wheels were built, and which packages were not built."""
    text = f"{count - len(missing)} of {count} wheels are built"
    others = [str(node) for node in missing if not outcome.has_failed(node)]
    if others:
        hint = "" if kept_going else "; use -k to build all packages that do not depend on a failed one"
        text += f"; not built: {', '.join(others)}{hint}"
    return BuildError(f"{error}\n{text}")
