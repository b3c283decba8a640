"""``stats``: count the packages of a collection by customisation."""

from collections.abc import Iterable
from pathlib import Path

import click

from fromager_gen.cli.options import FILE, FILE_OR_URL
from fromager_gen.cli.output import emit, table_text
from fromager_gen.graph import read_graph
from fromager_gen.overrides import survey
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.pipeline.requirements import count_requirements


@click.command()
@click.argument("req_file", metavar="REQ_FILE", type=FILE)
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@click.pass_obj
def stats(options: GlobalOptions, /, req_file: Path, graph_file: Path) -> None:
    """Count the requirements in REQ_FILE, and the packages in GRAPH by settings, patches, plugins and constraints.

    Constraints are counted if they are in GRAPH or in a file that -c before the command names.
    """
    requirements, named = count_requirements(options, req_file)
    nodes = list(read_graph(graph_file))
    names = {node.name for node in nodes}
    constrained = {node.name for node in nodes if node.constraint} | named
    found = {name: package for name, package in survey(options.override_paths).items() if name in names}
    rows = [
        ("Requirements in requirements.txt", str(requirements), "-"),
        ("Constraints defined", str(len(constrained)), "-"),
        _row("Unique packages in build", names, names),
        _row("Packages in the build with constraints", constrained & names, names),
        _row("Pre-built packages", {node.name for node in nodes if node.pre_built}, names),
        _row("Packages with any fromager config", (n for n, package in found.items() if package.has_settings), names),
        _row("Packages with patches", (name for name, package in found.items() if package.patches), names),
        _row("Packages with build plugins", (name for name, package in found.items() if package.plugin), names),
    ]
    header = ("Metric", "Count", "Percentage")
    emit(table_text("Build Statistics", header, rows, markdown=True, right=(1, 2)), None)


def _row(title: str, part: Iterable[str], whole: set[str]) -> tuple[str, str, str]:
    count = len(set(part))
    return title, str(count), f"{count / len(whole) * 100:.1f}%"
