"""``bootstrap`` and ``bootstrap-parallel``: from requirements to a graph, and to wheels in Fromager's folders."""

import os
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

import click
from packaging import tags
from packaging.version import Version

from fromager_gen.bootstrap.discover import Discovery
from fromager_gen.bootstrap.outputs import (
    QUESTIONS,
    build_order,
    previous_versions,
    read_questions,
    requirement_files,
    write_questions,
)
from fromager_gen.bootstrap.sources import Sources
from fromager_gen.bootstrap.verify import verify
from fromager_gen.build import find_bazel
from fromager_gen.cli.build import build_all
from fromager_gen.cli.options import Settings, bazel_option, keep_going_option, lock_options
from fromager_gen.cli.prepare import WORKSPACE, Locking, Prepared
from fromager_gen.cli.progress import Phases
from fromager_gen.cli.workbench import Workbench
from fromager_gen.errors import GraphError, InputError
from fromager_gen.graph import Graph, graph_json, parse_graph, read_graph
from fromager_gen.graph.constraints import make_constraints
from fromager_gen.lock import http
from fromager_gen.lock.index import Index
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.resolve.candidates import Ages, Finder
from fromager_gen.resolve.markers import environment
from fromager_gen.resolve.requirements import read_constraints, read_requirements
from fromager_gen.resolve.resolution import Collection, Known, Resolution
from fromager_gen.write.files import write_text

F = TypeVar("F", bound=Callable[..., Any])


def _options(function: F) -> F:
    """Add the options of both commands."""
    for option in (
        click.option("--multiple-versions", is_flag=True, hidden=True),
        click.option("--bg-threads", type=click.IntRange(1), hidden=True),
        click.option("-c", "--cache-wheel-server-url", hidden=True),
        bazel_option,
        keep_going_option,
        lock_options,
        click.option("--max-release-age", type=click.IntRange(1), help="Days that a release may be old."),
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
@click.option("--sdist-only/--full-build", default=False, help="Build only the wheels that other builds need.")
@click.option("--test-mode", is_flag=True, hidden=True)
@click.pass_obj
def bootstrap(settings: Settings, /, toplevel: tuple[str, ...], sdist_only: bool, **rest: Any) -> None:
    r"""Find everything that TOPLEVEL and what it is built with need, and build all of it from source.

    \b
        fromager-gen -c constraints.txt bootstrap -r requirements.txt
        fromager-gen bootstrap 'stevedore>=5' 'mypkg @ git+https://forge.example/mypkg@v1.0'

    Writes graph.json, build-order.json and constraints.txt into WORK_DIR, and a Bazel workspace into
    WORK_DIR/workspace. A run that was ended goes on where it stopped.
    """
    if rest["test_mode"]:
        raise click.UsageError("--test-mode is not supported: a build that fails is an error; -k goes on with the rest")
    _bootstrap(settings, toplevel, rest, None if sdist_only else ())


@click.command("bootstrap-parallel")
@_options
@click.option(
    "-m", "--max-workers", type=click.IntRange(1), help="Packages built at a time.  [default: one for each core]"
)
@click.option(
    "-f", "--force", is_flag=True, help="There for Fromager's scripts: what is unchanged is never built again."
)
@click.pass_obj
def bootstrap_parallel(settings: Settings, /, toplevel: tuple[str, ...], max_workers: int | None, **rest: Any) -> None:
    """Do what `bootstrap` does, which is parallel as well; -m says how many packages are built at a time."""
    _bootstrap(settings, toplevel, rest, [f"--jobs={max_workers}"] if max_workers else [])


def _bootstrap(
    settings: Settings, toplevel: tuple[str, ...], given: dict[str, Any], build_options: Sequence[str] | None
) -> None:
    """Discover, write what was found, and build; ``build_options`` is None where nothing is to be built."""
    if given["multiple_versions"]:
        raise click.UsageError("--multiple-versions is not supported; name several versions with --skip-constraints")
    bazel = find_bazel(settings.work_dir / WORKSPACE)
    client = http.session()
    variables = environment(settings.python)
    asked = read_requirements(toplevel, given["requirements_files"], variables, client)
    if not asked:
        raise InputError("nothing is asked for: name requirements, or files of them with -r, whose markers hold here")
    constraints = read_constraints(settings.constraints_files, variables, client)
    overrides = read_overrides(settings.sources, set())
    sources = Sources(client, settings.work_dir / "sources", _cache() / "facts", overrides)
    finder = _finder(settings, overrides, given, client, variables["python_full_version"])
    finder.fixed = {one.name: sources.direct(one) for one in asked if one.requirement.url}
    previous = _previous(given["previous_bootstrap_file"], client)
    collection = Collection(tuple(asked), constraints, variables, not given["skip_constraints"], previous)
    locking = Locking(given["record_hash"], given["index_url"])
    options = [*(build_options or ()), *given["bazel_options"]]
    bench = Workbench(bazel, settings, overrides, locking, Phases(), sources.folder, options)
    discovery = Discovery(collection, finder, sources, bench, bench.phases, build_wheels=build_options is not None)
    earlier = _earlier(settings)
    if earlier is None:
        bench.warm_up()
    try:
        resolution = discovery.run(earlier, read_questions(settings.work_dir / QUESTIONS))
        warnings = bench.write(resolution.graph, sources.locked)
    finally:
        bench.phases.end()
    for warning in (*finder.warnings.values(), *warnings):
        click.echo(f"fromager-gen: warning: {warning}", err=True)
    _write(settings, resolution, discovery, overrides, together=not given["skip_constraints"])
    prepared = Prepared(resolution.graph, settings, bazel)
    _report(resolution, discovery)
    options = [bench.distdir, *options]
    if build_options is None:
        nodes = [node for node in resolution.graph if not node.pre_built]
        outcome = prepared.build(nodes, ["sdist"], options)
        for node in nodes:
            prepared.repos.add_sdists(outcome.of(node, "sdist"), "downloads")
        return
    built = build_all(prepared, list(resolution.graph), [*(["--keep_going"] if given["keep_going"] else []), *options])
    verify(resolution.graph, _installs(discovery, resolution), {one.node.key: one.wheel for one in built}, variables)


def _cache() -> Path:
    """Return where pages and facts are kept, by their hashes; any number of work directories may share it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fromager-gen"


def _finder(settings: Settings, overrides: Overrides, given: dict[str, Any], client: Any, python: str) -> Finder:
    indexes: dict[str, Index] = {}

    def index_for(name: str, pre_built: bool) -> Index:
        own = overrides.settings(name)
        url = (own.wheel_server_url if pre_built else own.sdist_server_url) or given["index_url"]
        return indexes.setdefault(url or "", Index(client, url, _cache() / "pages"))

    ages = Ages(datetime.now(timezone.utc), settings.min_release_age, given["max_release_age"] or 0)  # noqa: UP017
    return Finder(index_for, overrides, python, _tags(settings.python), ages)


def _tags(python: str) -> dict[tags.Tag, int]:
    """Return the tags of wheels for a Python on this machine, with a rank: the higher the better."""
    major, minor = map(int, python.split("."))
    supported = [
        *tags.cpython_tags((major, minor)),
        *tags.compatible_tags((major, minor), interpreter=f"cp{major}{minor}"),
    ]
    return {tag: len(supported) - at for at, tag in enumerate(supported)}


def _previous(place: str | None, client: Any) -> dict[str, tuple[Version, ...]]:
    if place is None:
        return {}
    if not place.startswith(("http://", "https://")):
        graph = read_graph(Path(place))
    else:
        response = client.get(place, timeout=http.TIMEOUT)
        http.check(response, place)
        graph = parse_graph(response.text, http.without_credentials(place))
    return {name: tuple(map(Version, versions)) for name, versions in previous_versions(graph).items()}


def _earlier(settings: Settings) -> Graph | None:
    """Return the graph of the last run in this work directory; a damaged one only costs time."""
    try:
        return read_graph(settings.work_dir / "graph.json")
    except GraphError:
        return None


def _installs(discovery: Discovery, resolution: Resolution) -> dict[str, tuple[str, ...]]:
    known = Known(discovery.facts, install=discovery.answers["metadata"])
    return {key: known.install_of(key) or () for key in resolution.graph.nodes}


def _write(
    settings: Settings, resolution: Resolution, discovery: Discovery, overrides: Overrides, together: bool
) -> None:
    """Write what Fromager writes; graph.json last, so that where it is, the rest is too."""
    import json  # noqa: PLC0415

    work = settings.work_dir
    graph = resolution.graph
    collection = discovery.collection
    for path, text in requirement_files(graph, _installs(discovery, resolution), collection.variables).items():
        write_text(work / path, text)
    merged = work / "merged-constraints.txt"
    if collection.constraints.by_name:
        write_text(merged, collection.constraints.merged())
    else:
        merged.unlink(missing_ok=True)
    write_text(work / "build-order.json", json.dumps(build_order(graph, overrides), indent=2))
    if together:
        write_text(work / "constraints.txt", make_constraints(graph).to_text())
    write_questions(work / QUESTIONS, discovery.questions(resolution))
    write_text(work / "graph.json", graph_json(graph))


def _report(resolution: Resolution, discovery: Discovery) -> None:
    asked = sum(len(answers) for answers in discovery.answers.values())
    actions = discovery.actions
    how = ", ".join(f"{count} {name}" for name, count in sorted(actions.items()) if name != "total")
    click.echo(
        f"resolved {len(resolution.graph.nodes)} packages; backends were asked {asked} questions; "
        f"actions: {how or 'none, all was there'}",
        err=True,
    )
