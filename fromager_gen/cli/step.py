"""``step``: run single steps of a package. Each step is a Bazel target."""

from pathlib import Path

import click

from fromager_gen.cli.options import index_address, toolchain_options
from fromager_gen.files import copy
from fromager_gen.graph import Node, build_closure
from fromager_gen.names import override_name
from fromager_gen.pipeline.build import Prepared, node_key, prepare
from fromager_gen.pipeline.options import GlobalOptions, LockOptions


@click.group()
def step() -> None:
    """Run a single step for one package in WORK_DIR/graph.json. Each step is a Bazel target and runs only if needed."""


def _prepared(options: GlobalOptions, name: str, version: str, url: str | None = None) -> tuple[Prepared, Node]:
    taken_from = ((node_key(name, version), url),) if url else ()
    # Keep a source that an earlier step took from its own index.
    locking = LockOptions(taken_from=taken_from, keeps_taken=True)
    prepared = prepare(options, options.work_dir / "graph.json", locking, [(name, version)])
    return prepared, prepared.node(name, version)


@step.command(short_help="Download the source as published.")
@click.argument("dist_name")
@click.argument("dist_version")
@click.argument("sdist_server_url", callback=index_address)
@toolchain_options
@click.pass_obj
def download_source_archive(
    options: GlobalOptions, /, dist_name: str, dist_version: str, sdist_server_url: str
) -> None:
    """Download the source as published (target `sdist`) to sdists-repo/downloads, and print its path."""
    prepared, node = _prepared(options, dist_name, dist_version, sdist_server_url)
    _print(prepared.options.repos.add_sdists(prepared.only(node, "sdist"), "downloads"))


@step.command(short_help="Patch and vendor the source.")
@click.argument("dist_name")
@click.argument("dist_version")
@toolchain_options
@click.pass_obj
def prepare_source(options: GlobalOptions, /, dist_name: str, dist_version: str) -> None:
    """Patch and vendor the source (targets `source`, `vendored`), and print the path of the archive in WORK_DIR."""
    prepared, node = _prepared(options, dist_name, dist_version)
    files = prepared.only(node, "rebuilt_sdist")
    folder = options.work_dir / f"{override_name(node.name)}-{node.version}"
    _print([copy(file, folder / file.name) for file in files])


@step.command(short_help="Build the wheels of the build environment.")
@click.argument("dist_name")
@click.argument("dist_version")
@toolchain_options
@click.pass_obj
def prepare_build(options: GlobalOptions, /, dist_name: str, dist_version: str) -> None:
    """Build the wheels of the package's build environment, and print their paths."""
    prepared, node = _prepared(options, dist_name, dist_version)
    tools = [prepared.graph.nodes[key] for key in build_closure(prepared.graph, node)]
    if tools:
        outcome = prepared.build(tools, ["wheel"])
        if outcome.error:
            raise outcome.error
        wheels = [file for tool in tools for file in outcome.of(tool, "wheel")]
        _print(prepared.options.repos.add_wheels(wheels, frozenset(tool.name for tool in tools if tool.pre_built)))


@step.command(short_help="Write the prepared source as an sdist.")
@click.argument("dist_name")
@click.argument("dist_version")
@toolchain_options
@click.pass_obj
def build_sdist(options: GlobalOptions, /, dist_name: str, dist_version: str) -> None:
    """Write the prepared source (target `rebuilt_sdist`) to sdists-repo/builds, and print its path."""
    prepared, node = _prepared(options, dist_name, dist_version)
    _print(prepared.options.repos.add_sdists(prepared.only(node, "rebuilt_sdist"), "builds"))


@step.command(short_help="Build the wheel.")
@click.argument("dist_name")
@click.argument("dist_version")
@toolchain_options
@click.pass_obj
def build_wheel(options: GlobalOptions, /, dist_name: str, dist_version: str) -> None:
    """Build the wheel (target `wheel`), copy it to wheels-repo/build, and print its path."""
    prepared, node = _prepared(options, dist_name, dist_version)
    files = prepared.only(node, "wheel")
    _print([options.repos.add_fresh(file) for file in files])


def _print(paths: list[Path]) -> None:
    for path in paths:
        click.echo(path)
