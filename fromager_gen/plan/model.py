"""A plan: the inputs and options of each package version's targets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from fromager_gen.contract import DEFAULT_JOBS, DEFAULT_SIZE

Key = tuple[str, str]
"""Canonical name and version."""
Toolchains = Literal["machine", "hermetic"]
"""Whether builds use the tools of the machine, or those that toolchains.lock.json pins."""
Rules = Literal["copy", "module"]
"""Whether a workspace has copies of the rules, or depends on the module of the rules in MODULE.bazel."""


@dataclass(frozen=True, slots=True)
class GitCrates:
    """Crates from one commit of a git repository."""

    repository: str
    """Repository in the lock with the commit's archive."""
    source: str
    """Name of the source in Cargo.lock."""


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule of a source from git."""

    path: str
    """Path relative to the top-level folder of the source."""
    repository: str
    """Repository in the lock with the commit's archive."""


@dataclass(frozen=True, slots=True)
class PlannedPatch:
    """One patch of one package version."""

    path: str
    """Path relative to the folder of patches."""
    name: str
    """Path relative to the package's folder in the workspace."""
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedPlugin:
    """The plugin whose functions replace steps of a package's build."""

    module: str
    functions: tuple[str, ...]
    """Names of the functions that run in actions."""
    context: str
    """What the functions can ask for, as JSON."""
    sha256: str
    """Digest of the plugin's archive."""


@dataclass(frozen=True, slots=True)
class PackagePlan:
    """One package version: its source, and the inputs and options of its build."""

    name: str
    version: str
    pre_built: bool = False
    strict: bool = False
    """Whether a pre-built wheel's RECORD must list its files exactly."""
    patches: tuple[PlannedPatch, ...] = ()
    """Patches in the order of their application."""
    update_build_requires: tuple[str, ...] = ()
    remove_build_requires: tuple[str, ...] = ()
    build_dir: str = "."
    """Folder of the project in the source."""
    edits: str = ""
    """Actions of the setting `patch` for the source as JSON; empty if there are none."""
    pin_requires: tuple[str, ...] = ()
    """Requirements of the wheel that get other versions: ``NAME SPECIFIER``, with ``?`` first if it may lack them."""
    submodules: tuple[Submodule, ...] = ()
    needs_pkg_info: bool = False
    """Whether the source is a commit or the archive of a repository, which has no PKG-INFO."""
    sdist_by_backend: bool = False
    """Whether the backend builds the sdist for Fromager's folder `builds`."""
    is_named_as_rebuilt: bool = False
    """Whether the published archive has the file name that Fromager gives to an sdist that it packs again."""
    is_rust: bool = False
    cargo_root: str = "."
    """Folder of Cargo.lock, relative to the project."""
    crates: tuple[str, ...] = ()
    """Crates of the registry: their repositories in the lock without the prefix."""
    git_crates: tuple[GitCrates, ...] = ()
    cargo_lock: str = ""
    """The sha256 of the Cargo.lock if it is not the source's own; its text is in the lock."""
    build_system: tuple[Key, ...] = ()
    """Packages in the environment in which the backend is asked for more requirements."""
    build_requires: tuple[Key, ...] = ()
    """Packages in the build environment."""
    install_requires: tuple[str, ...] = ()
    """Names that the wheel's metadata may require."""
    install_closure: tuple[Key, ...] = ()
    requirements: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The build requirements as they were stated, by kind."""
    env: tuple[tuple[str, str], ...] = ()
    """Environment variables and their templates, in order of evaluation."""
    config_settings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    build_tag: str = "0"
    platlib_build_tag: str = ""
    """Build tag if the wheel is for one platform; empty if it is the same."""
    build_settings: str = ""
    """The stated settings as JSON, for the wheel; empty if there are none."""
    requires_external: tuple[str, ...] = ()
    """Lines `Requires-External` of the wheel's metadata."""
    sbom: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What the wheel's SBOMs state, by name; empty if it gets none."""
    jobs: int = DEFAULT_JOBS
    resources: str = DEFAULT_SIZE
    """Size class of the build, one of the contract's `SIZES`."""
    exec_properties: tuple[tuple[str, str], ...] = ()
    """Names and values that a remote execution service reads, in addition to those of the whole plan."""
    accelerator: bool = False
    accelerator_variant: str = ""
    """Variant whose accelerator the build can't do without; empty if none is needed."""
    plugin: PlannedPlugin | None = None
    external: tuple[str, ...] = ()
    """External dependencies of the build: ``dep:generic/NAME``, with versions after ``@``."""
    grafts: bool = False
    """Whether the shared libraries that the wheel loads are copied into it."""

    @property
    def key(self) -> str:
        """The key of the package version in the graph."""
        return f"{self.name}=={self.version}"

    def is_overridden(self, function: str) -> bool:
        """Return whether a plugin has a function that replaces a step of the build."""
        return self.plugin is not None and function in self.plugin.functions

    @property
    def is_patched(self) -> bool:
        """Whether the source differs from the published archive."""
        overrides = (
            self.patches or self.edits or self.submodules or self.update_build_requires or self.remove_build_requires
        )
        return bool(overrides or self.needs_pkg_info) or self.is_overridden("prepare_source")

    @property
    def is_unchanged_sdist(self) -> bool:
        """Whether the published sdist equals the one that Fromager would pack again, with the same file name.

        If the project is in a subfolder, Fromager adds a PKG-INFO to that folder unless it has one.
        """
        changed = self.is_patched or self.is_vendored or self.build_dir != "."
        return self.is_named_as_rebuilt and not changed

    @property
    def is_vendored(self) -> bool:
        """Whether crates, or a Cargo.lock, are added to the source."""
        return bool(self.crates or self.git_crates or self.cargo_lock)


@dataclass(frozen=True)
class Inputs:
    """Digests of the inputs of a plan, each a sha256 in hex; empty if the plan has no such input."""

    graph: str = ""
    """Digest of graph.json."""
    lock: str = ""
    """Digest of fromager.lock.json."""
    settings: str = ""
    """Digest of the lines ``SHA256  NAME`` of the settings files, as printed by sha256sum, sorted by name."""
    patches: str = ""
    """The same for the applied patches, by their path relative to the folder of patches."""


@dataclass(frozen=True)
class Plan:
    """The plan of a workspace: its packages by name and version, and the order in which their builds start."""

    python: str
    packages: tuple[PackagePlan, ...]
    order: tuple[Key, ...]
    rules: Rules = "copy"
    workspace_file: bool = False
    """Whether a WORKSPACE is written too, for Bazel 7 and 8 without modules."""
    toolchains: Toolchains = "machine"
    platforms: tuple[str, ...] = ()
    """Platforms that wheels can be built for with hermetic toolchains; the first is the default."""
    exec_platform: str = ""
    """Platform of build tools; empty for the machine's toolchains."""
    exec_properties: tuple[tuple[str, str], ...] = ()
    """Names and values that a remote execution service reads, of every action."""
    external_dependencies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The user's own definitions of external dependencies, by name."""
    made_from: Inputs = field(default_factory=Inputs)
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """Warnings for the run that made the plan; they are not written to the file."""
