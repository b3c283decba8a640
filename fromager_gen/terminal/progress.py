"""Progress for the user: a bar on a terminal, or a line for each phase and each built package in a log."""

import logging
import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from fromager_gen.terminal.messages import log_shown, say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

_log = logging.getLogger(__name__)
# In seconds. Without output for longer than this, a build appears to hang, and some CI systems end it.
_SILENCE = 60


class Progress(Protocol):
    """Progress of work that consists of consecutive phases, each with a number of items."""

    def begin(self, what: str, total: int) -> None:
        """Begin a phase with ``total`` items, or 0 for a phase without items."""

    def done(self, item: str) -> None:
        """Report that an item of the phase is done."""

    def read(self, size: int) -> None:
        """Report the number of bytes that were received."""

    def say(self, text: str) -> None:
        """Show a line to the user."""


class BuildProgress(Protocol):
    """Progress of a build by Bazel."""

    def done(self, package: str, count: int, was_there: bool) -> None:
        """Report that a package is done.

        Args:
            package: its name and version.
            count: number of packages that are done, including this one.
            was_there: whether the package was up to date before this build.
        """

    def failed(self, package: str) -> None:
        """Report that a package could not be built."""

    def running(self, what: str) -> None:
        """Show the action that Bazel is running."""

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
    """A bar on a terminal with lines above it. In a log, only the lines are shown."""

    def __init__(self, what: str, total: int, item: str = "") -> None:
        self._progress = _progress(what) if sys.stderr.isatty() else None
        if self._progress is not None:
            self._task = self._progress.add_task(what, total=total, item=item)
            self._progress.start()

    @property
    def shows(self) -> bool:
        """Whether the bar is shown, because standard error is a terminal."""
        return self._progress is not None

    def update(self, **fields: Any) -> None:
        """Update the bar. The fields are those of `Progress.update` in rich."""
        if self._progress is not None:
            self._progress.update(self._task, **fields)

    def say(self, text: str) -> None:
        """Print lines above the bar."""
        if self._progress is not None:
            self._progress.console.print(text)
            log_shown(text)
        else:
            say(text)

    def end(self) -> None:
        """Stop updating the bar and leave it on the screen."""
        if self._progress is not None:
            self._progress.stop()


def _progress(what: str) -> "RichProgress":
    # Not needed for a log. Importing rich takes longer than a whole run without changes.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn  # noqa: PLC0415
    from rich.progress import Progress as RichProgress  # noqa: PLC0415

    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[item]}", markup=False)
    return RichProgress(*columns, console=Console(stderr=True, highlight=False, markup=False, soft_wrap=True))


class Phases:
    """Shows each phase with its own bar: the number of items that are done, and the number of bytes received."""

    def __init__(self) -> None:
        """Create progress without a phase."""
        self._bar: _Bar | None = None
        self._bytes = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "Phases":
        """Return this object. No bar is shown before the first phase."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the current phase."""
        self.end()

    def begin(self, what: str, total: int) -> None:
        """End the previous phase, and begin a phase with ``total`` items, or 0 for a phase without items."""
        self.end()
        self._bytes = 0
        self._bar = _Bar(what, total)
        if not self._bar.shows:
            self._bar.say(f"{what}: {total}" if total else what)

    def done(self, item: str) -> None:
        """Report that an item of the phase is done."""
        if self._bar is not None:
            self._bar.update(advance=1, item=item)

    def read(self, size: int) -> None:
        """Report the number of bytes that were received."""
        with self._lock:
            self._bytes += size
        if self._bar is not None:
            self._bar.update(item=f"{self._bytes / 1e6:.1f} MB")

    def say(self, text: str) -> None:
        """End the phase and show a line to the user."""
        self.end()
        say(text)

    def end(self) -> None:
        """End the phase, so that another progress bar can be shown."""
        if self._bar is not None:
            self._bar.end()
            self._bar = None


class Builds:
    """Shows the number of built packages, the total, and the action that Bazel is running."""

    def __init__(self, total: int, what: str = "building") -> None:
        """Create progress of a build.

        Args:
            total: number of packages.
            what: label of the bar.
        """
        self._total = total
        self._what = what

    def __enter__(self) -> "Builds":
        """Show the bar."""
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
        """Report that a package could not be built."""
        self.say(f"FAILED {package}")

    def running(self, what: str) -> None:
        """Show the action that Bazel is running. In a log, show it only after a while without output."""
        self._bar.update(item=what)
        if not self._bar.shows and time.monotonic() - self._printed > _SILENCE:
            self._print(f"... {what}")

    def say(self, text: str) -> None:
        """Show lines to the user."""
        self._print(text)

    def _print(self, text: str) -> None:
        self._bar.say(text)
        self._printed = time.monotonic()


class QuietBuilds(Builds):
    """Shows a build in which targets may fail, because they were requested speculatively.

    Errors are kept until the build ends. Only then is it known whether a target failed that is really needed.
    """

    def __enter__(self) -> "QuietBuilds":
        """Show the bar."""
        super().__enter__()
        self._kept: list[str] = []
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar. If the build was interrupted, show the kept errors."""
        if kind is not None:
            self.end(matters=True)
        super().__exit__(kind, error, trace)

    def failed(self, package: str) -> None:
        """Keep the report that a package could not be built."""
        self._kept.append(f"FAILED {package}")

    def say(self, text: str) -> None:
        """Show warnings, and keep errors with the lines of their logs."""
        rest: list[str] = []
        for line in text.splitlines():
            if line.startswith("WARNING: ") and not rest:
                self._print(line)
            else:
                rest.append(line)
        if rest:
            self._kept.append("\n".join(rest))

    def end(self, matters: bool) -> None:
        """Show the kept errors if they matter, otherwise write them to the log, which `-v` shows."""
        for text in self._kept:
            if matters:
                self._print(text)
            else:
                _log.info("%s", text)
        self._kept = []


class Repeated(QuietBuilds):
    """Shows queries of an earlier run that are repeated. Only a new answer gets a line."""

    def done(self, package: str, count: int, was_there: bool) -> None:
        """Report that a query was answered. Most answers are those of the earlier run."""
        if was_there:
            self._bar.update(completed=count)
        else:
            super().done(package, count, was_there)
