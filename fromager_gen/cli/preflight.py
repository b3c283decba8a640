"""``preflight``: what a collection needs before it is built."""

from pathlib import Path

import click

from fromager_gen.cli.options import index_address, toolchain_options
from fromager_gen.errors import ToolError
from fromager_gen.pipeline import preflight as pipeline
from fromager_gen.pipeline.options import BootstrapOptions, GlobalOptions
from fromager_gen.preflight import findings_json, findings_table
from fromager_gen.terminal import counted


@click.command()
@click.argument("collection", metavar="GRAPH|REQUIREMENT...", nargs=-1)
@click.option(
    "-r",
    "--requirements-file",
    "requirements_files",
    metavar="PATH_OR_URL",
    multiple=True,
    help="Requirements file, with one requirement per line. Repeatable.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="Form of the report.",
)
@click.option(
    "--index-url", metavar="URL", callback=index_address,
    help="URL of the package index.  [default: index in pip's configuration]",
)  # fmt: skip
@toolchain_options
@click.pass_obj
def preflight(
    options: GlobalOptions,
    collection: tuple[str, ...],
    requirements_files: tuple[str, ...],
    output_format: str,
    index_url: str | None,
) -> None:
    """Report what a collection needs before it is built: libraries and programs outside of Python, Rust, memory.

    \b
        fromager-gen preflight graph.json
        fromager-gen -c constraints.txt preflight -r requirements.txt

    The sources are downloaded and read, and nothing is built. Requirements are resolved with likely answers in place of
    those of build backends.

    \b
    STATE of a need:
        ok              it is there
        missing         the package, your settings or the knowledge of this program say that the build needs it
        maybe missing   a build script looks for it; the build may go on without
        optional        the build can use it, and gets it if it is declared

    \b
    Exit code:
        0    nothing is missing
        13   something is missing
    """  # noqa: D301 - click needs the backslash
    graph = Path(collection[0]) if len(collection) == 1 and collection[0].endswith(".json") else None
    if graph is None and not collection and not requirements_files:
        raise click.UsageError("name a graph.json, requirements, or files with -r")
    if graph is not None and requirements_files:
        raise click.UsageError("name a graph.json or requirements, not both")
    asked = BootstrapOptions(
        toplevel=() if graph else collection, requirements_files=requirements_files, skip_constraints=False
    )
    report = pipeline.preflight(options, graph, asked, index_url)
    render = findings_table if output_format == "table" else findings_json
    click.echo(render(report.findings, report.install).rstrip("\n"))
    missing = [one for one in report.findings if one.is_missing]
    if missing:
        packages = sorted({one.package for one in missing if one.package})
        whose = ", ".join(packages) or "the collection"
        raise ToolError(f"{counted(len(missing), 'need')} of {whose} not met; see the report on standard output")
