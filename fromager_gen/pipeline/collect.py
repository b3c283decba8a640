"""Copy the files of a build from Bazel's outputs, and summarise them."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fromager_gen.bazel import Outcome
from fromager_gen.errors import BuildError, listed
from fromager_gen.files import copy, same
from fromager_gen.graph import Graph, Node
from fromager_gen.names import folder, override_name
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline.repos import Repos
from fromager_gen.plan import install_requires
from fromager_gen.terminal import counted
from fromager_gen.wheel_index import problem_of_planned

_log = logging.getLogger(__name__)
LOGS = "logs"
SUMMARY = "build-sequence-summary"


@dataclass(frozen=True)
class Collected:
    """One package's wheel in Fromager's folders."""

    node: Node
    wheel: Path
    skipped: bool
    sdist: Path | None = None
    """The prepared source, or None if the wheel was not built."""

    def row(self) -> dict[str, object]:
        """Return the row of the summary in the format of Fromager."""
        return {
            "name": self.node.name,
            "version": self.node.version,
            "prebuilt": self.node.is_published,
            "download_url": self.node.url,
            "wheel_filename": self.wheel.name,
            "skipped": self.skipped,
        }


def collect(
    outcome: Outcome,
    nodes: Iterable[Node],
    repos: Repos,
    work_dir: Path,
    overrides: Overrides,
    force: bool = False,
) -> list[Collected]:
    """Copy wheels, sdists and logs of built packages from Bazel's outputs.

    Args:
        outcome: the outcome of the build.
        nodes: the packages.
        repos: Fromager's folders.
        work_dir: the work directory.
        overrides: settings, which can name the copies of sdists.
        force: whether wheels that were there before count as new.

    Raises:
        WriteError: a file can't be written.
    """
    collected = []
    for node in nodes:
        built = outcome.of(node, "wheel")
        if not built:
            continue
        published = node.is_published
        skipped = not force and (node.is_cached or repos.has(built[0], published))
        (wheel,) = repos.add_wheels(built[:1], frozenset({node.name} if published else ()))
        _log_wheel(node, wheel, skipped)
        saved = overrides.settings(node.name, node.version).saved_name(node.name, node.version)
        repos.add_sdists(outcome.of(node, "sdist"), "downloads", saved)
        rebuilt = _add_rebuilt(outcome.of(node, "rebuilt_sdist"), node, repos)
        for log in outcome.logs.get(folder(node.name, node.version), []):
            _keep_log(log, node, work_dir)
        collected.append(Collected(node, wheel, skipped, rebuilt[0] if rebuilt else None))
    return collected


def _log_wheel(node: Node, wheel: Path, skipped: bool) -> None:
    """Log whether a wheel is new, in the words of Fromager, for which scripts look."""
    where = f"{node.name}-{node.version}"
    if skipped:
        _log.info("%s: found existing wheel %s", where, wheel)
        _log.info("%s: using existing wheel from %s", where, wheel)
    elif not node.pre_built:
        _log.info("%s: added extra metadata and build tag, wheel is %s", where, wheel.name)


def _add_rebuilt(sdists: list[Path], node: Node, repos: Repos) -> list[Path]:
    for sdist in sdists:
        if same(sdist, repos.sdists / "builds" / sdist.name):
            _log.info("%s-%s: have sdist version %s: %s", node.name, node.version, node.version, sdist.name)
    return repos.add_sdists(sdists, "builds")


def refuse_other_wheels(outcome: Outcome, graph: Graph, nodes: Iterable[Node], repos: Repos) -> None:
    """Remove from the outcome of a build each wheel that is damaged, or is not the planned one.

    The action that built a wheel has checked it, but it can come from a cache that damaged or replaced it. A wheel that
    Fromager's folders already have was checked as it was copied there. The error becomes that of the outcome.

    Args:
        outcome: the outcome, which is changed.
        graph: the graph with all packages.
        nodes: the packages.
        repos: Fromager's folders.
    """
    problems = []
    for node in nodes:
        for wheel in outcome.of(node, "wheel")[:1]:
            if repos.has(wheel, node.is_published):
                continue
            requires = frozenset(install_requires(graph, node))
            problem = problem_of_planned(wheel, node.name, node.version, requires, node.pre_built)
            if problem is not None:
                problems.append(problem)
                outcome.failed.add(folder(node.name, node.version))
                del outcome.files[folder(node.name, node.version)]["wheel"]
    if problems:
        earlier = f"{outcome.error}\n" if outcome.error else ""
        outcome.error = BuildError(earlier + listed("wheels are not collected", problems))


def keep_failed_logs(outcome: Outcome, nodes: Iterable[Node], work_dir: Path) -> dict[str, Path]:
    """Copy the logs of failed packages to the work directory. They replace logs of earlier builds.

    Returns:
        The paths of the copies, by the graph's key. A package whose source could not be fetched has no log.

    Raises:
        WriteError: a file can't be written.
    """
    kept = {}
    for node in nodes:
        where = folder(node.name, node.version)
        log = outcome.failed_logs.get(where)
        if outcome.has_failed(node) and log is not None and log.is_file():
            kept[node.key] = _keep_log(log, node, work_dir)
    return kept


def _keep_log(log: Path, node: Node, work_dir: Path) -> Path:
    """Copy a log to the two places at which Fromager writes it, and return the one among the logs of all packages."""
    name = f"{override_name(node.name)}-{node.version}"
    copy(log, work_dir / name / "build.log")
    return copy(log, work_dir / LOGS / f"{name}.log")


def summary_texts(collected: Sequence[Collected], missing: Sequence[Node] = ()) -> dict[str, str]:
    """Return the texts of the summary's files, by name.

    Args:
        collected: the built packages.
        missing: packages that were not built. They are only in the Markdown file, because the JSON format of Fromager
            has no field for them.
    """
    rows = [one.row() for one in collected]
    lines = [
        "# Build Summary",
        "",
        counted(len(rows), "package"),
        "",
        "| package | version | wheel |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {row['name']} | {row['version']} | {row['wheel_filename']} |" for row in rows]
    lines += ["", "Not built:", "", *(f"- {node}" for node in missing)] if missing else []
    return {f"{SUMMARY}.json": json.dumps(rows, indent=2) + "\n", f"{SUMMARY}.md": "\n".join(lines) + "\n"}
