"""A file as an index lists it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexFile:
    """What an index states of a file."""

    url: str
    sha256: str | None
    size: int | None
    requires_python: str = ""
    yanked: bool = False
    uploaded: str = ""
    """Time of the upload in ISO 8601, where the index states it."""
