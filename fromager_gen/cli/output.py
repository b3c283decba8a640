"""Write reports, and format tables and CSV."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fromager_gen.cli.options import FILE
from fromager_gen.files import write_text

F = TypeVar("F", bound=Callable[..., Any])

_WIDEST = 100_000


def output_option(function: F) -> F:
    """Add ``-o``, the file to write; None is standard output."""
    return click.option(
        "-o", "--output", type=FILE, callback=_file_of, help="File to write, or - for standard output.  [default: -]"
    )(function)


def _file_of(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    return None if value is None or str(value) == "-" else value


def emit(text: str, output: Path | None) -> None:
    """Print a text, or write it atomically to a file.

    Raises:
        WriteError: the file can't be written.
    """
    if output is None:
        click.echo(text, nl=bool(text) and not text.endswith("\n"))
        return
    write_text(output, text)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return CSV in the format of Fromager: all strings in quotes, and line ends as in RFC 4180."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def table_text(
    title: str, header: Sequence[str], rows: Iterable[Sequence[str]], markdown: bool = False, right: Sequence[int] = ()
) -> str:
    """Return a table that is as wide as its content, regardless of the terminal.

    Args:
        title: title above the table.
        header: names of the columns.
        rows: cells of each row.
        markdown: whether to format the table as Markdown.
        right: numbers of the right-aligned columns.
    """
    # Imported late: only tables need rich, and it is slow to import.
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(
        title=title,
        box=box.MARKDOWN if markdown else box.HEAVY_HEAD,
        title_justify="left" if markdown else "center",
    )
    for number, name in enumerate(header):
        table.add_column(Text(name), justify="right" if number in right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))  # not parsed: file names may look like markup of rich
    text = io.StringIO()
    console = Console(file=text, color_system=None, force_terminal=False, width=_WIDEST)
    console.width = max(console.measure(table).maximum, len(title))
    console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
