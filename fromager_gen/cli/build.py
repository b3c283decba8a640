"""``build-parallel``, ``build-sequence`` and ``build``: build wheels of a graph into Fromager's folders."""

from pathlib import Path

import click

from fromager_gen.cli.options import FILE_OR_URL, build_options, lock_options, toolchain_options
from fromager_gen.graph import read_build_order
from fromager_gen.pipeline.build import build_all, prepare
from fromager_gen.pipeline.one_package import prepare_one, source_index
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions, LockOptions


@click.command("build-parallel")
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@toolchain_options
@lock_options
@build_options(workers=True, force=True, cache=True)
@click.pass_obj
def build_parallel(options: GlobalOptions, /, graph_file: Path, locking: LockOptions, building: BuildOptions) -> None:
    """Build all wheels of GRAPH, and copy wheels and sdists to Fromager's folders.

    \b
        fromager-gen build-parallel work-dir/graph.json

    The workspace is kept in WORK_DIR/workspace, so that the next run builds only changed packages.
    """  # noqa: D301 - click needs the backslash
    prepared = prepare(options, graph_file, locking, building=building)
    build_all(prepared, list(prepared.graph), building.flags(), force=building.force)


@click.command("build-sequence")
@click.argument("build_order_file", metavar="BUILD_ORDER", type=FILE_OR_URL)
@click.option(
    "--graph",
    "graph_file",
    type=FILE_OR_URL,
    help="Graph of the same run.  [default: graph.json next to BUILD_ORDER, if it exists]",
)
@toolchain_options
@lock_options
@build_options(force=True, cache=True)
@click.pass_obj
def build_sequence(
    options: GlobalOptions,
    /,
    build_order_file: Path,
    graph_file: Path | None,
    locking: LockOptions,
    building: BuildOptions,
) -> None:
    """Build the packages in BUILD_ORDER, a build-order.json.

    A build order does not contain the versions of build requirements. If there is a graph of the same run, they are
    taken from it. Otherwise they are chosen among the packages in BUILD_ORDER, as Fromager does.

    Packages are built in parallel where their build requirements allow it.
    """
    steps = read_build_order(build_order_file)
    wanted = [(step.name, step.version) for step in steps]
    beside = build_order_file.with_name("graph.json")
    if graph_file or beside.exists():
        prepared = prepare(options, graph_file or beside, locking, wanted, building)
    else:
        from fromager_gen.pipeline.without_graph import prepare_order  # noqa: PLC0415 - imports the whole bootstrap

        prepared = prepare_order(options, build_order_file, steps, locking, building)
    nodes = [prepared.node(name, version) for name, version in wanted]
    build_all(prepared, nodes, building.flags(), force=building.force)


@click.command()
@click.argument("dist_name")
@click.argument("dist_version")
@click.argument("sdist_server_url")
@click.option(
    "--graph", "graph_file", type=FILE_OR_URL,
    help="Graph that contains the package.  [default: WORK_DIR/graph.json, if it contains the package]",
)  # fmt: skip
@toolchain_options
@build_options(keep_going=False, wheel_server=True)
@click.pass_obj
def build(
    options: GlobalOptions,
    /,
    dist_name: str,
    dist_version: str,
    sdist_server_url: str,
    graph_file: Path | None,
    building: BuildOptions,
) -> None:
    """Build one wheel from its source on the index at SDIST_SERVER_URL, and print the path of the wheel.

    The build requirements of the package are built too, unless they are in a cache or --wheel-server-url is given.
    Their versions are those of the graph. Without a graph, they are resolved.
    """
    index = source_index(options, dist_name, sdist_server_url)
    prepared, node = prepare_one(options, dist_name, dist_version, index, building, graph_file)
    (built,) = build_all(prepared, [node], building.flags(), summary=False, force=True)
    click.echo(built.wheel)
