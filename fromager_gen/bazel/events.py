"""Bazel's build event protocol, as far as packages are concerned.

Source: the fields of build_event_stream.proto in its JSON form, read leniently: an unknown event is none of ours.
"""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fromager_gen.contract import ACTIONS, BACKEND_TARGETS, PACKAGES

_POLL_SECONDS = 0.1
_LABEL = re.compile(rf"//{PACKAGES}/([^/]+)/([^/:]+):(\w+)$")
_PROGRESS_LINE = re.compile(r"\[[\d,]+ / [\d,]+\] (.*)")
# What Bazel writes around an error of a rule, for those who wrote the rule: the user is told what it says.
_STARLARK = re.compile(r"[^\n]*\n\s*Traceback \(most recent call last\):\n(?:[ \t]++[^\n]*\n)+Error in fail: ")
_NOISE = ("Analyzing:", "Loading:", "Computing main repo", "INFO: ", "Use --sandbox_debug", "Use --verbose_failures")
# What follows from an error that was told, once for each target that it reaches.
_CONSEQUENCE = re.compile(
    r"(FAILED:|Analysis failed|ERROR: \S+ Analysis of target '[^']+' failed"
    r"|WARNING: errors encountered while analyzing target .*"
    r"|ERROR: command succeeded, but .*|ERROR: Build did NOT complete successfully)\s*"
)
# The actions that make what a package is built for, and not what others take from it.
_MAKING = {ACTIONS[name][0] for name in ("ask", "prebuilt", "wheel")}
_LOCKED = b"Another command"
_WAITING = "another Bazel works in this workspace, or what a killed run began still ends: waiting for it"
_DOING = re.compile(rf"(?:{'|'.join(verb for _, verb in ACTIONS.values())})\b[^;]*(?:; \d+s)?")


@dataclass(frozen=True)
class TargetDone:
    """A target that was asked for is there; its files by output group."""

    folder: str
    target: str
    files: dict[str, list[Path]]
    was_there: bool
    """Whether what a backend makes was up to date before this build: its action neither ran nor was answered by a
    cache. Never so of other targets, which may have no action to tell by."""


@dataclass(frozen=True)
class TargetFailed:
    """An action of a package failed."""

    folder: str


@dataclass(frozen=True)
class Running:
    """What Bazel says it is doing now, such as ``Building cython 3.3.1; 12s``."""

    what: str


@dataclass(frozen=True)
class Message:
    """Lines that Bazel wrote for the user: errors and warnings."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The build is over; how many actions were answered how, by Bazel's own names."""

    runners: dict[str, int]


Event = TargetDone | TargetFailed | Running | Message | Finished


def follow(path: Path, errors: Path, ended: threading.Event) -> Iterator[Event]:
    """Yield events of a file that Bazel writes, until Bazel has ended and the file is read.

    Args:
        path: the file.
        errors: what Bazel writes to its standard error, where it says that it waits for another Bazel.
        ended: set once Bazel has ended.
    """
    reader = Reader()
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


class Reader:
    """Reads the protocol line by line: files come in sets that targets name later, an action before its target."""

    def __init__(self) -> None:
        """Begin with no sets."""
        self._sets: dict[str, list[Path]] = {}
        self._made: set[str] = set()

    def read(self, line: bytes) -> Iterator[Event]:
        """Yield what one line says of packages."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        kind = next(iter(event.get("id", {})), "")
        if kind == "progress":
            yield from _progress(event.get("progress", {}).get("stderr", ""))
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


def _progress(text: str) -> Iterator[Event]:
    """Split Bazel's own output: its progress lines are for the bar, the rest is for the user."""
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
