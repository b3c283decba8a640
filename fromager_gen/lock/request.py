"""How files are to be pinned: by which index, which build folder, which hash that nobody states."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from fromager_gen.lock.model import LockedFile
from fromager_gen.overrides import Overrides


@dataclass(frozen=True)
class LockRequest:
    """What the command line asks of a lock."""

    record: frozenset[str] = frozenset()
    """Packages whose file may be taken without a hash that the index states."""
    overrides: Overrides = field(default_factory=Overrides)
    """Settings, which name folders and indexes, and what is laid over a source before its crates are looked for."""
    taken_from: dict[str, str] = field(default_factory=dict)
    """Index that a command names to take a file from, whatever its address, by the graph's key."""
    keeps_taken: bool = False
    """Whether what an earlier command took from an index that it named stays."""
    python: str = ""
    """Version with patch level that the wheels are for; empty where the machine has no such interpreter."""
    index_url: str | None = None
    """Index that the command line names, None for pip's own."""
    known: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files that the caller has had in its hands, by the graph's key."""
    sources: Path | None = None
    """Folder that may hold sources already, under their own names."""
    exclude_newer: datetime | None = None
    """Time after which a crate was published that is not taken where a source has no Cargo.lock."""
