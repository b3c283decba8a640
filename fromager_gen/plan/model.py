"""A plan: for each package version, the targets that build it."""

from dataclasses import dataclass, field
from pathlib import Path

Key = tuple[str, str]
"""Canonical name and version."""


@dataclass(frozen=True, slots=True)
class GitCrates:
    """Crates out of one commit of a git repository."""

    repository: str
    source: str


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """One package version: where its source comes from and what its build gets."""

    name: str
    version: str
    pre_built: bool = False
    strict: bool = False
    """Whether a pre-built wheel's RECORD must list its files exactly."""
    patches: tuple[Path, ...] = ()
    update_build_requires: tuple[str, ...] = ()
    remove_build_requires: tuple[str, ...] = ()
    build_dir: str = "."
    needs_pkg_info: bool = False
    is_named_as_rebuilt: bool = False
    is_rust: bool = False
    cargo_root: str = "."
    crates: tuple[str, ...] = ()
    git_crates: tuple[GitCrates, ...] = ()
    cargo_lock: str = ""
    """The Cargo.lock, where it is not the source's own."""
    build_system: tuple[Key, ...] = ()
    build_requires: tuple[Key, ...] = ()
    install_requires: tuple[str, ...] = ()
    install_closure: tuple[Key, ...] = ()
    requirements: dict[str, tuple[str, ...]] = field(default_factory=dict)
    env: tuple[tuple[str, str], ...] = ()
    config_settings: dict[str, list[str]] = field(default_factory=dict)
    build_tag: str = "0"
    jobs: int = 2
    resources: str = "small"
    accelerator: bool = False

    @property
    def is_patched(self) -> bool:
        """Whether the source differs from what was published."""
        return bool(self.patches or self.update_build_requires or self.remove_build_requires or self.needs_pkg_info)

    @property
    def is_unchanged_sdist(self) -> bool:
        """Whether the published sdist is what Fromager would pack again: unchanged, and under the same name.

        In a folder of the source Fromager looks for a PKG-INFO, and puts one there.
        """
        changed = self.is_patched or self.is_vendored or self.build_dir != "."
        return self.is_named_as_rebuilt and not changed

    @property
    def is_vendored(self) -> bool:
        """Whether crates, or their lock, are added to the source."""
        return bool(self.crates or self.git_crates or self.cargo_lock)


@dataclass(frozen=True)
class Plan:
    """A workspace: its packages by name and version, and the order to begin them in."""

    python: str
    packages: tuple[PackagePlan, ...]
    order: tuple[Key, ...]
    warnings: tuple[str, ...] = ()
