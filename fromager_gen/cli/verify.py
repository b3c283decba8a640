"""``verify``: build wheels twice and compare them, or compare them with those on an index."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from fromager_gen.cli.options import FILE_OR_URL, build_options, grouped, lock_options, toolchain_options
from fromager_gen.cli.output import emit, output_option
from fromager_gen.cli.verify_texts import json_of_published, json_of_report, text_of_published, text_of_report
from fromager_gen.errors import BuildError, DifferenceError
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions, LockOptions
from fromager_gen.pipeline.verify import Report, VerifyOptions
from fromager_gen.pipeline.verify import verify as verify_twice
from fromager_gen.pipeline.verify_published import verify_published

F = TypeVar("F", bound=Callable[..., Any])
Result = TypeVar("Result")


def _config(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", value):
        raise click.BadParameter(f"{value!r} is not the name of a configuration of Bazel, such as 'remote'")
    return value


@dataclass(frozen=True)
class _Form:
    """How the result is shown."""

    output_format: str
    output: Path | None

    def emit(self, result: Result, text: Callable[[Result], str], json: Callable[[Result], str]) -> None:
        """Print a result, or write it to a file."""
        emit((json if self.output_format.lower() == "json" else text)(result), self.output)


def _form_options(function: F) -> F:
    """Add the options of the output to a command, which receives them as ``form``."""
    formats = click.Choice(["table", "json"], case_sensitive=False)
    options = (
        output_option,
        click.option(
            "--format", "output_format", type=formats, default="table", show_default=True, help="Format of the output."
        ),
    )
    return grouped(function, options, "form", _Form)


def _verify_options(function: F) -> F:
    """Add what is verified, and how, to a command, which receives it as ``verifying``, a `VerifyOptions`."""
    options = (
        click.option(
            "--published", is_flag=True,
            help="Compare with the wheels on the index instead of a second build; differences are no error.",
        ),
        click.option(
            "--diffoscope", is_flag=True, help="Also write the report of diffoscope for wheels that differ."
        ),
        click.option(
            "--remote", metavar="CONFIG", callback=_config,
            help="Run the second build on workers, with a configuration of the workspace, such as remote.",
        ),
        click.option(
            "--package", "packages", multiple=True, metavar="NAME", help="Verify only this package. Repeatable."
        ),
    )  # fmt: skip
    return grouped(function, options, "verifying", VerifyOptions)


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@_verify_options
@_form_options
@toolchain_options
@lock_options
@build_options(keep_going=False, workers=True)
@click.pass_obj
def verify(
    options: GlobalOptions,
    /,
    graph_file: Path,
    locking: LockOptions,
    building: BuildOptions,
    form: _Form,
    verifying: VerifyOptions,
) -> None:
    """Verify that the wheels of GRAPH are reproducible: build them twice, and compare their bytes.

    \b
        fromager-gen verify work-dir/graph.json
        fromager-gen verify work-dir/graph.json --published

    The first build may use caches. The second uses none, and runs in another folder, with another HOME, user, language,
    time zone, umask, host name and number of jobs; or on workers, with --remote. Wheels that differ are kept in
    WORK_DIR/verify/report. Members that may differ are listed in verify.yaml next to the settings file.
    """  # noqa: D301 - click needs the backslash
    if not verifying.published:
        report = verify_twice(options, graph_file, locking, building, verifying)
        form.emit(report, text_of_report, json_of_report)
        _check(report)
        return
    if verifying.remote or verifying.diffoscope:
        raise click.UsageError("--published builds nothing again, so --remote and --diffoscope have no effect")
    compared = verify_published(options, graph_file, locking, building, verifying.packages)
    form.emit(compared, text_of_published, json_of_published)


def _check(report: Report) -> None:
    """Fail if a wheel is damaged, or a difference is not allowed.

    Raises:
        BuildError: a wheel is damaged; the message names the packages.
        DifferenceError: no wheel is damaged, but some differ.
    """
    count = len(report.packages)
    differ, damaged = (
        [str(one.node) for one in report.packages if one.verdict == verdict] for verdict in ("differs", "damaged")
    )
    parts = []
    if damaged:
        parts.append(f"a build made a damaged wheel for {len(damaged)} of {count} packages: {', '.join(damaged)}")
    if differ:
        parts.append(f"{len(differ)} of {count} wheels differ between two builds: {', '.join(differ)}")
    if parts:
        kind = BuildError if damaged else DifferenceError
        raise kind(f"{'; '.join(parts)}; both wheels of each are in {report.folder}")
