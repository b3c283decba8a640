"""Build targets of packages in a workspace, and keep the result of each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fromager_gen.bazel.damage import DamagedFiles
from fromager_gen.bazel.events import Event, Finished, Message, Running, Started, TargetDone, TargetFailed
from fromager_gen.bazel.program import Bazel
from fromager_gen.contract import LOG_NOTE, PACKAGES
from fromager_gen.errors import BuildError
from fromager_gen.graph import Node
from fromager_gen.names import folder, label
from fromager_gen.terminal import BuildProgress

_FAILED = re.compile(rf"{LOG_NOTE}(?P<log>bazel-out/(?:(?!\.\.)\S)*?/(?P<where>{PACKAGES}/[^/\s]+/[^/\s]+)/\w+\.log)")
# Targets of a package whose files are copied to Fromager's folders. A package is done with the last one.
COLLECTED = ("sdist", "rebuilt_sdist", "wheel")


def targets_of(node: Node, targets: Sequence[str] = COLLECTED) -> list[str]:
    """Return those of the given targets that a package has. A pre-built package has only a wheel."""
    return [target for target in targets if target == "wheel" or not node.pre_built]


@dataclass
class Outcome:
    """The result of a build."""

    files: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    """Files by package folder and target."""
    logs: dict[str, list[Path]] = field(default_factory=dict)
    of_plugins: dict[str, list[Path]] = field(default_factory=dict)
    """Files of the plugins that took part: their logs, and what they wrote to the work directory."""
    failed: set[str] = field(default_factory=set)
    """Packages that had a failed action."""
    failed_logs: dict[str, Path] = field(default_factory=dict)
    """Logs named in messages, by package. Untrusted: a build can print text that looks like such a message."""
    runners: dict[str, int] = field(default_factory=dict)
    error: BuildError | None = None

    def of(self, node: Node, target: str) -> list[Path]:
        """Return the files of a target of one package, or an empty list if it was not built."""
        return self.files.get(folder(node.name, node.version), {}).get(target, [])

    def add(self, where: str, target: str, files: Mapping[str, list[Path]]) -> None:
        """Add the files of a target, by output group."""
        self.files.setdefault(where, {})[target] = files.get("default", [])
        for group, kept in (("log", self.logs), ("plugin", self.of_plugins)):
            kept.setdefault(where, []).extend(files.get(group, []))

    def has_failed(self, node: Node) -> bool:
        """Return whether an action of a package failed."""
        return folder(node.name, node.version) in self.failed


def build(
    bazel: Bazel, nodes: Sequence[Node], targets: Sequence[str], options: Sequence[str], progress: BuildProgress
) -> Outcome:
    """Build the same targets of several packages.

    Args:
        bazel: the program and its workspace.
        nodes: the packages.
        targets: names of targets. A package is done with the last one. A pre-built package has only a wheel.
        options: further options of `bazel build`.
        progress: receives the events of the build.

    Returns:
        The outcome, which contains the error if the build failed.
    """
    sourceless = [str(node) for node in nodes if node.pre_built and "wheel" not in targets]
    if sourceless:
        raise BuildError(f"pre-built packages are published wheels and have no source: {', '.join(sourceless)}")
    wanted = [(node, target) for node in nodes for target in targets_of(node, targets)]
    return build_targets(bazel, wanted, options, progress, counted=targets[-1:])


def build_targets(
    bazel: Bazel,
    wanted: Sequence[tuple[Node, str]],
    options: Sequence[str],
    progress: BuildProgress,
    counted: Sequence[str] = (),
) -> Outcome:
    """Build a given target for each package.

    Args:
        bazel: the program and its workspace.
        wanted: pairs of a package and the name of its target.
        options: further options of `bazel build`.
        progress: receives the events of the build.
        counted: targets with which a package is done. If empty, each target counts.

    Returns:
        The outcome, which contains the error if the build failed.
    """
    names = {folder(node.name, node.version): str(node) for node, _ in wanted}
    outcome = Outcome()
    damaged = DamagedFiles()
    done = 0

    def on_event(event: Event) -> None:
        nonlocal done
        match event:
            case TargetDone(where, target, files, was_there):
                outcome.add(where, target, files)
                if not counted or target in counted:
                    done += 1
                    progress.done(names.get(where, where), done, was_there)
            case TargetFailed(where):
                outcome.failed.add(where)
                progress.failed(names.get(where, where))
            case Running(what):
                progress.running(what)
            case Started(disk_cache):
                done = 0  # a retry begins again
                # Bazel resolves a relative folder in its workspace.
                place = bazel.workspace.absolute() / disk_cache if disk_cache else None
                damaged.disk_cache = bazel.result_times.disk_cache = place
            case Message(text):
                # Actions write paths relative to the workspace, but the user's current folder is another one.
                workspace = bazel.workspace.absolute()
                outcome.failed_logs.update(
                    {found["where"]: workspace / found["log"] for found in _FAILED.finditer(text)}
                )
                progress.say(damaged.reported(text).replace(LOG_NOTE, f"{LOG_NOTE}{workspace}/"))
            case Finished(runners):
                outcome.runners = runners

    try:
        labels = [label(node.name, node.version, target) for node, target in wanted]
        bazel.build(labels, ["--output_groups=+log,+plugin", *options], on_event)
    except BuildError as err:
        outcome.error = err
    return outcome
