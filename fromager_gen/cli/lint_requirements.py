"""``lint-requirements``: check requirements and constraints files before a bootstrap."""

from collections.abc import Sequence

import click

from fromager_gen.cli.options import index_address
from fromager_gen.errors import GenError
from fromager_gen.pipeline.lint_requirements import lint_requirements as problems_of
from fromager_gen.pipeline.options import GlobalOptions


@click.command()
@click.argument("input_files_path", metavar="FILE...", nargs=-1, required=True)
@click.option(
    "--resolve-requirements/--no-resolve-requirements",
    default=False,
    show_default=True,
    help="Also look up a version of each requirement on the index, as a bootstrap does.",
)
@click.option(
    "--index-url", metavar="URL", callback=index_address,
    help="URL of the package index.  [default: index in pip's configuration]",
)  # fmt: skip
@click.pass_obj
def lint_requirements(
    options: GlobalOptions, /, input_files_path: Sequence[str], resolve_requirements: bool, index_url: str | None
) -> None:
    """Check requirements and constraints files, and report each line that can't be used.

    Each FILE is a path or an address. A FILE whose name ends with constraints.txt contains constraints: without extras,
    with a version in each line, and with each package once for each marker. Any other FILE contains requirements.

    Requirements are looked up with the settings and constraints before the command, and only if their markers hold for
    this Python and platform. Requirements of the requirements themselves are not looked up.
    """
    problems = problems_of(options, input_files_path, resolve_requirements, index_url)
    count = len(input_files_path)
    if problems:
        click.echo("Validation error:", err=True)
        for problem in problems:
            click.echo(f" - {problem}", err=True)
        raise GenError(f"{len(problems)} failure(s) while validating {count} file(s); correct the lines listed above")
    click.echo(f"Resolve requirements: {resolve_requirements}")
    click.echo(f"Successfully validated {count} file(s).")
