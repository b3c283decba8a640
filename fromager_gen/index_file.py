"""A file as an index lists it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexFile:
    """The URL and metadata that an index lists for a file."""

    url: str
    sha256: str | None
    size: int | None
    requires_python: str = ""
    yanked: bool = False
    uploaded: str = ""
    """Time of the upload in ISO 8601; empty if the index does not state it."""
