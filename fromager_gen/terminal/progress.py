"""Progress that a person can follow: a bar on a terminal, in a log a line for each phase and each package built."""

import logging
import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from fromager_gen.terminal.messages import say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_log = logging.getLogger(__name__)
# A log that stands still for longer than this looks like a build that hangs, and some CI ends it.
_SILENCE = 60


class Progress(Protocol):
    """Work in phases, one after the other, each of so many items."""

    def begin(self, what: str, total: int) -> None:
        """Begin a phase of ``total`` items; 0 where the phase has none."""

    def done(self, item: str) -> None:
        """An item of the phase is done."""

    def read(self, size: int) -> None:
        """So many bytes were received."""

    def say(self, text: str) -> None:
        """Show a line to the user."""


class BuildProgress(Protocol):
    """A build by Bazel while it runs."""

    def done(self, package: str, count: int, was_there: bool) -> None:
        """A package is done.

        Args:
            package: its name and version.
            count: how many are done with this one.
            was_there: whether it was up to date before this build.
        """

    def failed(self, package: str) -> None:
        """A package could not be built."""

    def running(self, what: str) -> None:
        """Show what Bazel is doing now."""

    def say(self, text: str) -> None:
        """Show lines to the user."""


class Silent:
    """Progress that is not shown."""

    def begin(self, what: str, total: int) -> None:
        """Do nothing."""

    def done(self, item: str) -> None:
        """Do nothing."""

    def read(self, size: int) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Do nothing."""


class _Bar:
    """One bar on a terminal with lines above it; in a log, the lines alone."""

    def __init__(self, what: str, total: int, item: str = "") -> None:
        self._progress = _progress(what) if sys.stderr.isatty() else None
        if self._progress is not None:
            self._task = self._progress.add_task(what, total=total, item=item)
            self._progress.start()

    @property
    def shows(self) -> bool:
        """Whether there is a terminal to show it on."""
        return self._progress is not None

    def update(self, **fields: Any) -> None:
        """Show what rich's `Progress.update` is given."""
        if self._progress is not None:
            self._progress.update(self._task, **fields)

    def say(self, text: str) -> None:
        """Print lines above the bar."""
        if self._progress is not None:
            self._progress.console.print(text)
        else:
            say(text)

    def end(self) -> None:
        """Leave the bar as it is."""
        if self._progress is not None:
            self._progress.stop()


def _progress(what: str) -> "RichProgress":
    # A log needs no rich, which takes longer to import than a run takes in which nothing changed.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as RichProgress  # noqa: PLC0415

    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[item]}", markup=False)
    return RichProgress(*columns, console=Console(stderr=True, highlight=False, markup=False, soft_wrap=True))


class Phases:
    """Shows one phase after the other, each with a bar of its own: how many items are done, and what comes in."""

    def __init__(self) -> None:
        """Begin with none."""
        self._bar: _Bar | None = None
        self._bytes = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "Phases":
        """Show nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the last phase."""
        self.end()

    def begin(self, what: str, total: int) -> None:
        """End the phase before and begin one with so many items; 0 is a phase that has none."""
        self.end()
        self._bytes = 0
        self._bar = _Bar(what, total)
        if not self._bar.shows:
            self._bar.say(f"{what}: {total}" if total else what)

    def done(self, item: str) -> None:
        """An item of the phase is done."""
        if self._bar is not None:
            self._bar.update(advance=1, item=item)

    def read(self, size: int) -> None:
        """So many bytes came."""
        with self._lock:
            self._bytes += size
        if self._bar is not None:
            self._bar.update(item=f"{self._bytes / 1e6:.1f} MB")

    def say(self, text: str) -> None:
        """A line for the user."""
        self.end()
        say(text)

    def end(self) -> None:
        """End the phase, so that something else may show its progress."""
        if self._bar is not None:
            self._bar.end()
            self._bar = None


class Builds:
    """Shows how many packages are built, of how many, and what Bazel is doing."""

    def __init__(self, total: int, what: str = "building") -> None:
        """Take how many packages there are."""
        self._total = total
        self._what = what

    def __enter__(self) -> "Builds":
        """Begin to show."""
        self._bar = _Bar(self._what, self._total, "waiting for Bazel")
        self._printed = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar."""
        self._bar.end()

    def done(self, package: str, count: int, was_there: bool) -> None:
        """Show that a package is done."""
        self._bar.update(completed=count)
        self._print(f"[{count}/{self._total}] {package}{' (up to date)' if was_there else ''}")

    def failed(self, package: str) -> None:
        """A package could not be built."""
        self.say(f"FAILED {package}")

    def running(self, what: str) -> None:
        """What Bazel is doing now: in a log only where it has been still for a while."""
        self._bar.update(item=what)
        if not self._bar.shows and time.monotonic() - self._printed > _SILENCE:
            self._print(f"... {what}")

    def say(self, text: str) -> None:
        """Lines for the user."""
        self._print(text)

    def _print(self, text: str) -> None:
        self._bar.say(text)
        self._printed = time.monotonic()


class QuietBuilds(Builds):
    """Shows a build in which targets may fail, since they are asked for on a guess.

    Errors are kept until the build is over: only then is it known whether a target failed that must not.
    """

    def __enter__(self) -> "QuietBuilds":
        """Begin to show."""
        super().__enter__()
        self._kept: list[str] = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar; where the build was interrupted, show what was kept."""
        if kind is not None:
            self.end(matters=True)
        super().__exit__(kind, error, trace)

    def failed(self, package: str) -> None:
        """Keep that a package could not be built."""
        self._kept.append(f"FAILED {package}")

    def say(self, text: str) -> None:
        """Show warnings; keep errors, with the lines of their logs."""
        rest: list[str] = []
        for line in text.splitlines():
            if line.startswith("WARNING: ") and not rest:
                self._print(line)
            else:
                rest.append(line)
        if rest:
            self._kept.append("\n".join(rest))

    def end(self, matters: bool) -> None:
        """Show what was kept, or hand it to the log of who asks for more (`-v`) where it does not matter."""
        for text in self._kept:
            if matters:
                self._print(text)
            else:
                _log.info("%s", text)
        self._kept = []


class Repeated(QuietBuilds):
    """Shows questions of an earlier run that are asked again; only a new answer gets a line."""

    def done(self, package: str, count: int, was_there: bool) -> None:
        """Show that a package has answered; most have before."""
        if was_there:
            self._bar.update(completed=count)
        else:
            super().done(package, count, was_there)
