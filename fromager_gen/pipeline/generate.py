"""From a graph to the files of a workspace: lock, plan, render. Every command that writes one comes through here."""

import re
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.bundle import bundled_files
from fromager_gen.contract import LOCK_FILE, PLAN_FILE
from fromager_gen.errors import InputError
from fromager_gen.graph import Graph
from fromager_gen.interpreter import minor_version, problem_of_patch_level
from fromager_gen.lock import Lock, make_lock, read_lock
from fromager_gen.names import CARGO_LOCK, folder
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.pipeline.options import GlobalOptions, LockOptions
from fromager_gen.plan import Options, Plan, Rules, make_plan, plan_text
from fromager_gen.render import render
from fromager_gen.terminal import Phases, warn
from fromager_gen.write import WorkspaceFiles


@dataclass(frozen=True)
class Form:
    """What kind of workspace a graph becomes."""

    allow_unused: bool = True
    """Whether a setting or patch that matches nothing is a warning in place of an error."""
    rules: Rules = "copy"
    workspace_file: bool = False
    """Whether a WORKSPACE is written too, for Bazel 7 and 8 without modules."""


def lock_graph(options: GlobalOptions, graph: Graph, overrides: Overrides, path: Path, locking: LockOptions) -> Lock:
    """Return the lock of a graph, which keeps what the file at ``path`` has.

    Raises:
        InputError: an option names a package that the graph does not have.
        LockError: a file can't be pinned.
    """
    unknown = sorted({str(canonicalize_name(name)) for name in locking.record} - {node.name for node in graph})
    if unknown:
        raise InputError(f"--record-hash {unknown[0]}: the graph has no such package")
    with Phases() as progress:
        return make_lock(graph, read_lock(path), locking.request(options, overrides), progress)


def plan_graph(
    options: GlobalOptions,
    graph: Graph,
    lock: Lock,
    overrides: Overrides,
    form: Form = Form(),
) -> Plan:
    """Return the plan of a locked graph.

    Raises:
        GraphError: the graph can't be built.
        SettingsError: a setting or patch matches nothing, unless that is allowed.
    """
    chosen = Options(
        options.python, options.jobs, form.allow_unused, options.strict_prebuilt, form.rules, form.workspace_file
    )
    return make_plan(graph, lock, overrides, chosen)


def workspace_files(plan: Plan, lock: Lock, patches: Path) -> WorkspaceFiles:
    """Return every file of a plan's workspace: what is rendered, and what is copied.

    Args:
        plan: the plan.
        lock: the lock to write; it has at least what the plan needs.
        patches: folder of patches that the plan's paths start from.
    """
    files = WorkspaceFiles(render(plan))
    files.texts |= {LOCK_FILE: lock.to_text(), PLAN_FILE: plan_text(plan)}
    for package in plan.packages:
        place = folder(package.name, package.version)
        rust = lock.rust(package.key)
        if package.cargo_lock and rust is not None:
            files.texts[f"{place}/{CARGO_LOCK}"] = rust.text
        files.copies |= {f"{place}/{patch.name}": patches / patch.path for patch in package.patches}
    if plan.rules == "copy":
        files.copies |= bundled_files()
    return files


def locked_plan(
    options: GlobalOptions,
    graph: Graph,
    lock_file: Path,
    locking: LockOptions,
    form: Form = Form(),
) -> tuple[Plan, Lock]:
    """Lock and plan a graph; print the plan's warnings."""
    overrides = read_overrides(options.override_paths, {node.name for node in graph})
    lock = lock_graph(options, graph, overrides, lock_file, locking)
    plan = plan_graph(options, graph, lock, overrides, form)
    for warning in plan.warnings:
        warn(warning)
    return plan, lock


def generate(
    options: GlobalOptions,
    graph: Graph,
    lock_file: Path,
    locking: LockOptions,
    form: Form = Form(),
) -> WorkspaceFiles:
    """Lock, plan and render a graph; print the plan's warnings.

    Args:
        options: the options before the command.
        graph: the graph.
        lock_file: lock to start from; what it has is kept.
        locking: how files are pinned.
        form: what kind of workspace it becomes.
    """
    plan, lock = locked_plan(options, graph, lock_file, locking, form)
    return workspace_files(plan, lock, options.patches_dir)


def warn_of_other_python(workspace: Path, python: str) -> None:
    """Warn where a workspace was for another Python, or where the machine lacks the patch level that was named."""
    problem = problem_of_patch_level(python)
    if problem is not None:
        warn(problem)
    try:
        text = (workspace / "MODULE.bazel").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    before = re.search(r'machine\.python\(version = "([^"]+)"\)', text)
    if before and minor_version(before[1]) != minor_version(python):
        warn(f"{workspace} was for Python {before[1]}, and is for {python} from now on; --python names another")
