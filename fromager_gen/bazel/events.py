"""Read Bazel's build event protocol, as far as it concerns packages.

The events are build_event_stream.proto in its JSON form. Unknown events and fields are ignored.
See https://bazel.build/remote/bep.
"""

import json
import logging
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fromager_gen.contract import ACTIONS, BACKEND_TARGETS, PACKAGES

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_LABEL = re.compile(rf"//{PACKAGES}/([^/]+)/([^/:]+):(\w+)$")
_PROGRESS_LINE = re.compile(r"\[[\d,]+ / [\d,]+\] (.*)")
# The traceback that Bazel writes before the error of a rule. It helps only authors of rules, so it is not shown.
_STARLARK = re.compile(r"[^\n]*\n\s*Traceback \(most recent call last\):\n(?:[ \t]++[^\n]*\n)+Error in fail: ")
_NOISE = (
    "Analyzing:", "Loading:", "Computing main repo", "INFO: ", "Use --sandbox_debug", "Use --verbose_failures",
    # Options of the generated .bazelrc, and of this package, that some releases can't do without.
    "WARNING: Option 'remote_local_fallback_strategy' is deprecated",
    "WARNING: Option 'experimental_execution_log_compact_file' is deprecated",
)  # fmt: skip
# Consequences of an error that was already shown. Bazel writes them once for each affected target.
_CONSEQUENCE = re.compile(
    r"(FAILED:|Analysis failed|ERROR: \S+ Analysis of target '[^']+' failed"
    r"|WARNING: errors encountered while analyzing target .*"
    r"|ERROR: command succeeded, but .*|ERROR: Build did NOT complete successfully)\s*"
)
# Mnemonics of the actions that produce the main output of a target, and not the outputs that other targets use.
_MAKING = {ACTIONS[name][0] for name in ("ask", "prebuilt", "wheel")}
_LOCKED = b"Another command"
_WAITING = "waiting: another Bazel is running in this workspace, or the build of a killed run has not ended yet"
_DOING = re.compile(rf"(?:{'|'.join(verb for _, verb in ACTIONS.values())})\b[^;]*(?:; \d+s)?")


@dataclass(frozen=True)
class TargetDone:
    """A requested target is complete."""

    folder: str
    target: str
    files: dict[str, list[Path]]
    """The target's files by output group."""
    was_there: bool
    """Whether the output of a backend was up to date before this build: its action did not run and was not a cache
    hit. Always false for other targets, which may not have an action."""


@dataclass(frozen=True)
class TargetFailed:
    """An action of a package failed."""

    folder: str


@dataclass(frozen=True)
class Running:
    """The action that Bazel is running, such as ``Building cython 3.3.1; 12s``."""

    what: str


@dataclass(frozen=True)
class Message:
    """Lines that Bazel wrote for the user: errors and warnings."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The build has ended."""

    runners: dict[str, int]
    """Number of actions by the name that Bazel gives to their runner, such as a sandbox or a cache."""


@dataclass(frozen=True)
class Started:
    """The build has started, and Bazel has read its options."""

    disk_cache: Path | None
    """Folder of the disk cache; None without one."""


Event = TargetDone | TargetFailed | Running | Message | Started | Finished


def follow(path: Path, errors: Path, ended: threading.Event) -> Iterator[Event]:
    """Yield the events in a file that Bazel writes, until Bazel has ended and the whole file is read.

    Args:
        path: the file.
        errors: file with the standard error of Bazel, which contains a note if Bazel waits for another Bazel.
        ended: is set when Bazel has ended.
    """
    reader = EventReader()
    buffer = b""
    begun = False
    with path.open("rb") as file:
        while True:
            over = ended.is_set()
            chunk = file.read()
            if not begun and (chunk or _LOCKED in errors.read_bytes()):
                begun = True
                if not chunk:
                    yield Message(_WAITING)
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                yield from reader.read(line)
            if not chunk:
                if over:
                    return
                ended.wait(_POLL_SECONDS)


class EventReader:
    """Reads the protocol line by line.

    File sets come before the targets that refer to them, and an action comes before its target.
    """

    def __init__(self) -> None:
        """Create a reader without file sets."""
        self._sets: dict[str, list[Path]] = {}
        self._made: set[str] = set()

    def read(self, line: bytes) -> Iterator[Event]:
        """Yield the events of packages in one line."""
        try:
            event = json.loads(line)
        except ValueError as err:
            _log.debug("an event of Bazel is ignored: %s", err)
            return
        kind = next(iter(event.get("id", {})), "")
        if kind == "progress":
            yield from _progress(event.get("progress", {}).get("stderr", ""))
        elif kind == "optionsParsed":
            yield Started(_disk_cache(event.get("optionsParsed", {}).get("cmdLine", [])))
        elif kind == "namedSet":
            self._sets[event["id"][kind]["id"]] = self._files(event.get("namedSetOfFiles", {}))
        elif kind == "targetCompleted":
            yield from self._target(event)
        elif kind == "actionCompleted":
            yield from self._action(event)
        elif kind == "buildMetrics":
            counts = event["buildMetrics"].get("actionSummary", {}).get("runnerCount", [])
            yield Finished({row["name"]: int(row.get("count", 0)) for row in counts})

    def _files(self, named: dict[str, Any]) -> list[Path]:
        files = [Path(unquote(urlsplit(file.get("uri", "")).path)) for file in named.get("files", [])]
        for inner in named.get("fileSets", []):
            files += self._sets.get(inner["id"], [])
        return files

    def _action(self, event: dict[str, Any]) -> Iterator[Event]:
        label = event["id"]["actionCompleted"].get("label", "")
        action = event.get("action", {})
        if action.get("type") in _MAKING:
            self._made.add(label)
        found = _LABEL.search(label)
        if found and not action.get("success"):
            yield TargetFailed(f"{PACKAGES}/{found[1]}/{found[2]}")

    def _target(self, event: dict[str, Any]) -> Iterator[Event]:
        label = event["id"]["targetCompleted"].get("label", "")
        found = _LABEL.search(label)
        completed = event.get("completed", {})
        if found and completed.get("success"):
            groups = {
                group["name"]: [path for file_set in group.get("fileSets", []) for path in self._sets[file_set["id"]]]
                for group in completed.get("outputGroup", [])
            }
            was_there = found[3] in BACKEND_TARGETS and label not in self._made
            yield TargetDone(f"{PACKAGES}/{found[1]}/{found[2]}", found[3], groups, was_there)


def _disk_cache(options: Sequence[str]) -> Path | None:
    start = "--disk_cache="
    folders = [option.removeprefix(start) for option in options if option.startswith(start)]
    return Path(folders[-1]) if folders and folders[-1] else None


def _progress(text: str) -> Iterator[Event]:
    """Split the output of Bazel into progress lines, for the bar, and messages, for the user."""
    kept = []
    for line in text.splitlines():
        found = _PROGRESS_LINE.match(line)
        if found:
            doing = _DOING.search(found[1])
            if doing:
                yield Running(doing[0])
        elif line.strip() and not line.startswith(_NOISE) and not _CONSEQUENCE.fullmatch(line):
            kept.append(line)
    if kept:
        yield Message(_STARLARK.sub("ERROR: ", "\n".join(kept)))
