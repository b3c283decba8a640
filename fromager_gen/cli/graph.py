"""``graph``: inspect a graph or extract a part of it, without a build."""

from pathlib import Path

import click
from packaging.version import InvalidVersion, Version

from fromager_gen.cli.best_fit import find_best_fit
from fromager_gen.cli.graph_check import check
from fromager_gen.cli.options import FILE_OR_URL
from fromager_gen.cli.output import emit, output_option
from fromager_gen.errors import BuildCycleError, GraphError, InputError
from fromager_gen.graph import (
    KINDS,
    TO_THE_ROOT,
    Graph,
    Node,
    build_rounds,
    find_nodes,
    graph_json,
    make_constraints,
    read_graph,
)
from fromager_gen.graph import explain_duplicates as duplicates
from fromager_gen.graph import subset as cut
from fromager_gen.graph import to_dot as dot_text
from fromager_gen.graph import why as reasons
from fromager_gen.overrides import read_settings, survey
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.standards import version as parsed_version
from fromager_gen.terminal import warn


def _version(text: str) -> Version:
    try:
        return parsed_version(text)
    except InvalidVersion:
        raise click.BadParameter(f"{text!r} is not a valid version, such as 1.0") from None


_graph_argument = click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
_name_argument = click.argument("package_name", metavar="NAME")


@click.group()
def graph() -> None:
    """Inspect a graph.json: explain packages, write constraints, draw it, or extract a part of it."""


@graph.command(short_help="Explain why a package is in the graph.")
@_graph_argument
@_name_argument
@click.option(
    "--version", type=_version, multiple=True, metavar="VERSION", help="Only this version of the package. Repeatable."
)
@click.option(
    "--depth", type=click.IntRange(TO_THE_ROOT), default=0, show_default=True,
    help="0 shows direct dependents only, N also their dependents up to N + 1 levels, and -1 all up to the top level.",
)  # fmt: skip
@click.option(
    "--requirement-type", type=click.Choice(KINDS), multiple=True, help="Follow only these requirements. Repeatable."
)
def why(
    graph_file: Path, package_name: str, version: tuple[Version, ...], depth: int, requirement_type: tuple[str, ...]
) -> None:
    """Explain why NAME is in GRAPH: print the packages that require it, with their requirements.

    \b
        fromager-gen graph why work-dir/graph.json setuptools --depth 1
    """  # noqa: D301 - click needs the backslash
    whole = read_graph(graph_file)
    nodes = _find(graph_file, whole, package_name, version)
    for line in reasons(whole, nodes, depth, requirement_type):
        click.echo(line)


@graph.command(short_help="Draw the graph for Graphviz.")
@_graph_argument
@output_option
@click.option("--install-only", is_flag=True, help="Omit packages that are needed only for builds.")
@click.option("--overrides-only", is_flag=True, help="Draw only packages with settings, patches or a plugin.")
@click.pass_obj
def to_dot(
    options: GlobalOptions, /, graph_file: Path, output: Path | None, install_only: bool, overrides_only: bool
) -> None:
    """Write GRAPH in the DOT language of Graphviz.

    \b
        fromager-gen graph to-dot work-dir/graph.json | dot -Tsvg > graph.svg

    The shape of a node shows the customisation of the package: a box for settings, a note for patches, a trapezium for
    a plugin, and a triple octagon for a plugin and patches. A parallelogram is a pre-built package, and the circle is
    the top level. Dashed nodes and dotted arrows are used only for builds.
    """  # noqa: D301 - click needs the backslash
    whole = read_graph(graph_file)
    shapes = {name: package.shape for name, package in survey(options.override_paths).items()}
    emit(dot_text(whole, shapes, install_only, overrides_only), output)


@graph.command(short_help="Write constraints for the installed packages.")
@_graph_argument
@output_option
def to_constraints(graph_file: Path, output: Path | None) -> None:
    """Write a constraints file with one version of each package that GRAPH installs.

    If GRAPH installs several versions of a package, the highest version that satisfies all requirements is selected. If
    no version does, no constraints are written, and the report of `explain-duplicates` is printed to standard error.
    """
    whole = read_graph(graph_file)
    try:
        made = make_constraints(whole)
    except GraphError as err:
        raise GraphError(f"{graph_file}: {err}") from err
    if made.conflicts:
        for line in duplicates(whole):
            click.echo(line, err=True)
        raise GraphError(
            f"{graph_file}: no single version meets all requirements of {', '.join(made.conflicts)}; "
            "add constraints for them, or for the packages that require them, and bootstrap again"
        )
    emit(made.to_text(), output)


@graph.command(short_help="Report packages with several versions.")
@_graph_argument
def explain_duplicates(graph_file: Path) -> None:
    """Report packages that GRAPH installs in several versions.

    For each version, the report lists the packages that require it. It also states whether one version would satisfy
    all requirements.
    """
    whole = read_graph(graph_file)
    try:
        lines = list(duplicates(whole))
    except GraphError as err:
        raise GraphError(f"{graph_file}: {err}") from err
    for line in lines:
        click.echo(line)


@graph.command(short_help="Extract a package with its relations.")
@_graph_argument
@_name_argument
@output_option
@click.option("--version", type=_version, metavar="VERSION", help="Only this version of the package.")
@click.option("--dependencies-only", is_flag=True, help="Omit packages that depend on NAME.")
@click.option("--dependents-only", is_flag=True, help="Omit packages that NAME depends on.")
def subset(
    graph_file: Path,
    package_name: str,
    output: Path | None,
    version: Version | None,
    dependencies_only: bool,
    dependents_only: bool,
) -> None:
    """Write a graph with NAME, all packages that it depends on, and all packages that depend on it.

    \b
        fromager-gen graph subset work-dir/graph.json stevedore -o stevedore.json
    """  # noqa: D301 - click needs the backslash
    if dependencies_only and dependents_only:
        raise click.UsageError("--dependencies-only and --dependents-only are mutually exclusive")
    whole = read_graph(graph_file)
    nodes = _find(graph_file, whole, package_name, (version,) if version is not None else ())
    part = cut(whole, nodes, dependencies=not dependents_only, dependents=not dependencies_only)
    emit(graph_json(part), output)


@graph.command(short_help="Convert a graph of Fromager before 0.30.")
@_graph_argument
@output_option
def migrate_graph(graph_file: Path, output: Path | None) -> None:
    """Write GRAPH in the form of current graphs. GRAPH has the form of Fromager before 0.30, or the current one.

    An old graph has no addresses of sources, so builds look up sources on the index, by name and version. All commands
    also read old graphs directly.
    """
    whole = read_graph(graph_file)
    for text in whole.warnings:
        warn(f"{graph_file}: {text}")
    emit(graph_json(whole), output)


@graph.command(short_help="Print the build requirements and the rounds of builds.")
@_graph_argument
@click.pass_obj
def build_graph(options: GlobalOptions, /, graph_file: Path) -> None:
    """Print which packages of GRAPH are needed for builds, which are built alone, and the rounds of builds.

    A round contains all packages whose build requirements were built in earlier rounds. Packages with the setting
    `exclusive_build` are built alone. The number of rounds is the length of the longest chain of builds. `fromager-gen`
    builds each package as soon as its own requirements are built, and does not wait for the end of a round.
    """
    whole = read_graph(graph_file)
    exclusive = {name for name, own in read_settings(options.override_paths).items() if own.exclusive_build}
    try:
        made = build_rounds(whole, exclusive)
    except BuildCycleError as err:
        raise BuildCycleError(f"{graph_file}: {err}") from err
    click.echo(f"Build dependencies ({len(made.needed)}):\n{', '.join(made.needed)} \n")
    if made.exclusive:
        click.echo(f"Exclusive builds ({len(made.exclusive)}):\n{', '.join(made.exclusive)} \n")
    click.echo("Build rounds:")
    for number, keys in enumerate(made.rounds, 1):
        click.echo(f"{number}. {', '.join(keys)}")
    click.echo(f"\nBuilding {len(whole.nodes)} packages in {len(made.rounds)} rounds.")


graph.add_command(check)
graph.add_command(find_best_fit)


def _find(graph_file: Path, whole: Graph, name: str, versions: tuple[Version, ...]) -> list[Node]:
    try:
        return find_nodes(whole, name, versions)
    except InputError as err:
        raise InputError(f"{graph_file}: {err}") from err
