"""``bootstrap`` and ``bootstrap-parallel``: from requirements to a graph, and to wheels in Fromager's folders."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fromager_gen.bootstrap.discover import Discovery
from fromager_gen.bootstrap.outputs import QUESTIONS, read_questions, write_outputs, write_questions
from fromager_gen.bootstrap.request import Request, begin
from fromager_gen.bootstrap.verify import verify
from fromager_gen.build import Bazel, Outcome, find_bazel
from fromager_gen.cli.build import build_all, build_options
from fromager_gen.cli.messages import warn
from fromager_gen.cli.options import (
    Settings,
    bazel_option,
    force_option,
    keep_going_option,
    lock_options,
    workers_option,
)
from fromager_gen.cli.output import counted, packages
from fromager_gen.cli.prepare import WORKSPACE, Prepared, actions_text, repos_of
from fromager_gen.cli.progress import Phases
from fromager_gen.cli.tree import Locking, warn_of_other_python
from fromager_gen.cli.workbench import Workbench
from fromager_gen.errors import GraphError, InputError
from fromager_gen.graph import Graph, read_graph
from fromager_gen.interpreter import begin_to_ask, full_version
from fromager_gen.lock import http
from fromager_gen.overrides import read_overrides
from fromager_gen.overrides.settings import OLDEST_DAYS
from fromager_gen.resolve.resolution import Resolution
from fromager_gen.write.files import alone, check_writable

F = TypeVar("F", bound=Callable[..., Any])


def _options(function: F) -> F:
    """Add the options of both commands."""
    for option in (
        click.option("--multiple-versions", is_flag=True, hidden=True),
        click.option("--bg-threads", type=click.IntRange(1), hidden=True),
        click.option("--cache-wheel-server-url", hidden=True),
        click.option(
            "-c", "--constraints-file", "more_constraints", multiple=True, metavar="PATH_OR_URL",
            help="Constraints, a requirement a line, on top of those named before the command. Repeatable.",
        ),
        bazel_option,
        keep_going_option,
        lock_options,
        click.option("--max-release-age", type=click.IntRange(1, OLDEST_DAYS), help="Days that a release may be old."),
        click.option(
            "--skip-constraints", is_flag=True,
            help="Solve each top-level requirement for itself and write no constraints.txt: they need not be "
            "installable together, and may be of several versions.",
        ),
        click.option(
            "-p", "--previous-bootstrap-file", metavar="PATH_OR_URL",
            help="Graph of an earlier run, whose versions are taken again where they still fit.",
        ),
        click.option(
            "-r", "--requirements-file", "requirements_files", multiple=True, metavar="PATH_OR_URL",
            help="Requirements, one a line. Repeatable.",
        ),
        click.argument("toplevel", nargs=-1),
    ):  # fmt: skip
        function = option(function)
    return function


@click.command()
@_options
@click.option(
    "--sdist-only/--full-build",
    default=False,
    help="Stop at the graph and its sources; wheels are built only to ask backends with.",
)
@click.option("--test-mode", is_flag=True, hidden=True)
@click.pass_obj
def bootstrap(settings: Settings, /, toplevel: tuple[str, ...], sdist_only: bool, **rest: Any) -> None:
    """Find everything that TOPLEVEL and what it is built with need, and build all of it from source.

    \b
        fromager-gen bootstrap -r requirements.txt -c constraints.txt
        fromager-gen bootstrap 'stevedore>=5' 'mypkg @ git+https://forge.example/mypkg@v1.0'

    Writes graph.json, build-order.json and constraints.txt into WORK_DIR, and a Bazel workspace into
    WORK_DIR/workspace. A run that was ended goes on where it stopped.
    """  # noqa: D301 - click looks for the character itself
    if rest["test_mode"]:
        raise click.UsageError("--test-mode is not supported: a build that fails is an error; -k goes on with the rest")
    _bootstrap(settings, toplevel, rest, not sdist_only)


@click.command("bootstrap-parallel")
@_options
@workers_option
@force_option
@click.pass_obj
def bootstrap_parallel(settings: Settings, /, toplevel: tuple[str, ...], **rest: Any) -> None:
    """Do what `bootstrap` does, which is parallel as well; -m says how many packages are built at a time."""
    _bootstrap(settings, toplevel, rest, True)


def _bootstrap(settings: Settings, toplevel: tuple[str, ...], given: dict[str, Any], build_wheels: bool) -> None:
    if given["multiple_versions"]:
        raise click.UsageError("--multiple-versions is not supported; name several versions with --skip-constraints")
    begin_to_ask(settings.python)
    bazel = find_bazel(settings.work_dir / WORKSPACE)
    check_writable(bazel.workspace)
    repos_of(settings).check(wheels=build_wheels)
    warn_of_other_python(bazel.workspace, settings.python)
    with alone(settings.work_dir):
        _run(settings, _request(settings, toplevel, given), given, bazel, build_wheels)


def _run(settings: Settings, request: Request, given: dict[str, Any], bazel: Bazel, build_wheels: bool) -> None:
    """Discover, write what was found, and build."""
    overrides = read_overrides(settings.sources, set())
    begun = begin(request, overrides, http.session())
    options = build_options(given["keep_going"], given.get("max_workers"), given["bazel_options"])
    locking = Locking.of(given, renews_python=True)
    bench = Workbench(bazel, settings, overrides, locking, Phases(), begun.sources.folder, options)
    discovery = Discovery(*begun, bench, bench.phases, build_wheels=build_wheels)
    resolution = _discover(discovery, bench, settings)
    installs = discovery.installs(resolution)
    write_outputs(settings.work_dir, resolution, begun.collection, installs, overrides)
    questions = discovery.questions(resolution)
    write_questions(settings.work_dir / QUESTIONS, questions)
    found, asked, how = packages(len(resolution.graph.nodes)), len(questions), actions_text(discovery.actions)
    click.echo(f"resolved {found}; backends were asked {counted(asked, 'question')}; actions: {how}", err=True)
    prepared = Prepared(resolution.graph, settings, bazel)
    options = [bench.distdir, *options]
    if not build_wheels:
        _collect_sdists(prepared, options)
        return

    def check(outcome: Outcome) -> None:
        wheels = {node.key: outcome.of(node, "wheel")[:1] for node in resolution.graph}
        built = {key: path for key, paths in wheels.items() for path in paths}
        for warning in verify(resolution.graph, installs, built, begun.collection.variables):
            warn(warning)

    build_all(prepared, list(resolution.graph), options, check)


def _request(settings: Settings, toplevel: tuple[str, ...], given: dict[str, Any]) -> Request:
    return Request(
        python=full_version(settings.python),
        toplevel=toplevel,
        requirements_files=given["requirements_files"],
        constraints_files=(*settings.constraints_files, *given["more_constraints"]),
        previous=given["previous_bootstrap_file"],
        together=not given["skip_constraints"],
        index_url=given["index_url"],
        least_age=settings.min_release_age,
        most_age=given["max_release_age"] or 0,
        sources=settings.work_dir / "sources",
        wheels_repo=settings.wheels_repo,
        cache=Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fromager-gen",
    )


def _discover(discovery: Discovery, bench: Workbench, settings: Settings) -> Resolution:
    """Find out all there is to know, and leave the workspace of the whole graph."""
    earlier = _earlier(settings)
    try:
        if earlier is None:
            bench.warm_up()
        resolution = discovery.run(earlier, read_questions(settings.work_dir / QUESTIONS))
        # Now that the packages are known: a plugin for one of them would have changed what was found.
        read_overrides(settings.sources, {node.name for node in resolution.graph})
        warnings = bench.write(resolution.graph, discovery.sources.locked)
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


def _earlier(settings: Settings) -> Graph | None:
    """Return the graph of the last run in this work directory; a damaged one only costs time."""
    try:
        return read_graph(settings.work_dir / "graph.json")
    except (GraphError, InputError):
        return None


def _collect_sdists(prepared: Prepared, options: Sequence[str]) -> None:
    nodes = [node for node in prepared.graph if not node.pre_built]
    outcome = prepared.build(nodes, ["sdist"], options)
    for node in nodes:
        prepared.repos.add_sdists(outcome.of(node, "sdist"), "downloads")
