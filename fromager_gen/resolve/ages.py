"""How old a release must be, and may be: Fromager's cooldown, and its counterpart."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Protocol, TypeVar


class Dated(Protocol):
    """What was uploaded at a time, in ISO 8601; empty where nobody says."""

    @property
    def uploaded(self) -> str:
        """The time."""


T = TypeVar("T", bound=Dated)


@dataclass(frozen=True)
class Ages:
    """Limits in days; 0 is none."""

    now: datetime
    least: int = 0
    most: int = 0

    def old_enough(self, found: tuple[T, ...], least: int) -> tuple[T, ...]:
        """Return what is old enough; what has no time is."""
        limit = timedelta(days=least)
        return tuple(one for one in found if (age := self._age(one)) is None or age >= limit)

    def young_enough(self, found: tuple[T, ...]) -> tuple[T, ...]:
        """Return what is young enough, all of it where that would be nothing."""
        limit = timedelta(days=self.most)
        return tuple(one for one in found if (age := self._age(one)) is None or age <= limit) or found

    def is_known(self, one: Dated) -> bool:
        """Tell whether somebody says how old it is."""
        return self._age(one) is not None

    def _age(self, one: Dated) -> timedelta | None:
        try:
            uploaded = datetime.fromisoformat(one.uploaded)
        except ValueError:
            return None
        if uploaded.tzinfo is None:
            uploaded = uploaded.replace(tzinfo=timezone.utc)  # noqa: UP017 - as PEP 700 has it
        return self.now - uploaded
