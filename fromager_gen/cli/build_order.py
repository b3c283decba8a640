"""``build-order``: convert build orders to CSV for spreadsheets."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from fromager_gen.cli.options import FILE_OR_URL
from fromager_gen.cli.output import csv_text, emit, output_option
from fromager_gen.graph import read_build_order
from fromager_gen.names import override_name

_COLUMNS = (
    "Distribution Name", "Version", "Original Requirement", "Dependency Type", "Pre-built Package", "Build Order",
)  # fmt: skip


@click.group()
def build_order() -> None:
    """Convert build-order.json files to CSV."""


@build_order.command()
@click.argument("build_order_file", metavar="FILE", type=FILE_OR_URL)
@output_option
def as_csv(build_order_file: Path, output: Path | None) -> None:
    """Write FILE as CSV with one line for each package.

    The column "Dependency Type" is empty if FILE does not contain the type. Only older files contain it.
    """
    rows = [
        (step.name, step.version, step.req, step.type, step.prebuilt, number)
        for number, step in enumerate(read_build_order(build_order_file), 1)
    ]
    emit(csv_text(_COLUMNS, rows), output)


@build_order.command()
@click.argument("build_order_file", metavar="FILE...", type=FILE_OR_URL, nargs=-1, required=True)
@output_option
def summary(build_order_file: Sequence[Path], output: Path | None) -> None:
    """Write the versions of packages in all FILEs as CSV.

    Each FILE has a column, named after its folder, or after its path if the names of the folders are not unique. If a
    file has several versions of a package, all are listed. The last column states whether all files that contain the
    package have the same version.
    """
    files = [_versions(path) for path in build_order_file]
    rows = []
    for name in sorted({name for versions in files for name in versions}):
        row = [versions.get(name, "") for versions in files]
        rows.append([name, *row, str(len(set(row) - {""}) == 1)])
    columns = [_folder(path) for path in build_order_file]
    if "" in columns or len(set(columns)) < len(columns):
        columns = [str(path) for path in build_order_file]
    emit(csv_text(["Distribution Name", *columns, "Same Version"], rows), output)


def _folder(path: Path) -> str:
    name = path.parent.name
    return Path(os.path.abspath(path)).parent.name if name == ".." else name


def _versions(path: Path) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for step in read_build_order(path):
        found.setdefault(override_name(step.name), []).append(step.version)
    return {name: " ".join(dict.fromkeys(versions)) for name, versions in found.items()}
