"""Progress that a person can follow: a bar on a terminal, in a log a line for each phase and each package built."""

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING

import click

from fromager_gen.cli.output import packages

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

# A log that stands still for longer than this looks like a build that hangs, and some CI ends it.
_SILENCE = 60


def _bar(what: str) -> "Progress":
    """Return a bar, hidden where standard error is no terminal."""
    # Rich takes longer to import than a run takes that has nothing to wait for.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    return Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[item]}"),
        console=console, disable=not console.is_terminal,
    )  # fmt: skip


class Downloads:
    """Shows how many of a lock's packages are done, and what comes in."""

    def __init__(self) -> None:
        """Begin without a bar: it shows once there is something to wait for."""
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._bytes = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "Downloads":
        """Show nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar."""
        if self._progress is not None:
            self._progress.stop()

    def begin(self, what: str, total: int) -> None:
        """Begin a phase with so many items."""
        if self._progress is None:
            self._progress = _bar("{task.description}")
            self._progress.start()
        self._task = self._progress.add_task(what, total=total, item="")
        if self._progress.disable:
            self._progress.console.print(f"{what}: {packages(total)}")

    def done(self, item: str) -> None:
        """An item of the phase is done."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, advance=1, item=item)

    def read(self, size: int) -> None:
        """So many bytes came."""
        with self._lock:
            self._bytes += size
        if self._progress is not None and self._task is not None:
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
        self._total = total
        self._progress = _bar(what)
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
        if self._progress.disable and time.monotonic() - self._printed > _SILENCE:
            self.say(f"... {what}")

    def say(self, text: str) -> None:
        """Lines for the user."""
        self._progress.console.print(text)
        self._printed = time.monotonic()
