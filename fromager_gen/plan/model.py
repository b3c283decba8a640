"""A plan: for each package version, the targets that build it."""

from dataclasses import dataclass, field
from typing import Literal

from fromager_gen.contract import DEFAULT_JOBS, DEFAULT_SIZE

Key = tuple[str, str]
"""Canonical name and version."""
Rules = Literal["copy", "module"]
"""Whether a workspace has copies of the rules, or names our module in MODULE.bazel."""


@dataclass(frozen=True, slots=True)
class GitCrates:
    """Crates out of one commit of a git repository."""

    repository: str
    """Repository of the lock that has the commit's archive."""
    source: str
    """What Cargo.lock calls it."""


@dataclass(frozen=True, slots=True)
class PlannedPatch:
    """One patch of one package version."""

    path: str
    """Below the folder of patches."""
    name: str
    """In the package's folder of the workspace."""
    sha256: str


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """One package version: where its source comes from and what its build gets."""

    name: str
    version: str
    pre_built: bool = False
    strict: bool = False
    """Whether a pre-built wheel's RECORD must list its files exactly."""
    patches: tuple[PlannedPatch, ...] = ()
    """In the order in which they are applied."""
    update_build_requires: tuple[str, ...] = ()
    remove_build_requires: tuple[str, ...] = ()
    build_dir: str = "."
    """Folder of the source that holds the project."""
    needs_pkg_info: bool = False
    """Whether the source is a commit, which has no PKG-INFO."""
    is_named_as_rebuilt: bool = False
    """Whether the published archive has the name that Fromager gives an sdist when it packs it again."""
    is_rust: bool = False
    cargo_root: str = "."
    """Folder of the project that holds Cargo.lock."""
    crates: tuple[str, ...] = ()
    """Crates of the registry: repositories of the lock without their prefix."""
    git_crates: tuple[GitCrates, ...] = ()
    cargo_lock: str = ""
    """The sha256 of the Cargo.lock, where it is not the source's own; the lock has its text."""
    build_system: tuple[Key, ...] = ()
    """The build environment in which the backend is asked for more."""
    build_requires: tuple[Key, ...] = ()
    """The build environment."""
    install_requires: tuple[str, ...] = ()
    """Names that the wheel's metadata may require."""
    install_closure: tuple[Key, ...] = ()
    requirements: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The build requirements as they were asked for, by kind."""
    env: tuple[tuple[str, str], ...] = ()
    """Variables and their templates, in order."""
    config_settings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    build_tag: str = "0"
    jobs: int = DEFAULT_JOBS
    resources: str = DEFAULT_SIZE
    """Size class of the build, one of the contract's `SIZES`."""
    accelerator: bool = False

    @property
    def key(self) -> str:
        """The graph's key of it."""
        return f"{self.name}=={self.version}"

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
class Inputs:
    """What a plan was made from, each as a sha256 in hex; empty where there is no such file."""

    graph: str = ""
    """Of graph.json."""
    lock: str = ""
    """Of fromager.lock.json."""
    settings: str = ""
    """Of the lines ``SHA256  NAME`` of the settings files, as sha256sum prints them, sorted by name."""
    patches: str = ""
    """The same of the patches that are applied, by path below their folder."""


@dataclass(frozen=True)
class Plan:
    """A workspace: its packages by name and version, and the order to begin them in."""

    python: str
    packages: tuple[PackagePlan, ...]
    order: tuple[Key, ...]
    rules: Rules = "copy"
    workspace_file: bool = False
    """Whether a WORKSPACE is written too, for Bazel 7 and 8 without modules."""
    made_from: Inputs = field(default_factory=Inputs)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """For the run that made the plan; they are not written."""
