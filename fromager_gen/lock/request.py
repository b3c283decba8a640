"""How files are to be pinned: by which index, which build folder, which hash that nobody states."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from packaging.tags import Tag

from fromager_gen.graph import Node
from fromager_gen.index_file import IndexFile
from fromager_gen.lock.model import LockedFile
from fromager_gen.lock.own_wheels import WheelsRepo, best_wheel
from fromager_gen.overrides import Overrides
from fromager_gen.standards import wheel_tags


@dataclass(frozen=True)
class LockRequest:
    """What the command line asks of a lock."""

    record: frozenset[str] = frozenset()
    """Packages whose file may be taken without a hash that the index states."""
    overrides: Overrides = field(default_factory=Overrides)
    """Settings, which name folders and indexes, and the patches and Cargo.lock for each source."""
    taken_from: dict[str, str] = field(default_factory=dict)
    """Index that a command names to take a file from, whatever its address, by the graph's key."""
    keeps_taken: bool = False
    """Whether what an earlier command took from an index that it named stays."""
    python: str = ""
    """Version that the wheels are for, with a patch level where one was named."""
    interpreter: str = ""
    """Version with patch level of the machine's interpreter; empty where it has none of `python`."""
    renews_python: bool = False
    """Whether the interpreter's patch level replaces that of an earlier lock: markers are evaluated in this run."""
    index_url: str | None = None
    """Index that the command line names, None for pip's own."""
    known: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files that the caller has had in its hands, by the graph's key."""
    wheels_repo: WheelsRepo | None = None
    """Wheels that go before those of the graph's addresses where a package is pre-built."""
    tags: Mapping[Tag, int] = field(default_factory=lambda: wheel_tags(f"3.{sys.version_info.minor}"))
    """Tags of wheels that the platform takes, each with its rank."""
    sources: Path | None = None
    """Folder that may hold sources already, under their own names."""
    upgrade_crates: frozenset[str] = frozenset()
    """Packages for which cargo chooses crates again."""
    exclude_newer: datetime | None = None
    """Time after which a crate was published that is not taken where a source has no Cargo.lock."""

    def own_wheel(self, node: Node) -> tuple[str, IndexFile] | None:
        """Return the name and file of the wheel in `wheels-repo` that goes before the graph's, None where none does.

        Raises:
            LockError: a wheel can't be read.
        """
        if self.wheels_repo is None or not node.pre_built or self.overrides.settings(node.name).wheel_server_url:
            return None
        files = self.wheels_repo.files(node.name)
        name = best_wheel(files, node.name, node.version, self.tags)
        return (name, files[name]) if name is not None else None
