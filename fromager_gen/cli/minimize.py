"""``minimize``: remove redundant lines of a requirements file."""

from pathlib import Path

import click

from fromager_gen.cli.options import FILE_OR_URL
from fromager_gen.cli.output import emit, output_option
from fromager_gen.pipeline.minimize import minimize as minimized
from fromager_gen.terminal import say


@click.command()
@output_option
@click.argument("requirements_filename", metavar="REQUIREMENTS")
@click.argument("graph_filename", metavar="GRAPH", type=FILE_OR_URL)
def minimize(output: Path | None, requirements_filename: str, graph_filename: Path) -> None:
    """Write the lines of REQUIREMENTS without those that other packages bring as their requirements.

    REQUIREMENTS is a path or an address, and GRAPH is the graph that was resolved from it. A line is removed if another
    package of GRAPH requires a version that the line accepts. Lines with an exact version (==) or an address are kept.

    \b
        fromager-gen minimize requirements.txt work-dir/graph.json -o minimal.txt
    """  # noqa: D301 - click needs the backslash
    needed, count = minimized(requirements_filename, graph_filename)
    emit("".join(f"{one}\n" for one in needed), output)
    say(f"{len(needed)} of {count} requirements are needed")
