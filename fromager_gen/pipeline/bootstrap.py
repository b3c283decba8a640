"""Resolve requirements to a graph and its workspace, and build its wheels into Fromager's folders."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from fromager_gen.bazel import Outcome, find_bazel
from fromager_gen.bootstrap import (
    FAILURES,
    QUESTIONS,
    BootstrapRequest,
    Discovery,
    Memory,
    begin,
    read_questions,
    verify,
    write_outputs,
    write_questions,
)
from fromager_gen.errors import GenError, GraphError, InputError, ResolutionError
from fromager_gen.files import alone, check_writable
from fromager_gen.graph import Graph, build_closure, make_constraints, read_graph
from fromager_gen.interpreter import begin_to_ask, full_version
from fromager_gen.net import session
from fromager_gen.overrides import read_overrides
from fromager_gen.pipeline.build import Prepared, actions_text, build_all, hooks_of
from fromager_gen.pipeline.cached_wheels import find_cached, with_cached
from fromager_gen.pipeline.external_search import check_external
from fromager_gen.pipeline.failures import failures_of, write_failures
from fromager_gen.pipeline.generate import warn_of_other_python
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, GlobalOptions, LockOptions, cache_folder
from fromager_gen.pipeline.workbench import Workbench
from fromager_gen.resolve import Resolution
from fromager_gen.terminal import Phases, counted, say, warn

_log = logging.getLogger(__name__)


def bootstrap(
    options: GlobalOptions,
    asked: BootstrapOptions,
    locking: LockOptions,
    building: BuildOptions,
    build_wheels: bool = True,
) -> None:
    """Discover the packages of a collection, write its graph and workspace, and build it.

    Args:
        options: the options before the command.
        asked: the inputs of the resolution.
        locking: how files are pinned.
        building: how Bazel builds.
        build_wheels: whether all wheels are built, and not only those that are needed to query backends.
    """
    begin_to_ask(options.python)
    bazel = find_bazel(options.workspace)
    check_writable(bazel.workspace)
    options.repos.check(wheels=build_wheels)
    warn_of_other_python(bazel.workspace, options.python)
    with alone(options.work_dir):
        overrides = read_overrides(options.override_paths, sdist_only=not build_wheels)
        begun = begin(bootstrap_request(options, asked, locking.index_url), overrides, session())
        failures = failures_of(begun, asked)
        bench = Workbench(bazel, options, overrides, locking, Phases(), begun.store.folder, building.flags())
        memory = Memory(options.work_dir / FAILURES, bazel.workspace, building.flags()) if failures else None
        discovery = Discovery(*begun, bench, bench.phases, build_wheels, failures, memory)
        if failures is None:
            discovery.check = lambda graph: check_external(bench, graph, discovery.store.locked)
        _run(discovery, bench, building, build_wheels)


def _run(discovery: Discovery, bench: Workbench, building: BuildOptions, build_wheels: bool) -> None:
    work_dir = bench.options.work_dir
    try:
        resolution = discover(discovery, bench, _earlier(bench.options))
    except ResolutionError as err:
        if err.is_conflict and discovery.failures is None:
            _write_rest(err, discovery, bench)
        raise
    installs, collection = discovery.installs(resolution), discovery.collection
    rest = make_constraints(resolution.graph).to_text() if discovery.conflict else None
    write_outputs(work_dir, resolution, collection, installs, bench.overrides, rest)
    failed = write_failures(discovery, work_dir)
    questions = discovery.questions(resolution)
    write_questions(work_dir / QUESTIONS, questions)
    found, asked = counted(len(resolution.graph.nodes), "package"), counted(len(questions), "question")
    say(f"resolved {found}; backends were asked {asked}; actions: {actions_text(discovery.actions)}")
    graph = _with_cached(resolution.graph, discovery, bench, building) if build_wheels else resolution.graph
    prepared = Prepared(graph, bench.options, bench.bazel, bench.overrides, is_bootstrap=True)
    flags = [bench.distdir, *bench.flags]
    if not build_wheels:
        _build_tools(prepared, flags)
        return

    def check(outcome: Outcome) -> None:
        wheels = {node.key: outcome.of(node, "wheel")[:1] for node in graph}
        built = {key: path for key, paths in wheels.items() for path in paths}
        for warning in verify(resolution.graph, installs, built, collection.variables):
            warn(warning)

    build_all(prepared, list(graph), flags, check, force=building.force)
    if failed:
        raise GenError(failed)


def _write_rest(conflict: ResolutionError, discovery: Discovery, bench: Workbench) -> None:
    """Resolve requirements that contradict each other separately, and write the output files, as Fromager does.

    Raises:
        ResolutionError: the conflict. constraints.txt has the packages that are not part of it.
    """
    collection = replace(discovery.collection, together=False)
    say(f"{conflict}\nEach requirement is resolved separately, for the other packages in constraints.txt.")
    separate = Discovery(collection, discovery.finder, discovery.store, bench, bench.phases, build_wheels=False)
    resolution = discover(separate, bench)
    chosen = make_constraints(resolution.graph)
    rest = chosen.to_text()
    write_outputs(bench.options.work_dir, resolution, collection, separate.installs(resolution), bench.overrides, rest)
    path = bench.options.work_dir / "constraints.txt"
    raise ResolutionError(
        f"Could not produce a pip compatible constraints file: no version of {', '.join(chosen.conflicts)} fits all "
        f"requirements, see above. {path} has the other packages. To build all versions: --skip-constraints",
        conflict.logged,
    )


def _with_cached(graph: Graph, discovery: Discovery, bench: Workbench, building: BuildOptions) -> Graph:
    """Return a graph with the wheels of the wheel server in place of builds, and write its workspace."""
    server = building.cache_wheel_server_url
    if server is None or building.force:
        return graph
    cached = find_cached(bench.options, bench.overrides, graph, bench.previous, server, any_tag=True)
    graph = with_cached(graph, cached)
    bench.write(graph, {**discovery.store.locked, **cached})
    return graph


def bootstrap_request(options: GlobalOptions, asked: BootstrapOptions, index_url: str | None) -> BootstrapRequest:
    """Return the request of a bootstrap with the options of the command line."""
    return BootstrapRequest(
        python=full_version(options.python),
        toplevel=asked.toplevel,
        requirements_files=asked.requirements_files,
        constraints_files=(*options.constraints_files, *asked.constraints_files),
        previous=asked.previous_bootstrap_file,
        together=not asked.skip_constraints and not asked.multiple_versions,
        every_version=asked.multiple_versions,
        index_url=index_url,
        least_age=options.min_release_age,
        most_age=asked.max_release_age or 0,
        sources=options.work_dir / "sources",
        work_dir=options.work_dir,
        sdists_repo=options.sdists_repo,
        wheels_repo=options.wheels_repo,
        cache=cache_folder(),
    )


def discover(discovery: Discovery, bench: Workbench, earlier: Graph | None = None) -> Resolution:
    """Discover all packages, and write the workspace of the whole graph.

    Args:
        discovery: the requirements, and how they are resolved.
        bench: the workspace.
        earlier: graph of the last run in the same folder, whose questions are asked again at once.
    """
    options = bench.options
    try:
        if earlier is None:
            bench.warm_up()
        resolution = discovery.run(earlier, read_questions(options.work_dir / QUESTIONS))
        warnings = bench.write(resolution.graph, discovery.store.locked)
    except BaseException:
        bench.keep_pins()
        raise
    finally:
        bench.end()
    taken = {node.name for node in resolution.graph}
    asked = (text for name, text in discovery.finder.warnings.items() if name in taken)
    for warning in (*asked, *warnings):
        warn(warning)
    return resolution


def _earlier(options: GlobalOptions) -> Graph | None:
    """Return the graph of the last run in this work directory, or None. It only saves time, so errors are ignored."""
    try:
        return read_graph(options.work_dir / "graph.json")
    except (GraphError, InputError) as err:
        _log.debug("the graph of an earlier run is not used: %s", err)
        return None


def _build_tools(prepared: Prepared, flags: Sequence[str]) -> None:
    """Build the wheels of build environments, and only the sdists of the other packages."""
    graph, repos = prepared.graph, prepared.options.repos
    needed = {key for node in graph for key in build_closure(graph, node)}
    if needed:
        build_all(prepared, [graph.nodes[key] for key in sorted(needed)], flags, summary=False)
    others = [node for node in graph if node.key not in needed and not node.pre_built]
    if not others:
        return
    outcome = prepared.build(others, ["sdist", "rebuilt_sdist"], flags)
    if outcome.error:
        raise outcome.error
    hooks = hooks_of(prepared.options, prepared.overrides)
    for node in others:
        repos.add_sdists(outcome.of(node, "sdist"), "downloads")
        (rebuilt,) = repos.add_sdists(outcome.of(node, "rebuilt_sdist"), "builds")
        hooks.post_bootstrap(node.name, node.version, rebuilt, None)
