"""The options for pinning files: indexes, overrides, and packages whose hash may be recorded."""

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
from fromager_gen.plugins import SourcePlugins
from fromager_gen.standards import wheel_tags


@dataclass(frozen=True)
class LockRequest:
    """The options of the command line that affect a lock."""

    record: frozenset[str] = frozenset()
    """Packages whose file may be used without a hash from the index."""
    overrides: Overrides = field(default_factory=Overrides)
    """Settings with folders and indexes, and the patches and Cargo.lock for each source."""
    taken_from: dict[str, str] = field(default_factory=dict)
    """Index that a command takes a file from instead of the address in the graph, by the graph's key."""
    keeps_taken: bool = False
    """Whether files stay that an earlier command took from an index that it named."""
    python: str = ""
    """Python version that the wheels are for, with a patch level if one was named."""
    interpreter: str = ""
    """Version with patch level of the machine's interpreter for `python`; empty if it has none."""
    renews_python: bool = False
    """Whether the interpreter's patch level replaces that of an earlier lock, because this run evaluates markers."""
    index_url: str | None = None
    """Index that the command line names, or None for that of pip's settings."""
    known: Mapping[str, LockedFile] = field(default_factory=dict)
    """Files whose hash the caller knows, by the graph's key: it has downloaded them, or an index states it."""
    wheels_repo: WheelsRepo | None = None
    """Wheels that take precedence over the graph's addresses for pre-built packages."""
    tags: Mapping[Tag, int] = field(default_factory=lambda: wheel_tags(f"3.{sys.version_info.minor}"))
    """Wheel tags that the platform supports, each with its rank."""
    sources: Path | None = None
    """Folder that may already have source archives, under their own names."""
    upgrade_crates: frozenset[str] = frozenset()
    """Packages whose crates cargo chooses again."""
    checks_wheels: bool = False
    """Whether builds check the ELF files of wheels for a platform, which needs more libraries."""
    plugins: SourcePlugins | None = None
    """Plugins that download sources."""
    exclude_newer: datetime | None = None
    """Crates published after this time are not chosen for a source without Cargo.lock."""

    def own_wheel(self, node: Node) -> tuple[str, IndexFile] | None:
        """Return the name and file of the wheel in `wheels-repo` that replaces the graph's, or None.

        Raises:
            LockError: a wheel can't be read.
        """
        if self.wheels_repo is None or not node.pre_built or self.overrides.settings(node.name).wheel_server_url:
            return None
        files = self.wheels_repo.files(node.name)
        name = best_wheel(files, node.name, node.version, self.tags)
        return (name, files[name]) if name is not None else None
