"""``build-parallel``, ``build-sequence`` and ``build``: from a graph to wheels in Fromager's folders."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from fromager_gen.build import COLLECTED, Collected, Outcome, summary_texts
from fromager_gen.cli.messages import say
from fromager_gen.cli.options import (
    FILE,
    Settings,
    bazel_option,
    force_option,
    index_address,
    keep_going_option,
    lock_options,
    workers_option,
)
from fromager_gen.cli.output import counted
from fromager_gen.cli.prepare import Prepared, node_key, prepare
from fromager_gen.cli.tree import Locking
from fromager_gen.errors import BuildError
from fromager_gen.graph import Node
from fromager_gen.graph.order import read_build_order
from fromager_gen.write.files import write_text


@click.command("build-parallel")
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@workers_option
@force_option
@keep_going_option
@bazel_option
@lock_options
@click.pass_obj
def build_parallel(settings: Settings, /, graph_file: Path, max_workers: int | None, **rest: Any) -> None:
    """Build every wheel of GRAPH and copy wheels and sdists to Fromager's folders.

    The workspace stays in WORK_DIR/workspace, so a second run builds only what changed.
    """
    prepared = prepare(settings, graph_file, Locking.of(rest))
    build_all(prepared, list(prepared.graph), build_options(rest["keep_going"], max_workers, rest["bazel_options"]))


@click.command("build-sequence")
@click.argument("build_order_file", metavar="BUILD_ORDER", type=FILE)
@click.option(
    "--graph", "graph_file", type=FILE, help="Graph of the same run.  [default: graph.json beside BUILD_ORDER]"
)
@force_option
@keep_going_option
@bazel_option
@lock_options
@click.pass_obj
def build_sequence(settings: Settings, /, build_order_file: Path, graph_file: Path | None, **rest: Any) -> None:
    """Build what BUILD_ORDER, a build-order.json, lists.

    A build order does not say which versions a build needs, so the graph of the same run is read, too; packages are
    built side by side where the graph allows it.
    """
    wanted = [(step.name, step.version) for step in read_build_order(build_order_file)]
    prepared = prepare(
        settings,
        graph_file or build_order_file.with_name("graph.json"),
        Locking.of(rest),
        wanted,
    )
    nodes = [prepared.node(name, version) for name, version in wanted]
    build_all(prepared, nodes, build_options(rest["keep_going"], None, rest["bazel_options"]))


@click.command()
@click.argument("dist_name")
@click.argument("dist_version")
@click.argument("sdist_server_url", callback=index_address)
@click.option("--graph", "graph_file", type=FILE, help="Graph that has the package.  [default: WORK_DIR/graph.json]")
@bazel_option
@click.pass_obj
def build(
    settings: Settings,
    /,
    dist_name: str,
    dist_version: str,
    sdist_server_url: str,
    graph_file: Path | None,
    bazel_options: Sequence[str],
) -> None:
    """Build one wheel, its source taken from the index at SDIST_SERVER_URL, and print the wheel's path.

    What it needs to be built is built as well, unless a cache has it.
    """
    locking = Locking(taken_from=((node_key(dist_name, dist_version), sdist_server_url),))
    graph_file = graph_file or settings.work_dir / "graph.json"
    prepared = prepare(settings, graph_file, locking, [(dist_name, dist_version)])
    (built,) = build_all(prepared, [prepared.node(dist_name, dist_version)], bazel_options, summary=False)
    click.echo(built.wheel)


def build_all(
    prepared: Prepared,
    nodes: Sequence[Node],
    options: Sequence[str],
    check: Callable[[Outcome], None] | None = None,
    summary: bool = True,
) -> list[Collected]:
    """Build and copy what could be built, whatever could not; that is the error in the end.

    Args:
        prepared: the workspace.
        nodes: the packages.
        options: further options of `bazel build`.
        check: is shown a whole build before any of it is copied, and may refuse it.
        summary: whether the summary in the work directory becomes that of this build.
    """
    outcome = prepared.build(nodes, COLLECTED, options)
    if check is not None and outcome.error is None:
        check(outcome)
    collected = prepared.collect(outcome, nodes)
    missing = [node for node in nodes if not outcome.of(node, "wheel")]
    for name, text in summary_texts(collected, missing).items() if summary else ():
        write_text(prepared.settings.work_dir / name, text)
    if summary:
        new = sum(not one.skipped for one in collected)
        say(f"{prepared.settings.wheels_repo.absolute()}: {counted(len(collected), 'wheel')}, {new} new")
    if outcome.error:
        said = f"{len(collected)} of {len(nodes)} wheels are there"
        others = [str(node) for node in missing if not outcome.has_failed(node)]
        if others:
            hint = "" if "--keep_going" in options else "; -k builds all that needs none of the failed"
            said += f"; not built: {', '.join(others)}{hint}"
        raise BuildError(f"{outcome.error}\n{said}")
    return collected


def build_options(keep_going: bool, workers: int | None, more: Sequence[str]) -> list[str]:
    """Return what a command's options are for Bazel; what the user says of Bazel's own goes last, and so wins."""
    return [*(["--keep_going"] if keep_going else []), *([f"--jobs={workers}"] if workers else []), *more]
