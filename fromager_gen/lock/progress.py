"""Progress of downloads, as the command line wants to see it."""

from typing import Protocol


class Progress(Protocol):
    """What a run of `make_lock` tells of itself."""

    def begin(self, what: str, total: int) -> None:
        """Begin a phase with so many items."""

    def done(self, item: str) -> None:
        """An item of the phase is done."""

    def read(self, size: int) -> None:
        """So many bytes came."""


class Silent:
    """Tells nobody."""

    def begin(self, what: str, total: int) -> None:
        """Do nothing."""

    def done(self, item: str) -> None:
        """Do nothing."""

    def read(self, size: int) -> None:
        """Do nothing."""
