"""From a graph to the files of a workspace, with progress and warnings: lock, plan, render."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from fromager_gen.bundle import bundle_folder
from fromager_gen.cli.messages import warn
from fromager_gen.cli.options import Settings
from fromager_gen.cli.progress import Phases
from fromager_gen.errors import InputError
from fromager_gen.graph import Graph
from fromager_gen.interpreter import find_full_version, minor_version, problem_of_patch_level
from fromager_gen.lock import Lock
from fromager_gen.lock.make import make_lock
from fromager_gen.lock.model import read_lock
from fromager_gen.lock.own_wheels import WheelsRepo
from fromager_gen.lock.request import LockRequest
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.plan import make_plan
from fromager_gen.plan.decide import Options
from fromager_gen.render import Rules, Tree, render
from fromager_gen.standards import wheel_tags


@dataclass(frozen=True)
class Locking:
    """What the options of locking say."""

    record: tuple[str, ...] = ()
    index_url: str | None = None
    taken_from: tuple[tuple[str, str], ...] = ()
    keeps_taken: bool = False
    exclude_newer: datetime | None = None
    renews_python: bool = False
    upgrade_crates: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any], renews_python: bool = False) -> "Locking":
        """Return what a command's `lock_options` say."""
        return cls(
            record=given["record_hash"],
            index_url=given["index_url"],
            exclude_newer=given["exclude_newer"],
            renews_python=renews_python,
            upgrade_crates=given["upgrade_crates"],
        )

    def request(self, settings: Settings, overrides: Overrides) -> LockRequest:
        """Return what is asked of the lock."""
        return LockRequest(
            record=frozenset(str(canonicalize_name(name)) for name in self.record),
            overrides=overrides,
            taken_from=dict(self.taken_from),
            keeps_taken=self.keeps_taken,
            exclude_newer=self.exclude_newer,
            upgrade_crates=frozenset(str(canonicalize_name(name)) for name in self.upgrade_crates),
            python=settings.python,
            interpreter=find_full_version(settings.python) or "",
            renews_python=self.renews_python,
            wheels_repo=WheelsRepo(settings.wheels_repo),
            tags=wheel_tags(minor_version(settings.python)),
            index_url=self.index_url,
        )


def lock_graph(settings: Settings, graph: Graph, overrides: Overrides, path: Path, locking: Locking) -> Lock:
    """Return the lock of a graph, taking over what the file at ``path`` has."""
    unknown = sorted({str(canonicalize_name(name)) for name in locking.record} - {node.name for node in graph})
    if unknown:
        raise InputError(f"--record-hash {unknown[0]}: the graph has no such package")
    with Phases() as progress:
        return make_lock(graph, read_lock(path), locking.request(settings, overrides), progress)


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


def workspace_tree(
    settings: Settings, graph: Graph, lock_file: Path, locking: Locking, allow_unused: bool, rules: Rules = "copy"
) -> Tree:
    """Lock, plan and render a graph; print the plan's warnings."""
    overrides = read_overrides(settings.sources, {node.name for node in graph})
    lock = lock_graph(settings, graph, overrides, lock_file, locking)
    plan = make_plan(
        graph, lock, overrides, Options(settings.python, settings.jobs, allow_unused, settings.strict_prebuilt)
    )
    for warning in plan.warnings:
        warn(warning)
    return render(plan, lock, rules, bundle_folder())
