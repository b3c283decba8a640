"""Bazel's build event protocol, as far as packages are concerned.

Source: the fields of build_event_stream.proto in its JSON form, read leniently: an unknown event is none of ours.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_POLL_SECONDS = 0.1
_LABEL = re.compile(r"//packages/([^/]+)/([^/:]+):")
_RUNNING = re.compile(r"\[[\d,]+ / [\d,]+\] (?:\d+ / \d+ tests[^;]*;)? ?(.*)")
_ACTION = re.compile(r"(Building|Patching|Vendoring \d+ crates into) (\S+ \S+);? ?(\d+s)?")


@dataclass(frozen=True)
class PackageDone:
    """A package's wheel is there: built now, or found in Bazel's outputs or a cache."""

    name: str
    version: str
    built: bool


@dataclass(frozen=True)
class PackageFailed:
    """A package's wheel could not be made."""

    name: str
    version: str


@dataclass(frozen=True)
class Running:
    """What Bazel says it is doing now, such as ``Building cython 3.3.1``."""

    what: str


@dataclass(frozen=True)
class Message:
    """Lines that Bazel wrote for the user: errors and warnings."""

    text: str


@dataclass(frozen=True)
class Finished:
    """The build is over; how many actions were answered how, by Bazel's own names."""

    runners: dict[str, int]


Event = PackageDone | PackageFailed | Running | Message | Finished


def follow(path: Path, ended: threading.Event) -> Iterator[Event]:
    """Yield events of a file that Bazel writes, until Bazel has ended and the file is read."""
    buffer = b""
    with path.open("rb") as file:
        while True:
            over = ended.is_set()
            chunk = file.read()
            buffer += chunk
            *lines, buffer = buffer.split(b"\n")
            for line in lines:
                yield from parse(line)
            if over and not chunk:
                return
            if not chunk:
                time.sleep(_POLL_SECONDS)


def parse(line: bytes) -> Iterator[Event]:
    """Yield what one line of the protocol says of packages."""
    try:
        event = json.loads(line)
    except ValueError:
        return
    kind = next(iter(event.get("id", {})), "")
    if kind == "progress":
        yield from _progress(event.get("progress", {}).get("stderr", ""))
    elif kind == "targetCompleted":
        yield from _target(event)
    elif kind == "actionCompleted" and not event.get("action", {}).get("success"):
        yield from _package(event["id"][kind].get("label", ""), PackageFailed)
    elif kind == "buildMetrics":
        counts = event["buildMetrics"].get("actionSummary", {}).get("runnerCount", [])
        yield Finished({row["name"]: int(row.get("count", 0)) for row in counts})


def _target(event: dict[str, Any]) -> Iterator[Event]:
    label = event["id"]["targetCompleted"].get("label", "")
    if event.get("completed", {}).get("success"):
        yield from _package(label, lambda name, version: PackageDone(name, version, built=True))


def _package(label: str, make: Any) -> Iterator[Event]:
    found = _LABEL.search(label)
    if found:
        yield make(found[1], found[2].replace("_", "+").replace("-", "!"))


def _progress(text: str) -> Iterator[Event]:
    """Split Bazel's own output: its progress lines are for the bar, the rest is for the user."""
    kept = []
    for line in text.splitlines():
        found = _RUNNING.match(line)
        if found:
            running = _ACTION.search(found[1])
            yield Running(running[0].rstrip(";") if running else found[1])
        elif line.strip() and not line.startswith(("Analyzing:", "Loading:", "Computing main repo", "INFO: ")):
            kept.append(line)
    if kept:
        yield Message("\n".join(kept))
