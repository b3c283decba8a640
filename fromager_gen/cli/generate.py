"""``generate`` and ``lock``: from a graph to a workspace."""

import sys
from pathlib import Path
from typing import Any

import click
from packaging.utils import canonicalize_name

from fromager_gen.bundle import bundle_folder
from fromager_gen.cli.options import FILE, FOLDER, Settings, lock_options, override_options
from fromager_gen.cli.progress import Downloads
from fromager_gen.graph import Graph, read_graph
from fromager_gen.lock import LOCK_NAME, Lock
from fromager_gen.lock.make import LockRequest, make_lock
from fromager_gen.lock.model import read_lock
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.plan import Plan, make_plan
from fromager_gen.plan.decide import Options
from fromager_gen.render import Tree, render
from fromager_gen.write import difference, write_workspace
from fromager_gen.write.files import write_text


def lock_graph(graph: Graph, overrides: Overrides, path: Path, record: tuple[str, ...], index_url: str | None) -> Lock:
    """Return the lock of a graph, taking over what the file at ``path`` has."""
    request = LockRequest(
        record=frozenset(str(canonicalize_name(name)) for name in record),
        build_dirs={name: settings.build_dir for name, settings in overrides.packages.items()},
        indexes={n: s.wheel_server_url for n, s in overrides.packages.items() if s.wheel_server_url},
        index_url=index_url,
    )
    with Downloads() as progress:
        return make_lock(graph, read_lock(path), request, progress)


def plan_graph(graph: Graph, lock: Lock, overrides: Overrides, settings: Settings, allow_unused: bool) -> Plan:
    """Return a graph's plan and print its warnings."""
    plan = make_plan(graph, lock, overrides, Options(settings.python, settings.jobs, allow_unused))
    for warning in plan.warnings:
        click.echo(f"fromager-gen: warning: {warning}", err=True)
    return plan


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@click.option("--output", type=FOLDER, required=True, help="Workspace to write; made if it is not there.")
@click.option("--lock", "lock_file", type=FILE, help=f"Lock to read and extend.  [default: {LOCK_NAME} in the workspace]")
@click.option(
    "--rules", type=click.Choice(["copy", "module"]), default="copy", show_default=True,
    help="Copy the rules into the workspace, or name the fromager_gen module in MODULE.bazel.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing; print what would change and exit with 1 if anything would.")
@click.option("--overwrite", is_flag=True, help="Replace generated files that were changed by hand.")
@click.option(
    "--unused-overrides", type=click.Choice(["error", "warn"]), default="error", show_default=True,
    help="What a setting or patch is that matches nothing in the graph. Teams that share one folder want `warn`.",
)  # fmt: skip
@override_options
@lock_options
@click.pass_obj
def generate(settings: Settings, graph_file: Path, output: Path, lock_file: Path | None, check: bool, **rest: Any) -> None:
    """Turn GRAPH, a graph.json of Fromager's or ours, into a Bazel workspace.

    \b
    Then build every wheel, or one:
        bazel build //:wheelhouse
        bazel build //packages/stevedore/5.10.0:wheel
    """
    settings, record, index_url = _chosen(settings, rest)
    graph = read_graph(graph_file)
    overrides = read_overrides(settings.sources, {node.name for node in graph})
    lock = lock_graph(graph, overrides, lock_file or output / LOCK_NAME, record, index_url)
    plan = plan_graph(graph, lock, overrides, settings, rest["unused_overrides"] == "warn")
    tree = render(plan, lock, rest["rules"], bundle_folder())
    if check:
        _check(tree, output)
        return
    changes = write_workspace(tree, output, rest["overwrite"])
    click.echo(f"{output}: {len(plan.packages)} packages; {changes or 'nothing changed'}", err=True)


def _check(tree: Tree, output: Path) -> None:
    changes, lines = difference(tree, output)
    for line in lines:
        click.echo(line, nl=line.endswith("\n") is False)
    if changes:
        click.echo(f"{output} is not up to date: {changes}", err=True)
        sys.exit(1)


def _chosen(settings: Settings, rest: dict[str, Any]) -> tuple[Settings, tuple[str, ...], str | None]:
    names = ("variant", "settings_file", "settings_dir", "patches_dir")
    return settings.with_overrides(*(rest[name] for name in names)), rest["record_hash"], rest["index_url"]


@click.command()
@click.argument("graph_file", metavar="GRAPH", type=FILE)
@click.option("--output", type=FILE, default=Path(LOCK_NAME), show_default=True, help="Lock to write; what it has is kept.")
@override_options
@lock_options
@click.pass_obj
def lock(settings: Settings, graph_file: Path, output: Path, **rest: Any) -> None:
    """Pin the sha256 of every file that GRAPH needs, and every crate of every Cargo.lock.

    Hashes come from the index's JSON where it states them. Nothing is asked again that the lock has already.
    """
    settings, record, index_url = _chosen(settings, rest)
    graph = read_graph(graph_file)
    overrides = read_overrides(settings.sources, {node.name for node in graph})
    made = lock_graph(graph, overrides, output, record, index_url)
    write_text(output, made.to_text())
    click.echo(f"{output}: {len(made.packages)} packages, {len(made.files)} files", err=True)
