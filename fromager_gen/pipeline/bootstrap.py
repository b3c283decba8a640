"""Resolve requirements to a graph and its workspace, and build its wheels into Fromager's folders."""

import logging
from collections.abc import Sequence

from fromager_gen.bazel import Outcome, find_bazel
from fromager_gen.bootstrap import (
    QUESTIONS,
    BootstrapRequest,
    Discovery,
    begin,
    read_questions,
    verify,
    write_outputs,
    write_questions,
)
from fromager_gen.errors import GraphError, InputError
from fromager_gen.files import alone, check_writable
from fromager_gen.graph import Graph, read_graph
from fromager_gen.interpreter import begin_to_ask, full_version
from fromager_gen.net import session
from fromager_gen.overrides import read_overrides
from fromager_gen.pipeline.build import Prepared, actions_text, build_all
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
        overrides = read_overrides(options.override_paths, set())
        begun = begin(_request(options, asked, locking.index_url), overrides, session())
        bench = Workbench(bazel, options, overrides, locking, Phases(), begun.store.folder, building.flags())
        discovery = Discovery(*begun, bench, bench.phases, build_wheels=build_wheels)
        _run(discovery, bench, build_wheels)


def _run(discovery: Discovery, bench: Workbench, build_wheels: bool) -> None:
    work_dir, collection = bench.options.work_dir, discovery.collection
    resolution = _discover(discovery, bench)
    installs = discovery.installs(resolution)
    write_outputs(work_dir, resolution, collection, installs, bench.overrides)
    questions = discovery.questions(resolution)
    write_questions(work_dir / QUESTIONS, questions)
    found, asked = counted(len(resolution.graph.nodes), "package"), counted(len(questions), "question")
    say(f"resolved {found}; backends were asked {asked}; actions: {actions_text(discovery.actions)}")
    prepared = Prepared(resolution.graph, bench.options, bench.bazel)
    flags = [bench.distdir, *bench.flags]
    if not build_wheels:
        _collect_sdists(prepared, flags)
        return

    def check(outcome: Outcome) -> None:
        wheels = {node.key: outcome.of(node, "wheel")[:1] for node in resolution.graph}
        built = {key: path for key, paths in wheels.items() for path in paths}
        for warning in verify(resolution.graph, installs, built, collection.variables):
            warn(warning)

    build_all(prepared, list(resolution.graph), flags, check)


def _request(options: GlobalOptions, asked: BootstrapOptions, index_url: str | None) -> BootstrapRequest:
    return BootstrapRequest(
        python=full_version(options.python),
        toplevel=asked.toplevel,
        requirements_files=asked.requirements_files,
        constraints_files=(*options.constraints_files, *asked.constraints_files),
        previous=asked.previous_bootstrap_file,
        together=not asked.skip_constraints,
        index_url=index_url,
        least_age=options.min_release_age,
        most_age=asked.max_release_age or 0,
        sources=options.work_dir / "sources",
        wheels_repo=options.wheels_repo,
        cache=cache_folder(),
    )


def _discover(discovery: Discovery, bench: Workbench) -> Resolution:
    """Discover all packages, and write the workspace of the whole graph."""
    options = bench.options
    earlier = _earlier(options)
    try:
        if earlier is None:
            bench.warm_up()
        resolution = discovery.run(earlier, read_questions(options.work_dir / QUESTIONS))
        # Check again now that the packages are known: a plugin for one of them could have changed the graph.
        read_overrides(options.override_paths, {node.name for node in resolution.graph})
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


def _collect_sdists(prepared: Prepared, flags: Sequence[str]) -> None:
    nodes = [node for node in prepared.graph if not node.pre_built]
    outcome = prepared.build(nodes, ["sdist"], flags)
    for node in nodes:
        prepared.options.repos.add_sdists(outcome.of(node, "sdist"), "downloads")
