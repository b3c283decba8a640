"""Build packages of a workspace and put what comes of it into Fromager's folders."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fromager_gen.build.bazel import Bazel
from fromager_gen.build.events import Event, Finished, Message, Running, TargetDone, TargetFailed
from fromager_gen.build.repos import Repos, copy
from fromager_gen.errors import BuildError
from fromager_gen.graph import Node
from fromager_gen.names import folder, label, override_name

SUMMARY = "build-sequence-summary"
# What an action writes before the path of a failed build's log.
_LOG = "The whole log: "
_FAILED = re.compile(rf"{_LOG}(?P<log>bazel-out/(?:(?!\.\.)\S)*?/(?P<where>packages/[^/\s]+/[^/\s]+)/\w+\.log)")
# The targets of a package whose files go into Fromager's folders; with the last one it is done.
COLLECTED = ("sdist", "rebuilt_sdist", "wheel")


class Progress(Protocol):
    """What a build tells of itself while it runs."""

    def done(self, package: str, count: int, was_there: bool) -> None:
        """A package's wheel is there, the so-manieth; it may have been before."""

    def failed(self, package: str) -> None:
        """A package could not be built."""

    def running(self, what: str) -> None:
        """What Bazel is doing now."""

    def say(self, text: str) -> None:
        """Lines for the user."""


def targets_of(node: Node, targets: Sequence[str] = COLLECTED) -> list[str]:
    """Return which of some targets a package has: a pre-built one is its wheel alone."""
    return [target for target in targets if target == "wheel" or not node.pre_built]


@dataclass
class Outcome:
    """What a build made: files by target, by package."""

    files: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    logs: dict[str, list[Path]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    """Packages of which an action failed."""
    failed_logs: dict[str, Path] = field(default_factory=dict)
    """Logs that messages name, by package; a build can print what looks like such a message."""
    runners: dict[str, int] = field(default_factory=dict)
    error: BuildError | None = None

    def of(self, node: Node, target: str) -> list[Path]:
        """Return the files of one package's target, none where it was not built."""
        return self.files.get(folder(node.name, node.version), {}).get(target, [])

    def has_failed(self, node: Node) -> bool:
        """Tell whether an action of a package failed."""
        return folder(node.name, node.version) in self.failed


def build(
    bazel: Bazel, nodes: Sequence[Node], targets: Sequence[str], options: Sequence[str], progress: Progress
) -> Outcome:
    """Build the same targets of several packages.

    Args:
        bazel: the program and its workspace.
        nodes: the packages.
        targets: names of targets, a package counts as done with the last one; of a pre-built one only its wheel is one.
        options: further options of `bazel build`.
        progress: is told what happens.

    Returns:
        What was built, with the error where something could not be.
    """
    sourceless = [str(node) for node in nodes if node.pre_built and "wheel" not in targets]
    if sourceless:
        raise BuildError(f"{', '.join(sourceless)} is pre-built: it is taken as a published wheel and has no source")
    wanted = [(node, target) for node in nodes for target in targets_of(node, targets)]
    return build_targets(bazel, wanted, options, progress, counted=targets[-1:])


def build_targets(
    bazel: Bazel,
    wanted: Sequence[tuple[Node, str]],
    options: Sequence[str],
    progress: Progress,
    counted: Sequence[str] = (),
) -> Outcome:
    """Build targets of packages, each its own.

    Args:
        bazel: the program and its workspace.
        wanted: packages with the names of their targets.
        options: further options of `bazel build`.
        progress: is told what happens.
        counted: targets with which a package counts as done; all of them where none is named.

    Returns:
        What was built, with the error where something could not be.
    """
    names = {folder(node.name, node.version): str(node) for node, _ in wanted}
    outcome = Outcome()
    done = 0

    def on_event(event: Event) -> None:
        nonlocal done
        match event:
            case TargetDone(where, target, files, was_there):
                outcome.files.setdefault(where, {})[target] = files.get("default", [])
                outcome.logs.setdefault(where, []).extend(files.get("log", []))
                if not counted or target in counted:
                    done += 1
                    progress.done(names.get(where, where), done, was_there)
            case TargetFailed(where):
                outcome.failed.add(where)
                progress.failed(names.get(where, where))
            case Running(what):
                progress.running(what)
            case Message(text):
                # An action knows its files from the workspace; who reads this is elsewhere.
                workspace = bazel.workspace.absolute()
                outcome.failed_logs.update(
                    {found["where"]: workspace / found["log"] for found in _FAILED.finditer(text)}
                )
                progress.say(text.replace(_LOG, f"{_LOG}{workspace}/"))
            case Finished(runners):
                outcome.runners = runners

    try:
        labels = [label(node.name, node.version, target) for node, target in wanted]
        bazel.build(labels, ["--output_groups=+log", *options], on_event)
    except BuildError as err:
        outcome.error = err
    return outcome


@dataclass(frozen=True)
class Collected:
    """One package's wheel in Fromager's folders."""

    node: Node
    wheel: Path
    skipped: bool

    def row(self) -> dict[str, object]:
        """Return a summary's row, as Fromager writes it."""
        return {
            "name": self.node.name,
            "version": self.node.version,
            "prebuilt": self.node.pre_built,
            "download_url": self.node.url,
            "wheel_filename": self.wheel.name,
            "skipped": self.skipped,
        }


def collect(outcome: Outcome, nodes: Iterable[Node], repos: Repos, logs: Path) -> list[Collected]:
    """Copy wheels, sdists and logs of what was built out of Bazel's outputs.

    Raises:
        BuildError: something can't be written.
    """
    collected = []
    for node in nodes:
        built = outcome.of(node, "wheel")
        if not built:
            continue
        present = repos.has(built[0], node.pre_built)
        (wheel,) = repos.add_wheels(built[:1], frozenset({node.name} if node.pre_built else ()))
        repos.add_sdists(outcome.of(node, "sdist"), "downloads")
        repos.add_sdists(outcome.of(node, "rebuilt_sdist"), "builds")
        for log in outcome.logs.get(folder(node.name, node.version), []):
            copy(log, _log_of(node, logs))
        collected.append(Collected(node, wheel, present))
    return collected


def keep_failed_logs(outcome: Outcome, nodes: Iterable[Node], logs: Path) -> dict[str, Path]:
    """Copy the logs of what could not be built to where those of wheels go: in place of a build that went well.

    Returns:
        Where they are now, by the graph's key; a source that could not be fetched has none.

    Raises:
        BuildError: something can't be written.
    """
    kept = {}
    for node in nodes:
        where = folder(node.name, node.version)
        log = outcome.failed_logs.get(where)
        if outcome.has_failed(node) and log is not None and log.is_file():
            kept[node.key] = copy(log, _log_of(node, logs))
    return kept


def _log_of(node: Node, logs: Path) -> Path:
    return logs / f"{override_name(node.name)}-{node.version}.log"


def summary_texts(collected: Sequence[Collected], missing: Sequence[Node] = ()) -> dict[str, str]:
    """Return the summary's files, by name.

    Args:
        collected: what is there.
        missing: what was to be built and is not there; Fromager's own form has no place for it but in the text.
    """
    rows = [one.row() for one in collected]
    lines = [
        "# Build Summary",
        "",
        f"{len(rows)} package{'' if len(rows) == 1 else 's'}",
        "",
        "| package | version | wheel |",
        "| --- | --- | --- |",
    ]
    lines += [f"| {row['name']} | {row['version']} | {row['wheel_filename']} |" for row in rows]
    lines += ["", "Not built:", "", *(f"- {node}" for node in missing)] if missing else []
    return {f"{SUMMARY}.json": json.dumps(rows, indent=2) + "\n", f"{SUMMARY}.md": "\n".join(lines) + "\n"}
