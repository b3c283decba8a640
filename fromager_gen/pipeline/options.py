"""Options of the pipeline, as plain data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fromager_gen.contract import LOCK_FILE
from fromager_gen.overrides import OverridePaths
from fromager_gen.pipeline.repos import Repos
from fromager_gen.platforms import exec_platform

if TYPE_CHECKING:
    from fromager_gen.lock import LockedFile
    from fromager_gen.plan import Rules, Toolchains

WORKSPACE = "workspace"


@dataclass(frozen=True)
class OverrideOptions:
    """Options after a command that override those before it, or None if they are not set."""

    variant: str | None
    settings_file: Path | None
    settings_dir: Path | None
    patches_dir: Path | None


@dataclass(frozen=True)
class ToolchainOptions:
    """The tools of builds, and the platforms that wheels are for."""

    toolchains: "Toolchains"
    platforms: tuple[str, ...]


@dataclass(frozen=True)
class GlobalOptions:
    """Options before the command, which apply to all commands."""

    python: str
    """``3.12``, or ``3.12.1`` if the patch level is set."""
    variant: str
    jobs: int
    output_dir: Path
    work_dir: Path
    wheels_repo: Path
    sdists_repo: Path
    settings_file: Path
    settings_dir: Path
    patches_dir: Path
    constraints_files: tuple[str, ...] = ()
    min_release_age: int = 0
    strict_prebuilt: bool = False
    toolchains: "Toolchains" = "machine"
    platforms: tuple[str, ...] = ()
    """Platforms that wheels can be built for with hermetic toolchains; the first is the default."""

    @property
    def exec_platform(self) -> str:
        """The platform of build tools, which run on this machine; empty for the machine's toolchains."""
        return exec_platform(self.platforms) if self.platforms else ""

    @property
    def override_paths(self) -> OverridePaths:
        """The paths of settings and patches."""
        return OverridePaths(self.settings_file, self.settings_dir, self.patches_dir, self.variant)

    @property
    def repos(self) -> Repos:
        """Fromager's folders for wheels and sdists."""
        return Repos(self.wheels_repo, self.sdists_repo)

    @property
    def workspace(self) -> Path:
        """The workspace of commands that build, below the work directory."""
        return self.work_dir / WORKSPACE

    @property
    def lock_file(self) -> Path:
        """The lock of that workspace."""
        return self.workspace / LOCK_FILE

    def overridden(self, options: OverrideOptions | ToolchainOptions) -> "GlobalOptions":
        """Return these options, overridden by the options of a command."""
        return replace(self, **{name: value for name, value in vars(options).items() if value is not None})


@dataclass(frozen=True)
class WorkspaceOptions:
    """How a workspace is written."""

    rules: "Rules" = "copy"
    """``copy`` for a workspace with its own copy of the rules, ``module`` for one that depends on the module."""
    workspace_file: bool = False
    """Whether a WORKSPACE file is written in addition, for Bazel 7 and 8 without modules."""
    unused_overrides: str = "warn"
    """How a setting or patch that matches nothing is reported: ``warn`` or ``error``."""
    lock_file: Path | None = None
    """Lock to start from, or None for the lock in the workspace."""
    overwrite: bool = False
    """Whether generated files that were edited are replaced."""


@dataclass(frozen=True)
class LockOptions:
    """How files are pinned."""

    record: tuple[str, ...] = ()
    """Packages whose current hashes are recorded if no index states them."""
    index_url: str | None = None
    exclude_newer: datetime | None = None
    upgrade_crates: tuple[str, ...] = ()
    taken_from: tuple[tuple[str, str], ...] = ()
    """Pairs of the graph's key of a node and the index to take its file from."""
    keeps_taken: bool = False
    """Whether to keep files that an earlier run took from a specific index."""
    cached: Mapping[str, "LockedFile"] = field(default_factory=dict)
    """Wheels of a wheel server that are used in place of builds, by the graph's key."""
    renews_python: bool = False
    """Whether to update the patch level in the lock to that of the machine's interpreter, as a bootstrap does."""


@dataclass(frozen=True)
class BuildOptions:
    """How Bazel builds."""

    keep_going: bool = False
    max_workers: int | None = None
    bazel_options: tuple[str, ...] = ()
    force: bool = False
    """Whether existing wheels are ignored: those of the wheel server, and those in `wheels-repo`."""
    cache_wheel_server_url: str | None = None
    """Wheel server whose wheels are used in place of builds, or None."""
    wheel_server_url: str | None = None
    """Wheel server whose wheels are the build environment of the only package that is built, or None."""

    def flags(self) -> list[str]:
        """Return the options for `bazel build`. The user's options come last, so that they take precedence."""
        return [
            *(["--keep_going"] if self.keep_going else []),
            *([f"--jobs={self.max_workers}"] if self.max_workers else []),
            *self.bazel_options,
        ]


@dataclass(frozen=True)
class BootstrapOptions:
    """The inputs of a bootstrap. Files are paths or addresses."""

    toplevel: tuple[str, ...] = ()
    requirements_files: tuple[str, ...] = ()
    constraints_files: tuple[str, ...] = ()
    """Files after the command, in addition to those before it."""
    previous_bootstrap_file: str | None = None
    skip_constraints: bool = False
    max_release_age: int | None = None
    multiple_versions: bool = False
    """Whether every version that fits a requirement is built."""
    test_mode: bool = False
    """Whether the run goes on after failures, and reports them at the end."""


def cache_folder() -> Path:
    """Return the folder for parsed pages of indexes and facts of sources, which all runs of a user share."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fromager-gen"
