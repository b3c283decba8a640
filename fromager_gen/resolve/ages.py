"""Least and greatest age of releases, as Fromager's minimum and maximum release age."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol, TypeVar


class Dated(Protocol):
    """An object with the time of its upload in ISO 8601; empty if the index does not state it."""

    @property
    def uploaded(self) -> str:
        """The time of the upload."""


T = TypeVar("T", bound=Dated)


@dataclass(frozen=True)
class Ages:
    """Limits in days; 0 means no limit."""

    now: datetime
    least: int = 0
    most: int = 0

    def old_enough(self, found: tuple[T, ...], least: int) -> tuple[T, ...]:
        """Return the entries that are old enough; entries without a time count as old enough."""
        limit = timedelta(days=least)
        return tuple(one for one in found if (age := self._age(one)) is None or age >= limit)

    def young_enough(self, found: tuple[T, ...]) -> tuple[T, ...]:
        """Return the entries that are young enough, or all entries if none is."""
        return self._young(found) or found

    def young_or_newest(self, name: str, found: tuple[T, ...], newest: str) -> tuple[tuple[T, ...], str]:
        """Return the entries that are young enough, or the first one if none is, and a message in Fromager's words.

        Args:
            name: the package.
            found: the entries, the newest version first.
            newest: the version of the first one.
        """
        young = self._young(found)
        if young:
            return young, f"{name}: have {len(young)} candidate(s) published within {self.most} days"
        return found[:1], (
            f"{name}: all {len(found)} candidate(s) are older than {self.most} days, falling back to newest version "
            f"{newest}"
        )

    def _young(self, found: tuple[T, ...]) -> tuple[T, ...]:
        limit = timedelta(days=self.most)
        return tuple(one for one in found if (age := self._age(one)) is None or age <= limit)

    def is_known(self, one: Dated) -> bool:
        """Return whether the age of an entry is known."""
        return self._age(one) is not None

    def _age(self, one: Dated) -> timedelta | None:
        uploaded = upload_time(one)
        return None if uploaded is None else self.now - uploaded


def upload_time(one: Dated) -> datetime | None:
    """Return the time of an entry's upload, with its time zone, or None if it is not known."""
    try:
        uploaded = datetime.fromisoformat(one.uploaded)
    except ValueError:
        return None
    # Times of PEP 700 are UTC.
    return uploaded if uploaded.tzinfo else uploaded.replace(tzinfo=timezone.utc)  # noqa: UP017
