"""``package``, ``list-versions`` and ``find-updates``: the versions of packages on an index."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, fields
from pathlib import Path
from typing import Any, TypeVar

import click

from fromager_gen.cli.options import grouped, index_address
from fromager_gen.cli.output import csv_text, emit, output_option, table_text
from fromager_gen.errors import ResolutionError
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.pipeline.package_resolve import resolve_package
from fromager_gen.pipeline.versions import Distribution, VersionList, VersionQuery, VersionRow
from fromager_gen.pipeline.versions import find_updates as updates_of
from fromager_gen.pipeline.versions import list_versions as versions_of
from fromager_gen.terminal import warn

F = TypeVar("F", bound=Callable[..., Any])


_distribution_option = click.option(
    "--distribution-type", type=click.Choice(["default", "sdist", "wheel", "both"], case_sensitive=False),
    default="default", show_default=True,
    help="Files that count as a version; `default` are those in the settings of the package, else sdists.",
)  # fmt: skip
_index_option = click.option(
    "--sdist-server-url", metavar="URL", callback=index_address,
    help="URL of the package index of packages whose settings name none.  [default: index in pip's configuration]",
)  # fmt: skip


def _query(function: F) -> F:
    """Add a requirement and the options of its index, which the command receives as ``query``, a `VersionQuery`."""
    argument = click.argument("requirement_spec", metavar="REQUIREMENT")
    return grouped(function, (_index_option, _distribution_option, argument), "query", VersionQuery)


_ignore_option = click.option(
    "--ignore-no-versions/--no-ignore-no-versions", default=False, help="Print a warning if there are no versions."
)


@click.group()
def package() -> None:
    """Look up the versions of packages on an index."""


def _plain(found: VersionList) -> str:
    return "".join(f"{row.version}\n" for row in found.rows if row.cooldown != "blocked")


def _requirements(found: VersionList) -> str:
    return "".join(f"{row.package}=={row.version}\n" for row in found.rows if row.cooldown != "blocked")


def _table(found: VersionList) -> str:
    rows = [astuple(row)[1 : None if found.least_age else -1] for row in found.rows]
    header = ["Version", "Upload Time", "Age (days)", *(["Cooldown"] if found.least_age else [])]
    return table_text(f"Versions for {found.rows[0].package}", header, rows, right=(2,))


def _csv(found: VersionList) -> str:
    return csv_text([field.name for field in fields(VersionRow)], map(astuple, found.rows))


def _json(found: VersionList) -> str:
    return json.dumps([asdict(row) for row in found.rows], indent=2) + "\n"


_FORMATS = {"versions": _plain, "requirements": _requirements, "table": _table, "csv": _csv, "json": _json}


@contextmanager
def _ignoring(ignores: bool) -> Iterator[None]:
    """Print a warning instead of the error that there are no versions."""
    try:
        yield
    except ResolutionError as err:
        if not ignores:
            raise
        warn(str(err))


@package.command(short_help="List the versions of a package.")
@_query
@_ignore_option
@click.option(
    "--format", "output_format", type=click.Choice(list(_FORMATS), case_sensitive=False), default="versions",
    show_default=True, help="Format of the output.",
)  # fmt: skip
@output_option
@click.option(
    "--ignore-per-package-overrides", is_flag=True,
    help="Ignore min_release_age in the settings of the package; only --min-release-age applies.",
)  # fmt: skip
@click.pass_obj
def list_versions(
    options: GlobalOptions,
    /,
    query: VersionQuery,
    ignore_no_versions: bool,
    output_format: str,
    output: Path | None,
    ignore_per_package_overrides: bool,
) -> None:
    """List the versions of a package on the index that REQUIREMENT and the constraints before the command accept.

    \b
        fromager-gen package list-versions 'stevedore>=5'
        fromager-gen --min-release-age 7 package list-versions --format table stevedore

    The formats `versions` and `requirements` omit versions that are younger than the minimum age. `table`, `csv` and
    `json` have all versions with the time of the upload, the age in days, and the cooldown: `blocked` for a version
    that is too young, `available`, or `skipped` if the index does not state the time.
    """  # noqa: D301 - click needs the backslash
    with _ignoring(ignore_no_versions):
        found = versions_of(options, query, only_global_age=ignore_per_package_overrides)
        emit(_FORMATS[output_format.lower()](found), output)


@click.command("list-versions", deprecated=True, short_help="List the versions of a package.")
@_query
@_ignore_option
@click.option(
    "--format-as-requirements/--no-format-as-requirements", default=False, help="Print NAME==VERSION in each line."
)
@click.pass_obj
def old_list_versions(
    options: GlobalOptions, /, query: VersionQuery, ignore_no_versions: bool, format_as_requirements: bool
) -> None:
    """List the versions of a package, one in each line."""
    click.echo("use 'fromager-gen package list-versions'")
    with _ignoring(ignore_no_versions):
        found = versions_of(options, query)
        emit(_requirements(found) if format_as_requirements else _plain(found), None)


@package.command(short_help="Explain which versions of a package are resolved.")
@_query
@click.pass_obj
def resolve(options: GlobalOptions, /, query: VersionQuery) -> None:
    """Explain which versions of a package are resolved, and compare them with all versions on the default index.

    \b
        fromager-gen package resolve 'stevedore>=5'

    The output is for people, and can change. The minimum age of releases has no effect.
    """  # noqa: D301 - click needs the backslash
    for line in resolve_package(options, query):
        click.echo(line)


@click.command(short_help="Find newer versions than constraints allow.")
@click.option(
    "--format", "output_format", type=click.Choice(["requirements", "json", "csv"], case_sensitive=False),
    default="requirements", show_default=True, help="Format of the output.",
)  # fmt: skip
@_distribution_option
@_index_option
@output_option
@click.argument("constraints_file", metavar="CONSTRAINTS_FILE")
@click.pass_obj
def find_updates(
    options: GlobalOptions,
    /,
    output_format: str,
    distribution_type: Distribution,
    sdist_server_url: str | None,
    output: Path | None,
    constraints_file: str,
) -> None:
    """Find versions on the index that are newer than the constraints in CONSTRAINTS_FILE, a path or an address.

    For == and ===, these are all higher versions. For <, <=, ~= and !=, these are the version in the constraint and all
    higher ones. Constraints without exactly one of these operators are ignored. If there are no newer versions, nothing
    is printed or written.
    """
    found = updates_of(options, constraints_file, distribution_type, sdist_server_url)
    if found:
        emit(_UPDATE_FORMATS[output_format.lower()](found), output)


def _updates_csv(rows: list[tuple[str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([("name", "version"), *rows])
    return text.getvalue()


_UPDATE_FORMATS: dict[str, Callable[[list[tuple[str, str]]], str]] = {
    "requirements": lambda rows: "".join(f"{name}=={version}\n" for name, version in rows),
    "json": lambda rows: json.dumps([{"name": name, "version": version} for name, version in rows], indent=2) + "\n",
    "csv": _updates_csv,
}
