"""``graph find-best-fit``: the collection that has most of what each new package needs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fromager_gen.cli.options import FILE_OR_URL
from fromager_gen.cli.output import emit, table_text
from fromager_gen.errors import InputError
from fromager_gen.graph import Fit, Fits, best_fits, read_graph

_TITLE = "Best-Fit Collection Results for Onboarding Packages"
_HEADER = ("Package", "Version", "Total Deps", "Best Fit", "New Pkgs", "Existing", "Coverage")


@click.command(short_help="Find the collection that has most of what new packages need.")
@click.option(
    "--format", "output_format", type=click.Choice(["table", "json"], case_sensitive=False), default="table",
    show_default=True, help="Format of the output.",
)  # fmt: skip
@click.argument("onboarding_graph", metavar="ONBOARDING_GRAPH", type=FILE_OR_URL)
@click.argument("collection_graphs", metavar="COLLECTION_GRAPH...", type=FILE_OR_URL, nargs=-1, required=True)
def find_best_fit(output_format: str, onboarding_graph: Path, collection_graphs: Sequence[Path]) -> None:
    """Find the best collection for each package of the top level of ONBOARDING_GRAPH.

    The best collection lacks the fewest of the packages that are needed to install and to build the package. Packages
    are compared by name, not by version. A collection is named after the file of its graph, without its suffix.
    """
    named: dict[str, Path] = {}
    for path in collection_graphs:
        other = named.setdefault(path.stem, path)
        if other is not path:
            raise InputError(f"{other} and {path} have the same collection name {path.stem!r}; rename one of the files")
    found = best_fits(read_graph(onboarding_graph), {name: read_graph(path) for name, path in named.items()})
    if output_format.lower() == "json":
        emit(json.dumps([_json(fits) for fits in found], indent=2), None)
    else:
        emit(table_text(_TITLE, _HEADER, map(_row, found), markdown=True, right=(2, 4, 5, 6)), None)


def _json(fits: Fits) -> dict[str, Any]:
    best = _fit_json(fits.fits[0])
    return {
        "package": fits.package.name,
        "version": fits.package.version,
        "total_dependencies": fits.total,
        "best_fit": best.pop("collection"),
        **best,
        "all_collections": [_fit_json(fit) for fit in fits.fits],
    }


def _fit_json(fit: Fit) -> dict[str, Any]:
    return {
        "collection": fit.collection,
        "new_packages": fit.new,
        "existing_packages": fit.existing,
        "coverage_percentage": round(fit.coverage, 1),
    }


def _row(fits: Fits) -> list[str]:
    best, package = fits.fits[0], fits.package
    numbers = (str(best.new), str(best.existing), f"{best.coverage:.1f}%")
    return [package.name, package.version, str(fits.total), best.collection, *numbers]
