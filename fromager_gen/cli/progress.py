"""Progress that a person can follow: a bar on a terminal, nothing that scrolls in a log."""

import threading
import time
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from fromager_gen.cli.output import packages

# A log that stands still for longer than this looks like a build that hangs, and some CI ends it.
_SILENCE = 60


class Downloads:
    """Shows how many of a lock's packages are done, and what comes in."""

    def __init__(self) -> None:
        """Make the bar; it shows on standard error, once there is something to wait for."""
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[item]}"),
            console=console, disable=not console.is_terminal,
        )  # fmt: skip
        self._task: TaskID | None = None
        self._bytes = 0
        self._lock = threading.Lock()
        self._console = console

    def __enter__(self) -> "Downloads":
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar."""
        self._progress.stop()

    def begin(self, what: str, total: int) -> None:
        """Begin a phase with so many items."""
        self._task = self._progress.add_task(what, total=total, item="")
        if not self._console.is_terminal:
            self._console.print(f"{what}: {packages(total)}", highlight=False)

    def done(self, item: str) -> None:
        """An item of the phase is done."""
        if self._task is not None:
            self._progress.update(self._task, advance=1, item=item)

    def read(self, size: int) -> None:
        """So many bytes came."""
        with self._lock:
            self._bytes += size
        if self._task is not None:
            self._progress.update(self._task, item=f"{self._bytes / 1e6:.1f} MB")


class Phases:
    """Shows one phase after the other, each with a bar of its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self._current: Downloads | None = None

    def begin(self, what: str, total: int) -> None:
        """End the phase before and begin one with so many items."""
        self.end()
        self._current = Downloads()
        self._current.__enter__()
        self._current.begin(what, total)

    def done(self, item: str) -> None:
        """An item of the phase is done."""
        if self._current is not None:
            self._current.done(item)

    def say(self, text: str) -> None:
        """A line for the user."""
        self.end()
        click.echo(text, err=True)

    def end(self) -> None:
        """End the phase, so that something else may show its progress."""
        if self._current is not None:
            self._current.__exit__(None, None, None)
            self._current = None


class Builds:
    """Shows how many packages are built, of how many, and what Bazel is doing: a bar, or a line for each in a log."""

    def __init__(self, total: int, what: str = "building") -> None:
        """Make the bar for so many packages."""
        self._console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
        self._total = total
        self._progress = Progress(
            TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[item]}"),
            console=self._console, disable=not self._console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task(what, total=total, item="starting Bazel")
        self._printed = time.monotonic()

    def __enter__(self) -> "Builds":
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar."""
        self._progress.stop()

    def done(self, package: str, count: int) -> None:
        """A package's wheel is there, the so-manieth."""
        self._progress.update(self._task, completed=count)
        self.say(f"[{count}/{self._total}] {package}")

    def failed(self, package: str) -> None:
        """A package could not be built."""
        self.say(f"FAILED {package}")

    def running(self, what: str) -> None:
        """What Bazel is doing now: in a log only where it has been still for a while."""
        self._progress.update(self._task, item=what)
        if not self._console.is_terminal and time.monotonic() - self._printed > _SILENCE:
            self.say(f"... {what}")

    def say(self, text: str) -> None:
        """Lines for the user."""
        self._console.print(text)
        self._printed = time.monotonic()
