"""``step``: run single steps of a package. Each step is a Bazel target."""

from pathlib import Path

import click

from fromager_gen.cli.options import toolchain_options, wheel_server_option
from fromager_gen.files import copy
from fromager_gen.graph import build_closure
from fromager_gen.names import override_name
from fromager_gen.pipeline.one_package import prepare_one, source_index
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions


@click.group()
def step() -> None:
    """Run a single step for one package. Each step is a Bazel target and runs only if needed.

    The package need not be in WORK_DIR/graph.json. If it is, its build environment has the versions of the graph.
    Otherwise, its build requirements are resolved.
    """


@step.command(short_help="Download the source as published.")
@click.argument("dist_name")
@click.argument("dist_version")
@click.argument("sdist_server_url")
@toolchain_options
@click.pass_obj
def download_source_archive(
    options: GlobalOptions, /, dist_name: str, dist_version: str, sdist_server_url: str
) -> None:
    """Download the source as published (target `sdist`) to sdists-repo/downloads, and print its path."""
    prepared, node = prepare_one(options, dist_name, dist_version, source_index(options, dist_name, sdist_server_url))
    saved = prepared.overrides.settings(node.name, node.version).saved_name(node.name, node.version)
    _print(prepared.options.repos.add_sdists(prepared.only(node, "sdist"), "downloads", saved))


@step.command(short_help="Patch and vendor the source.")
@click.argument("dist_name")
@click.argument("dist_version")
@toolchain_options
@click.pass_obj
def prepare_source(options: GlobalOptions, /, dist_name: str, dist_version: str) -> None:
    """Patch and vendor the source (targets `source`, `vendored`), and print the path of the archive in WORK_DIR."""
    prepared, node = prepare_one(options, dist_name, dist_version)
    files = prepared.only(node, "rebuilt_sdist")
    folder = options.work_dir / f"{override_name(node.name)}-{node.version}"
    _print([copy(file, folder / file.name) for file in files])


@step.command(short_help="Build the wheels of the build environment.")
@click.argument("dist_name")
@click.argument("dist_version")
@wheel_server_option
@toolchain_options
@click.pass_obj
def prepare_build(options: GlobalOptions, /, dist_name: str, dist_version: str, wheel_server_url: str | None) -> None:
    """Build the wheels of the package's build environment, and print their paths."""
    building = BuildOptions(wheel_server_url=wheel_server_url)
    prepared, node = prepare_one(options, dist_name, dist_version, building=building)
    tools = [prepared.graph.nodes[key] for key in build_closure(prepared.graph, node)]
    if tools:
        outcome = prepared.build(tools, ["wheel"])
        if outcome.error:
            raise outcome.error
        wheels = [file for tool in tools for file in outcome.of(tool, "wheel")]
        _print(prepared.options.repos.add_wheels(wheels, frozenset(tool.name for tool in tools if tool.is_published)))


@step.command(short_help="Write the prepared source as an sdist.")
@click.argument("dist_name")
@click.argument("dist_version")
@toolchain_options
@click.pass_obj
def build_sdist(options: GlobalOptions, /, dist_name: str, dist_version: str) -> None:
    """Write the prepared source (target `rebuilt_sdist`) to sdists-repo/builds, and print its path."""
    prepared, node = prepare_one(options, dist_name, dist_version)
    _print(prepared.options.repos.add_sdists(prepared.only(node, "rebuilt_sdist"), "builds"))


@step.command(short_help="Build the wheel.")
@click.argument("dist_name")
@click.argument("dist_version")
@wheel_server_option
@toolchain_options
@click.pass_obj
def build_wheel(options: GlobalOptions, /, dist_name: str, dist_version: str, wheel_server_url: str | None) -> None:
    """Build the wheel (target `wheel`), copy it to wheels-repo/build, and print its path."""
    building = BuildOptions(wheel_server_url=wheel_server_url)
    prepared, node = prepare_one(options, dist_name, dist_version, building=building)
    files = prepared.only(node, "wheel")
    _print([options.repos.add_fresh(file) for file in files])


def _print(paths: list[Path]) -> None:
    for path in paths:
        click.echo(path)
