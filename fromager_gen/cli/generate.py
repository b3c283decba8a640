"""``generate`` and ``lock``: from a graph to a workspace."""

import sys
from pathlib import Path
from typing import Any

import click

from fromager_gen.cli.messages import warn
from fromager_gen.cli.options import EXISTING_FILE, FILE, FOLDER, Settings, lock_options, override_options
from fromager_gen.cli.output import counted, packages
from fromager_gen.cli.tree import Locking, lock_graph, warn_of_other_python, workspace_tree
from fromager_gen.graph import read_graph
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.lock import LOCK_NAME, chosen_by_cargo
from fromager_gen.overrides import read_overrides
from fromager_gen.render import Tree
from fromager_gen.write import difference, write_workspace
from fromager_gen.write.files import check_writable, write_text


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@click.option("--output", type=FOLDER, required=True, help="Workspace to write; made if it is not there.")
@click.option(
    "--lock", "lock_file", type=EXISTING_FILE, help=f"Lock to start from.  [default: {LOCK_NAME} in the workspace]"
)
@click.option(
    "--rules", type=click.Choice(["copy", "module"]), default="copy", show_default=True,
    help="Copy the rules into the workspace, or name the module fromager_gen in MODULE.bazel; Bazel then finds it in a "
    "registry, or where `--override_module=fromager_gen=CHECKOUT` says.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing; print what would change and exit with 1 if anything would.")
@click.option(
    "--overwrite", is_flag=True, help="Replace generated files that were changed by hand; never what is not ours."
)
@click.option(
    "--unused-overrides", type=click.Choice(["error", "warn"]), default="error", show_default=True,
    help="What a setting or patch is that matches nothing in the graph. Teams that share one folder want `warn`.",
)  # fmt: skip
@override_options
@lock_options
@click.pass_obj
def generate(
    settings: Settings, /, graph_file: Path, output: Path, lock_file: Path | None, check: bool, **rest: Any
) -> None:
    """Turn GRAPH, a graph.json of Fromager's or ours, into a Bazel workspace.

    \b
    Then build every wheel, or one:
        bazel build //:wheelhouse
        bazel build //packages/stevedore/5.10.0:wheel
    """  # noqa: D301 - click looks for the character itself
    settings = settings.chosen(rest)
    begin_to_ask(settings.python)
    graph = read_graph(graph_file)
    if not check:
        check_writable(output)
    warn_of_other_python(output, settings.python)
    locking = Locking.of(rest)
    allow_unused = rest["unused_overrides"] == "warn"
    tree = workspace_tree(settings, graph, lock_file or output / LOCK_NAME, locking, allow_unused, rest["rules"])
    if check:
        _check(tree, output)
        return
    changes = write_workspace(tree, output, rest["overwrite"], set() if lock_file else {LOCK_NAME})
    click.echo(f"{output}: {packages(len(graph.nodes))}; {changes or 'nothing changed'}", err=True)


def _check(tree: Tree, output: Path) -> None:
    changes, lines = difference(tree, output)
    for line in lines:
        click.echo(line, nl=not line.endswith("\n"))
    if changes:
        click.echo(f"{output} is not up to date: {changes}", err=True)
        sys.exit(1)
    click.echo(f"{output} is up to date", err=True)


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@click.option(
    "--output", type=FILE, default=Path(LOCK_NAME), show_default=True, help="Lock to write; what it has is kept."
)
@override_options
@lock_options
@click.pass_obj
def lock(settings: Settings, /, graph_file: Path, output: Path, **rest: Any) -> None:
    """Pin the sha256 of every file that GRAPH needs, and every crate of every Cargo.lock.

    Hashes come from the index's JSON where it states them. Nothing is asked again that the lock has already.
    """
    if output.is_file() or not output.exists():
        check_writable(output.parent)  # where it is a terminal or a pipe, nothing is put in its place
    begin_to_ask(settings.python)
    graph = read_graph(graph_file)
    overrides = read_overrides(settings.chosen(rest).sources, {node.name for node in graph})
    made = lock_graph(settings, graph, overrides, output, Locking.of(rest))
    for warning in chosen_by_cargo(graph, made):
        warn(warning)
    write_text(output, made.to_text())
    click.echo(f"{output}: {packages(len(made.packages))}, {counted(len(made.files), 'file')}", err=True)
