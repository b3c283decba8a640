"""Build targets of packages in a workspace, and keep what came of each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.bazel.events import Event, Finished, Message, Running, TargetDone, TargetFailed
from fromager_gen.bazel.program import Bazel
from fromager_gen.contract import LOG_NOTE, PACKAGES
from fromager_gen.errors import BuildError
from fromager_gen.graph import Node
from fromager_gen.names import folder, label
from fromager_gen.terminal import BuildProgress

_FAILED = re.compile(rf"{LOG_NOTE}(?P<log>bazel-out/(?:(?!\.\.)\S)*?/(?P<where>{PACKAGES}/[^/\s]+/[^/\s]+)/\w+\.log)")
# The targets of a package whose files go into Fromager's folders; with the last one it is done.
COLLECTED = ("sdist", "rebuilt_sdist", "wheel")


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
    bazel: Bazel, nodes: Sequence[Node], targets: Sequence[str], options: Sequence[str], progress: BuildProgress
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
    progress: BuildProgress,
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
                progress.say(text.replace(LOG_NOTE, f"{LOG_NOTE}{workspace}/"))
            case Finished(runners):
                outcome.runners = runners

    try:
        labels = [label(node.name, node.version, target) for node, target in wanted]
        bazel.build(labels, ["--output_groups=+log", *options], on_event)
    except BuildError as err:
        outcome.error = err
    return outcome
