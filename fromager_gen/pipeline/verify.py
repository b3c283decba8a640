"""Verify that wheels are reproducible: build them twice under different conditions, and compare their bytes."""

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.utils import canonicalize_name

from fromager_gen.compare import Comparison, Difference, Mark, compare
from fromager_gen.errors import InputError, ToolError, listed
from fromager_gen.files import alone, copy
from fromager_gen.graph import Graph, Node, similar
from fromager_gen.overrides import Allowed, read_allowed
from fromager_gen.pipeline.build import build_all, prepare
from fromager_gen.pipeline.on_workers import check_config
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions, LockOptions
from fromager_gen.pipeline.second_build import Condition, second_build
from fromager_gen.terminal import say, warn

FOLDER = "verify"
REPORT = "report"
_DIFFOSCOPE_SECONDS = 1800

Verdict = Literal["equal", "allowed", "differs", "damaged"]


@dataclass(frozen=True)
class VerifyOptions:
    """What is verified, and how."""

    packages: tuple[str, ...] = ()
    """Names of packages; all if empty."""
    remote: str | None = None
    """Configuration with which the second build runs on workers."""
    diffoscope: bool = False
    published: bool = False
    """Whether wheels are compared with those on the index instead."""


@dataclass(frozen=True)
class Verified:
    """The wheels of one package, compared."""

    node: Node
    wheel: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    """Differences that are not allowed."""
    allowed: tuple[tuple[Difference, Allowed], ...] = ()
    problem: str = ""

    @property
    def is_good(self) -> bool:
        """Whether there is no difference, or each is allowed."""
        return self.verdict in ("equal", "allowed")


@dataclass(frozen=True)
class Report:
    """The result for all packages, and the conditions under which they were built."""

    conditions: tuple[Condition, ...]
    packages: tuple[Verified, ...]
    folder: Path
    """Folder with the wheels that differ."""


def chosen_nodes(graph: Graph, names: Iterable[str]) -> list[Node]:
    """Return all versions of the named packages; all packages if none is named.

    Raises:
        InputError: the graph does not have a package.
    """
    wanted = [str(canonicalize_name(name)) for name in names]
    missing = [name for name in wanted if not graph.versions(name)]
    if missing:
        problems = [f"the graph has no package {name}{similar(graph, name)}" for name in missing]
        raise InputError(listed("--package", problems))
    return [node for node in graph if not wanted or node.name in wanted]


def verify(
    options: GlobalOptions,
    graph_file: Path,
    locking: LockOptions,
    building: BuildOptions,
    verifying: VerifyOptions,
) -> Report:
    """Build wheels as the team builds them, and again under other conditions, and compare them.

    Raises:
        InputError: the graph does not have a package, or the workspace no such configuration.
        SettingsError: the allow-list is not valid.
        BuildError: a package could not be built, or not on a worker where it must be.
        ToolError: diffoscope is needed and not on PATH.
    """
    if verifying.diffoscope and shutil.which("diffoscope") is None:
        raise ToolError("--diffoscope needs the program diffoscope, which is not on PATH")
    allowed = read_allowed(options.settings_file)
    prepared = prepare(options, graph_file, locking)
    nodes = chosen_nodes(prepared.graph, verifying.packages)
    if verifying.remote is not None:
        check_config(prepared.bazel, verifying.remote)
    base = options.work_dir / FOLDER
    with alone(base):
        shutil.rmtree(base / REPORT, ignore_errors=True)
        first = {built.node.key: built.wheel for built in build_all(prepared, nodes, building.flags())}
        with second_build(prepared, base, building.flags(), verifying.remote) as second:
            say("building again under other conditions")
            wheels = second.wheels(nodes)
            pairs = {node.key: (first[node.key], wheels[node.key]) for node in nodes}
            found = tuple(judge(node, *pairs[node.key], allowed, second.marks) for node in nodes)
            keep([pairs[one.node.key] for one in found if not one.is_good], base / REPORT, verifying.diffoscope)
            conditions = second.conditions
    warn_of_unused(allowed, found, prepared.graph)
    return Report(conditions, found, base / REPORT)


def judge(node: Node, first: Path, second: Path, allowed: Sequence[Allowed], marks: Sequence[Mark] = ()) -> Verified:
    """Compare the wheels of one package, and apply the allow-list."""
    found = compare(first, second, marks)
    if first.name != second.name:
        named = Difference("", "zip", f"the second build named the wheel {second.name}")
        found = Comparison("differs" if found.result == "equal" else found.result, (named, *found.differences))
    if found.result == "damaged":
        return Verified(node, first.name, "damaged", problem=found.problem)
    reasons = {
        difference: next((one for one in allowed if one.covers(node.name, node.version, difference.member)), None)
        for difference in found.differences
    }
    left = tuple(difference for difference, reason in reasons.items() if reason is None)
    excused = tuple((difference, reason) for difference, reason in reasons.items() if reason is not None)
    verdict: Verdict = "differs" if left else "allowed" if excused else "equal"
    return Verified(node, first.name, verdict, left, excused)


def warn_of_unused(allowed: Iterable[Allowed], found: Sequence[Verified], graph: Graph) -> None:
    """Warn of entries of the allow-list that matched nothing; packages that were not verified are left out."""
    used = {entry for one in found for _, entry in one.allowed}
    verified = {one.node.name for one in found}
    for entry in allowed:
        if entry not in used and (entry.package in verified or not graph.versions(entry.package)):
            warn(f"{entry.where}: nothing of {entry.package} differs in {', '.join(entry.members)}; remove the entry")


def keep(pairs: Sequence[tuple[Path, Path]], report: Path, use_diffoscope: bool) -> None:
    """Copy wheels that differ to the folder of the report, since those of the second build are removed."""
    for first, second in pairs:
        kept = [copy(wheel, report / which / wheel.name) for which, wheel in (("first", first), ("second", second))]
        if use_diffoscope:
            _diffoscope(kept[0], kept[1], report / f"{first.name}.txt")


def _diffoscope(first: Path, second: Path, text: Path) -> None:
    """Write the report of diffoscope, whose exit code is 1 for wheels that differ."""
    command = ["diffoscope", "--text", str(text), str(first), str(second)]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_DIFFOSCOPE_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as err:
        warn(f"{first.name}: diffoscope failed: {err}")
        return
    if result.returncode not in (0, 1):
        warn(f"{first.name}: diffoscope failed: {result.stderr.strip()[-500:]}")
