"""``graph``: look at a graph and cut it, without building anything."""

from pathlib import Path

import click
from packaging.version import InvalidVersion, Version

from fromager_gen.cli.options import FILE
from fromager_gen.cli.output import emit, output_option
from fromager_gen.errors import GraphError, InputError
from fromager_gen.graph import KINDS, TO_THE_ROOT, Graph, Node, find_nodes, graph_json, make_constraints, read_graph
from fromager_gen.graph import explain_duplicates as duplicates
from fromager_gen.graph import subset as cut
from fromager_gen.graph import to_dot as dot_text
from fromager_gen.graph import why as reasons
from fromager_gen.overrides import survey
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.standards import version as parsed_version


def _version(text: str) -> Version:
    try:
        return parsed_version(text)
    except InvalidVersion:
        raise click.BadParameter(f"{text!r} is no version, such as 1.0") from None


_graph_argument = click.argument("graph_file", metavar="GRAPH", type=FILE)
_name_argument = click.argument("package_name", metavar="NAME")


@click.group()
def graph() -> None:
    """Look at a graph.json: why something is in it, constraints, drawings, parts of it."""


@graph.command(short_help="Say why a package is in it.")
@_graph_argument
@_name_argument
@click.option(
    "--version", type=_version, multiple=True, metavar="VERSION", help="Only this version of the package. Repeatable."
)
@click.option(
    "--depth", type=click.IntRange(TO_THE_ROOT), default=0, show_default=True,
    help="0 shows who asks for the package, N who asks for those, N + 1 times over; -1 every chain to the top level.",
)  # fmt: skip
@click.option(
    "--requirement-type", type=click.Choice(KINDS), multiple=True, help="Follow only these requirements. Repeatable."
)
def why(
    graph_file: Path, package_name: str, version: tuple[Version, ...], depth: int, requirement_type: tuple[str, ...]
) -> None:
    """Say why NAME is in GRAPH: who asks for it, by which requirement."""
    whole = read_graph(graph_file)
    nodes = _find(graph_file, whole, package_name, version)
    for line in reasons(whole, nodes, depth, requirement_type):
        click.echo(line)


@graph.command(short_help="Draw it for Graphviz.")
@_graph_argument
@output_option
@click.option("--install-only", is_flag=True, help="Leave out what is only needed to build.")
@click.option("--overrides-only", is_flag=True, help="Only packages with settings, patches or a plugin.")
@click.pass_obj
def to_dot(
    options: GlobalOptions, /, graph_file: Path, output: Path | None, install_only: bool, overrides_only: bool
) -> None:
    """Draw GRAPH for Graphviz.

    A box has settings, a note patches, a trapezium a plugin, a triple octagon plugin and patches; a parallelogram is
    pre-built, the circle the top level. Dashed nodes and dotted arrows are of builds only.
    """
    whole = read_graph(graph_file)
    shapes = {name: package.shape for name, package in survey(options.override_paths).items()}
    emit(dot_text(whole, shapes, install_only, overrides_only), output)


@graph.command(short_help="Write constraints of what it installs.")
@_graph_argument
@output_option
def to_constraints(graph_file: Path, output: Path | None) -> None:
    """Write a constraints file: one version of each package that GRAPH installs.

    Of several versions it is the highest that all who install the package accept. Where there is none, nothing is
    written, and the report of `explain-duplicates` goes to standard error.
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
            "constrain them, or what asks for them, and bootstrap again"
        )
    emit(made.to_text(), output)


@graph.command(short_help="Report what it installs in several versions.")
@_graph_argument
def explain_duplicates(graph_file: Path) -> None:
    """Report packages that GRAPH installs in several versions: who asks for which, and whether one would do."""
    whole = read_graph(graph_file)
    try:
        lines = list(duplicates(whole))
    except GraphError as err:
        raise GraphError(f"{graph_file}: {err}") from err
    for line in lines:
        click.echo(line)


@graph.command(short_help="Cut out what has to do with a package.")
@_graph_argument
@_name_argument
@output_option
@click.option("--version", type=_version, metavar="VERSION", help="Only this version of the package.")
@click.option("--dependencies-only", is_flag=True, help="Leave out what needs the package.")
@click.option("--dependents-only", is_flag=True, help="Leave out what the package needs.")
def subset(
    graph_file: Path,
    package_name: str,
    output: Path | None,
    version: Version | None,
    dependencies_only: bool,
    dependents_only: bool,
) -> None:
    """Write the part of GRAPH that has to do with NAME: what it needs and what needs it, as a graph of its own."""
    if dependencies_only and dependents_only:
        raise click.UsageError("--dependencies-only and --dependents-only exclude each other; leave one out")
    whole = read_graph(graph_file)
    nodes = _find(graph_file, whole, package_name, (version,) if version is not None else ())
    part = cut(whole, nodes, dependencies=not dependents_only, dependents=not dependencies_only)
    emit(graph_json(part), output)


def _find(graph_file: Path, whole: Graph, name: str, versions: tuple[Version, ...]) -> list[Node]:
    try:
        return find_nodes(whole, name, versions)
    except InputError as err:
        raise InputError(f"{graph_file}: {err}") from err
