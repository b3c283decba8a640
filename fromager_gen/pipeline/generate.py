"""Write a workspace from a graph: lock, plan, render. All commands that write a workspace use this module."""

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.bundle import bundled_files
from fromager_gen.contract import CUDA_OF_CLANG, LOCK_FILE, PLAN_FILE, TOOLCHAINS_LOCK
from fromager_gen.errors import InputError
from fromager_gen.files import check_replaceable, check_writable, write_text
from fromager_gen.graph import Graph
from fromager_gen.interpreter import find_full_version, minor_version, problem_of_patch_level
from fromager_gen.lock import Lock, LockRequest, WheelsRepo, chosen_by_cargo, make_lock, read_lock
from fromager_gen.names import CARGO_LOCK, PLUGIN_ARCHIVE, folder
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.pipeline.options import GlobalOptions, LockOptions, WorkspaceOptions
from fromager_gen.plan import Plan, PlanOptions, make_plan, plan_text
from fromager_gen.platforms import cuda_of, is_for, runs_here
from fromager_gen.plugins import Plugins, SourcePlugins
from fromager_gen.render import render
from fromager_gen.standards import wheel_tags
from fromager_gen.terminal import Phases, counted, say, warn
from fromager_gen.toolchains import (
    ToolchainsLock,
    has_platforms,
    read_toolchains,
    toolchains_text,
    with_platforms,
)
from fromager_gen.write import Changes, WorkspaceFiles, difference, write_workspace

_log = logging.getLogger(__name__)
# The workspace of commands that build: as in Fromager, settings and patches that match nothing are not an error.
AS_FROMAGER = WorkspaceOptions()


def lock_graph(options: GlobalOptions, graph: Graph, overrides: Overrides, path: Path, locking: LockOptions) -> Lock:
    """Return the lock of a graph. It keeps the entries of the lock at ``path``.

    Raises:
        InputError: an option names a package that is not in the graph.
        LockError: a file can't be pinned.
    """
    unknown = sorted({str(canonicalize_name(name)) for name in locking.record} - {node.name for node in graph})
    if unknown:
        raise InputError(f"--record-hash {unknown[0]}: the graph has no such package")
    with Phases() as progress:
        return make_lock(graph, read_lock(path), lock_request(options, overrides, locking), progress)


def lock_request(options: GlobalOptions, overrides: Overrides, locking: LockOptions) -> LockRequest:
    """Return the request for a lock."""
    return LockRequest(
        record=frozenset(str(canonicalize_name(name)) for name in locking.record),
        overrides=overrides,
        taken_from=dict(locking.taken_from),
        keeps_taken=locking.keeps_taken,
        exclude_newer=locking.exclude_newer,
        upgrade_crates=frozenset(str(canonicalize_name(name)) for name in locking.upgrade_crates),
        python=options.python,
        interpreter=find_full_version(options.python) or "",
        renews_python=locking.renews_python,
        wheels_repo=WheelsRepo(options.wheels_repo),
        known=locking.cached,
        tags=wheel_tags(minor_version(options.python)),
        index_url=locking.index_url,
        checks_wheels=options.toolchains == "hermetic",
        plugins=_source_plugins(options, overrides),
    )


def _source_plugins(options: GlobalOptions, overrides: Overrides) -> SourcePlugins | None:
    """Return the plugins that download sources, or None if there are no plugins."""
    if not overrides.plugins.packages:
        return None
    # Both import requests, which takes a third of a second.
    from fromager_gen.bootstrap import source_plugins  # noqa: PLC0415
    from fromager_gen.net import session  # noqa: PLC0415

    return source_plugins(overrides, (options.work_dir, options.wheels_repo, options.sdists_repo), {}, session())


def plan_graph(
    options: GlobalOptions,
    graph: Graph,
    lock: Lock,
    overrides: Overrides,
    form: WorkspaceOptions = AS_FROMAGER,
) -> Plan:
    """Return the plan of a locked graph.

    Raises:
        GraphError: the graph cannot be built.
        InputError: the options contradict each other.
        SettingsError: a setting or patch matches nothing, and this is not allowed.
    """
    if form.workspace_file and options.toolchains == "hermetic":
        raise InputError(
            "--workspace-file and --toolchains=hermetic exclude each other: pinned toolchains need modules"
        )
    chosen = PlanOptions(
        python=options.python,
        jobs=options.jobs,
        allow_unused=form.unused_overrides == "warn",
        strict_prebuilt=options.strict_prebuilt,
        rules=form.rules,
        workspace_file=form.workspace_file,
        toolchains=options.toolchains,
        platforms=options.platforms,
        exec_platform=options.exec_platform,
    )
    return make_plan(graph, lock, overrides, chosen)


def lock_toolchains(options: GlobalOptions, workspace: Path, index_url: str | None) -> ToolchainsLock | None:
    """Return the lock of the hermetic toolchains of a workspace; None if it uses the tools of the machine.

    Raises:
        InputError: a platform is for another CPU or C library, and its Python is not pinned.
        LockError: a file can't be pinned.
    """
    if options.toolchains == "machine":
        return None
    lock = read_toolchains(workspace / TOOLCHAINS_LOCK)
    _check_target_pythons(options, lock, workspace)
    _check_cuda(options, lock, workspace)
    wanted = (*options.platforms, options.exec_platform)
    if has_platforms(lock, wanted):
        return lock
    from fromager_gen.net import Index, session  # noqa: PLC0415 - a complete lock needs no network

    with session() as client:
        return with_platforms(lock, wanted, Index(client, index_url))


def _check_target_pythons(options: GlobalOptions, lock: ToolchainsLock, workspace: Path) -> None:
    version = minor_version(options.python)
    pinned = [one for one in lock.python if one.name == version]
    for name in options.platforms:
        if not runs_here(name) and not any(is_for(name, one.cpu, one.libc) for one in pinned):
            raise InputError(
                f"--platform {name} is for another CPU or C library than this machine, and {workspace} pins no Python "
                f"{version} for it, which its wheels need. Pin one with `fromager-gen toolchains add python ADDRESS... "
                f"--output {workspace}`"
            )


def _check_cuda(options: GlobalOptions, lock: ToolchainsLock, workspace: Path) -> None:
    pinned = {one.name for one in lock.cuda}
    for name in options.platforms:
        version = cuda_of(name)
        if version and version not in CUDA_OF_CLANG:
            raise InputError(
                f"--platform {name}: CUDA {version} does not compile with the pinned clang; CUDA "
                f"{' and '.join(CUDA_OF_CLANG)} do. Older versions need the machine's C compiler: name the platform "
                f"machine_cuda_{version.replace('.', '_')} to Bazel"
            )
        if version and not runs_here(name):
            raise InputError(f"--platform {name}: CUDA is supported only for wheels for the CPU of this machine")
        if version and version not in pinned:
            warn(
                f"--platform {name}: {workspace} pins no CUDA {version}, so packages that need it use that of the "
                f"machine. Pin it with `fromager-gen toolchains add cuda {version} --arch ARCH --output {workspace}`"
            )


def workspace_files(
    plan: Plan, lock: Lock, patches: Path, toolchains: ToolchainsLock | None = None, plugins: Plugins | None = None
) -> WorkspaceFiles:
    """Return all files of the workspace of a plan, rendered and copied.

    Args:
        plan: the plan.
        lock: the lock to write. It contains at least the files that the plan needs.
        toolchains: the lock of the hermetic toolchains, or None if the plan uses the tools of the machine.
        patches: folder to which the paths of patches in the plan are relative.
        plugins: the plugins that the plan names; may be None if it names none.
    """
    files = WorkspaceFiles(render(plan))
    files.texts |= {LOCK_FILE: lock.to_text(), PLAN_FILE: plan_text(plan)}
    if toolchains is not None:
        files.texts[TOOLCHAINS_LOCK] = toolchains_text(toolchains)
    for package in plan.packages:
        place = folder(package.name, package.version)
        rust = lock.rust(package.key)
        if package.cargo_lock and rust is not None:
            files.texts[f"{place}/{CARGO_LOCK}"] = rust.text
        files.copies |= {f"{place}/{patch.name}": patches / patch.path for patch in package.patches}
        plugin = plugins.of(package.name) if plugins is not None and package.plugin is not None else None
        if plugin is not None:
            files.archives[f"{place}/{PLUGIN_ARCHIVE}"] = plugin.archive
    if plan.rules == "copy":
        files.copies |= bundled_files()
    return files


def locked_plan(
    options: GlobalOptions,
    graph: Graph,
    lock_file: Path,
    locking: LockOptions,
    form: WorkspaceOptions = AS_FROMAGER,
) -> tuple[Plan, Lock]:
    """Read the overrides, and lock and plan a graph. See `_locked_plan`."""
    return _locked_plan(options, graph, read_overrides(options.override_paths), lock_file, locking, form)


def _locked_plan(
    options: GlobalOptions,
    graph: Graph,
    overrides: Overrides,
    lock_file: Path,
    locking: LockOptions,
    form: WorkspaceOptions,
) -> tuple[Plan, Lock]:
    """Lock and plan a graph; print the plan's warnings.

    Args:
        options: the options before the command.
        graph: the graph.
        overrides: settings, patches and plugins.
        lock_file: lock to start from. Its entries are kept.
        locking: how files are pinned.
        form: how the workspace is written.
    """
    lock = lock_graph(options, graph, overrides, lock_file, locking)
    plan = plan_graph(options, graph, lock, overrides, form)
    for warning in plan.warnings:
        warn(warning)
    return plan, lock


def compare_workspace(
    options: GlobalOptions,
    graph: Graph,
    workspace: Path,
    locking: LockOptions,
    form: WorkspaceOptions,
) -> tuple[Changes, Iterable[str]]:
    """Return the changes that `generate` would make to a workspace, and the lines of a diff. Nothing is written."""
    return difference(_files(options, graph, workspace, locking, form), workspace)


def generate(
    options: GlobalOptions,
    graph: Graph,
    workspace: Path,
    locking: LockOptions,
    form: WorkspaceOptions = AS_FROMAGER,
) -> None:
    """Lock, plan and render a graph, and write its workspace.

    Args:
        options: the options before the command.
        graph: the graph.
        workspace: folder to write.
        locking: how files are pinned.
        form: how the workspace is written.

    Raises:
        WorkspaceError: the folder contains files that were edited or not generated.
        WriteError: the workspace can't be written. This is checked before anything is downloaded.
    """
    check_writable(workspace)
    files = _files(options, graph, workspace, locking, form)
    taken_over = {TOOLCHAINS_LOCK} if form.lock_file else {LOCK_FILE, TOOLCHAINS_LOCK}
    changes = write_workspace(files, workspace, form.overwrite, taken_over)
    say(f"{workspace}: {counted(len(graph.nodes), 'package')}; {changes or 'nothing changed'}")


def _files(
    options: GlobalOptions, graph: Graph, workspace: Path, locking: LockOptions, form: WorkspaceOptions
) -> WorkspaceFiles:
    warn_of_other_python(workspace, options.python)
    overrides = read_overrides(options.override_paths)
    plan, lock = _locked_plan(options, graph, overrides, form.lock_file or workspace / LOCK_FILE, locking, form)
    toolchains = lock_toolchains(options, workspace, locking.index_url)
    return workspace_files(plan, lock, options.patches_dir, toolchains, overrides.plugins)


def write_lock(options: GlobalOptions, graph: Graph, path: Path, locking: LockOptions) -> None:
    """Pin all files of a graph and write the lock. Existing entries are kept.

    Raises:
        LockError: a file can't be pinned.
        WriteError: the lock can't be written. This is checked before anything is downloaded.
    """
    check_replaceable(path)
    overrides = read_overrides(options.override_paths)
    lock = lock_graph(options, graph, overrides, path, locking)
    for warning in chosen_by_cargo(graph, lock):
        warn(warning)
    write_text(path, lock.to_text())
    say(f"{path}: {counted(len(lock.packages), 'package')}, {counted(len(lock.files), 'file')}")


def warn_of_other_python(workspace: Path, python: str) -> None:
    """Warn if a workspace was for another Python, or if the machine does not have the requested patch level."""
    problem = problem_of_patch_level(python)
    if problem is not None:
        warn(problem)
    try:
        text = (workspace / "MODULE.bazel").read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as err:
        _log.debug("the Python version of %s is unknown: %s", workspace, err)
        return
    before = re.search(r'machine\.python\(version = "([^"]+)"\)', text)
    if before and minor_version(before[1]) != minor_version(python):
        warn(f"{workspace} was for Python {before[1]} and is now for Python {python}; use --python to select another")
