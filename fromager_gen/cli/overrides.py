"""``list-overrides`` and ``lint``: list and check settings, patches and plugins."""

import json
from pathlib import Path

import click

from fromager_gen.cli.output import csv_text, emit, output_option, table_text
from fromager_gen.errors import SettingsError
from fromager_gen.overrides import Customised, all_variants, survey
from fromager_gen.overrides import lint as problems_of
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.terminal import counted

_FIRST = {"package": "Package", "version": "Version", "patches": "Patches", "min_release_age": "Min Release Age (days)"}


@click.command()
@click.option(
    "--details", is_flag=True, help="Show versions with patches, numbers of patches, variants, and hooks of plugins."
)
@click.option(
    "--format", "output_format", type=click.Choice(["table", "csv", "json"], case_sensitive=False), default="table",
    show_default=True, help="Format of the details.",
)  # fmt: skip
@output_option
@click.pass_obj
def list_overrides(options: GlobalOptions, /, details: bool, output_format: str, output: Path | None) -> None:
    """List the packages that have settings, patches for the variant, or a plugin."""
    found = survey(options.override_paths)
    if not details:
        emit("".join(f"{name}\n" for name in found), output)
        return
    variants = all_variants(options.override_paths, found.values())
    rows = [row for package in found.values() for row in _rows(package, variants)]
    emit(_FORMATS[output_format.lower()](rows, variants), output)


def _rows(package: Customised, variants: list[str]) -> list[dict[str, str]]:
    """Return a row for each version with its own patches, or one row if there is no such version."""
    hooks = ", ".join(package.functions())
    return [
        {
            "package": package.name,
            "version": version,
            "patches": str(package.patch_count(version) or ""),
            "plugin_hooks": hooks,
            "min_release_age": "" if package.min_release_age is None else str(package.min_release_age),
            **{variant: package.variants.get(variant, "") for variant in variants},
        }
        for version in package.patched_versions() or [""]
    ]


def _cells(rows: list[dict[str, str]], variants: list[str]) -> list[list[str]]:
    return [[row[column] for column in (*_FIRST, *variants, "plugin_hooks")] for row in rows]


def _table(rows: list[dict[str, str]], variants: list[str]) -> str:
    return table_text("Package Overrides", [*_FIRST.values(), *variants, "Plugin"], _cells(rows, variants))


def _csv(rows: list[dict[str, str]], variants: list[str]) -> str:
    return csv_text([*_FIRST, *variants, "plugin_hooks"], _cells(rows, variants))


def _json(rows: list[dict[str, str]], variants: list[str]) -> str:
    return json.dumps(rows, indent=2)


_FORMATS = {"table": _table, "csv": _csv, "json": _json}


@click.command()
@click.pass_obj
def lint(options: GlobalOptions, /) -> None:
    """Report invalid settings, and settings, patches and plugins that are not used because of their names."""
    problems = problems_of(options.override_paths)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SettingsError(
            f"{counted(len(problems), 'problem')} in settings, patches and plugins; fix the files that are listed above"
        )
    click.echo("no problems in settings, patches and plugins", err=True)
