"""``generate``, ``lock`` and ``plan``: generate a workspace from a graph."""

import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from fromager_gen.cli.options import (
    EXISTING_FILE,
    FILE,
    FILE_OR_URL,
    FOLDER,
    grouped,
    lock_options,
    override_options,
    toolchain_options,
)
from fromager_gen.cli.output import emit, output_option
from fromager_gen.contract import LOCK_FILE
from fromager_gen.files import check_replaceable
from fromager_gen.graph import read_graph
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.pipeline import generate as pipeline
from fromager_gen.pipeline.options import GlobalOptions, LockOptions, WorkspaceOptions
from fromager_gen.plan import plan_text

_OPTIONS = (
    click.option(
        "--unused-overrides", type=click.Choice(["error", "warn"]), default="error", show_default=True,
        help="How to report a setting or patch that matches nothing in the graph. "
        "Use `warn` if several graphs share a folder.",
    ),
    click.option(
        "--rules", type=click.Choice(["copy", "module"]), default="copy", show_default=True,
        help="Copy the rules into the workspace, or use the module fromager_gen in MODULE.bazel. Bazel then finds "
        "the module in a registry, or in CHECKOUT with `--override_module=fromager_gen=CHECKOUT`.",
    ),
    click.option(
        "--workspace-file", is_flag=True,
        help="Also write a WORKSPACE file, for Bazel 7 and 8 with --noenable_bzlmod. Bazel 9 does not support it.",
    ),
)  # fmt: skip
_WRITE_OPTIONS = (
    click.option(
        "--overwrite", is_flag=True, help="Replace generated files that were edited. Other files are never replaced."
    ),
    click.option(
        "--lock", "lock_file", type=EXISTING_FILE, help=f"Lock to start from.  [default: {LOCK_FILE} in the workspace]"
    ),
)


def _form(**values: Any) -> WorkspaceOptions:
    form = WorkspaceOptions(**values)
    if form.workspace_file and form.rules == "module":
        raise click.UsageError("--workspace-file needs --rules=copy: a WORKSPACE file cannot use modules")
    return form


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@partial(grouped, options=_OPTIONS + _WRITE_OPTIONS, name="form", kind=_form)
@click.option("--check", is_flag=True, help="Write nothing. Print the differences, and exit with 1 if there are any.")
@click.option("--output", type=FOLDER, required=True, help="Workspace to write. It is created if needed.")
@toolchain_options
@override_options
@lock_options
@click.pass_obj
def generate(
    options: GlobalOptions,
    /,
    graph_file: Path,
    output: Path,
    check: bool,
    form: WorkspaceOptions,
    locking: LockOptions,
) -> None:
    """Generate a Bazel workspace from GRAPH, a graph.json of Fromager or of `fromager-gen bootstrap`.

    \b
        fromager-gen generate graph.json --output workspace

    \b
    Then build all wheels, or one wheel, in the workspace:
        bazel build //:wheelhouse
        bazel build //packages/stevedore/5.10.0:wheel
    """  # noqa: D301 - click needs the backslash
    begin_to_ask(options.python)
    graph = read_graph(graph_file)
    if not check:
        pipeline.generate(options, graph, output, locking, form)
        return
    changes, lines = pipeline.compare_workspace(options, graph, output, locking, form)
    for line in lines:
        click.echo(line, nl=not line.endswith("\n"))
    if changes:
        click.echo(f"{output} is not up to date: {changes}", err=True)
        sys.exit(1)
    click.echo(f"{output} is up to date", err=True)


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@click.option(
    "--output", type=FILE, default=Path(LOCK_FILE), show_default=True, help="Lock to write. Existing entries are kept."
)
@override_options
@lock_options
@click.pass_obj
def lock(options: GlobalOptions, /, graph_file: Path, output: Path, locking: LockOptions) -> None:
    """Pin the sha256 of all files that GRAPH needs, including the crates of each Cargo.lock.

    \b
        fromager-gen lock work-dir/graph.json --output fromager.lock.json

    Hashes are taken from the index if it states them. Files that are already in the lock are not looked up again.
    """  # noqa: D301 - click needs the backslash
    begin_to_ask(options.python)
    pipeline.write_lock(options, read_graph(graph_file), output, locking)


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE_OR_URL)
@click.option(
    "--lock", "lock_file", type=FILE, default=Path(LOCK_FILE), show_default=True,
    help="Lock to start from. Missing files are pinned only for this plan; the lock is not changed.",
)  # fmt: skip
@partial(grouped, options=_OPTIONS, name="form", kind=_form)
@output_option
@toolchain_options
@override_options
@lock_options
@click.pass_obj
def plan(
    options: GlobalOptions,
    /,
    graph_file: Path,
    lock_file: Path,
    output: Path | None,
    form: WorkspaceOptions,
    locking: LockOptions,
) -> None:
    """Write the plan of GRAPH: all decisions of `generate` that result from the graph, lock, settings and patches.

    `generate` writes the same plan to the workspace as plan.json. Its format is described in docs/reference/plan.md.
    """
    if output is not None:
        check_replaceable(output)
    begin_to_ask(options.python)
    made, _ = pipeline.locked_plan(options, read_graph(graph_file), lock_file, locking, form)
    emit(plan_text(made), output)
