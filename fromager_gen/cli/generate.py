"""``generate``, ``lock`` and ``plan``: generate a workspace from a graph."""

import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from fromager_gen.cli.options import EXISTING_FILE, FILE, FOLDER, grouped, lock_options, override_options
from fromager_gen.cli.output import emit, output_option
from fromager_gen.contract import LOCK_FILE
from fromager_gen.files import check_writable, write_text
from fromager_gen.graph import read_graph
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.lock import chosen_by_cargo
from fromager_gen.overrides import read_overrides
from fromager_gen.pipeline.generate import Form, lock_graph, locked_plan, warn_of_other_python
from fromager_gen.pipeline.generate import generate as generate_files
from fromager_gen.pipeline.options import GlobalOptions, LockOptions, OverrideOptions
from fromager_gen.plan import Rules, plan_text
from fromager_gen.terminal import counted, say, warn
from fromager_gen.write import WorkspaceFiles, difference, write_workspace


@dataclass(frozen=True)
class _Asked:
    """Options that only `generate` has."""

    output: Path
    lock_file: Path | None
    rules: Rules
    workspace_file: bool
    check: bool
    overwrite: bool
    unused_overrides: str


_OPTIONS = (
    click.option(
        "--unused-overrides", type=click.Choice(["error", "warn"]), default="error", show_default=True,
        help="How to report a setting or patch that matches nothing in the graph. "
        "Use `warn` if several graphs share a folder.",
    ),
    click.option(
        "--overwrite", is_flag=True, help="Replace generated files that were edited. Other files are never replaced."
    ),
    click.option(
        "--check", is_flag=True, help="Write nothing. Print the differences, and exit with 1 if there are any."
    ),
    click.option(
        "--rules", type=click.Choice(["copy", "module"]), default="copy", show_default=True,
        help="Copy the rules into the workspace, or use the module fromager_gen in MODULE.bazel. Bazel then finds the "
        "module in a registry, or in CHECKOUT with `--override_module=fromager_gen=CHECKOUT`.",
    ),
    click.option(
        "--workspace-file", is_flag=True,
        help="Also write a WORKSPACE file, for Bazel 7 and 8 with --noenable_bzlmod. Bazel 9 does not support it.",
    ),
    click.option(
        "--lock", "lock_file", type=EXISTING_FILE, help=f"Lock to start from.  [default: {LOCK_FILE} in the workspace]"
    ),
    click.option("--output", type=FOLDER, required=True, help="Workspace to write. It is created if needed."),
)  # fmt: skip


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@partial(grouped, options=_OPTIONS, name="asked", kind=_Asked)
@override_options
@lock_options
@click.pass_obj
def generate(
    options: GlobalOptions,
    /,
    graph_file: Path,
    asked: _Asked,
    overriding: OverrideOptions,
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
    if asked.workspace_file and asked.rules == "module":
        raise click.UsageError("--workspace-file needs --rules=copy: a WORKSPACE file cannot use modules")
    options = options.overridden(overriding)
    begin_to_ask(options.python)
    graph = read_graph(graph_file)
    output = asked.output
    if not asked.check:
        check_writable(output)
    warn_of_other_python(output, options.python)
    lock_file = asked.lock_file or output / LOCK_FILE
    form = Form(asked.unused_overrides == "warn", asked.rules, asked.workspace_file)
    files = generate_files(options, graph, lock_file, locking, form)
    if asked.check:
        _check(files, output)
        return
    changes = write_workspace(files, output, asked.overwrite, set() if asked.lock_file else {LOCK_FILE})
    say(f"{output}: {counted(len(graph.nodes), 'package')}; {changes or 'nothing changed'}")


def _check(files: WorkspaceFiles, output: Path) -> None:
    changes, lines = difference(files, output)
    for line in lines:
        click.echo(line, nl=not line.endswith("\n"))
    if changes:
        click.echo(f"{output} is not up to date: {changes}", err=True)
        sys.exit(1)
    click.echo(f"{output} is up to date", err=True)


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@click.option(
    "--output", type=FILE, default=Path(LOCK_FILE), show_default=True, help="Lock to write. Existing entries are kept."
)
@override_options
@lock_options
@click.pass_obj
def lock(
    options: GlobalOptions, /, graph_file: Path, output: Path, overriding: OverrideOptions, locking: LockOptions
) -> None:
    """Pin the sha256 of all files that GRAPH needs, including the crates of each Cargo.lock.

    \b
        fromager-gen lock work-dir/graph.json --output fromager.lock.json

    Hashes are taken from the index if it states them. Files that are already in the lock are not looked up again.
    """  # noqa: D301 - click needs the backslash
    options = options.overridden(overriding)
    if output.is_file() or not output.exists():
        check_writable(output.parent)  # a terminal or a pipe is written to directly, and not replaced
    begin_to_ask(options.python)
    graph = read_graph(graph_file)
    overrides = read_overrides(options.override_paths, {node.name for node in graph})
    made = lock_graph(options, graph, overrides, output, locking)
    for warning in chosen_by_cargo(graph, made):
        warn(warning)
    write_text(output, made.to_text())
    say(f"{output}: {counted(len(made.packages), 'package')}, {counted(len(made.files), 'file')}")


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@click.option(
    "--lock", "lock_file", type=FILE, default=Path(LOCK_FILE), show_default=True,
    help="Lock to start from. Missing files are pinned only for this plan; the lock is not changed.",
)  # fmt: skip
@output_option
@override_options
@lock_options
@click.pass_obj
def plan(
    options: GlobalOptions,
    /,
    graph_file: Path,
    lock_file: Path,
    output: Path | None,
    overriding: OverrideOptions,
    locking: LockOptions,
) -> None:
    """Write the plan of GRAPH: all decisions of `generate` that result from the graph, lock, settings and patches.

    A workspace contains the same plan as plan.json. Its format is described in docs/reference/plan.md.
    """
    options = options.overridden(overriding)
    begin_to_ask(options.python)
    made, _ = locked_plan(options, read_graph(graph_file), lock_file, locking)
    emit(plan_text(made), output)
