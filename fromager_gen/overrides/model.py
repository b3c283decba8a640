"""Settings, patches and plugins of one variant as plain data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.version import Version

from fromager_gen.errors import SettingsError
from fromager_gen.external import Dependency, Vocabulary, vocabulary
from fromager_gen.overrides.build_tag import filled
from fromager_gen.overrides.by_version import ByVersion, with_changes
from fromager_gen.overrides.edits import PIN, Edit, Pin
from fromager_gen.overrides.exec_properties import ExecProperties
from fromager_gen.overrides.sbom import Purl, Sbom
from fromager_gen.overrides.source import Source
from fromager_gen.plugins import BuildTagHook, Plugins


@dataclass(frozen=True)
class PackageSettings:
    """The settings of one package that affect a build, with the variant's part merged in."""

    where: str = ""
    build_dir: str = "."
    changelog: dict[Version, int] = field(default_factory=dict)
    """Number of entries by version."""
    config_settings: dict[str, list[str]] = field(default_factory=dict)
    env: tuple[tuple[str, str], ...] = ()
    cpu_cores_per_job: int = 1
    memory_per_job_gb: float = 1.0
    exclusive_build: bool = False
    update_build_requires: tuple[str, ...] = ()
    remove_build_requires: tuple[str, ...] = ()
    requires_external: tuple[str, ...] = ()
    purl: Purl = field(default_factory=Purl)
    submodules: bool = False
    submodule_paths: tuple[str, ...] = ()
    pre_built: bool = False
    wheel_server_url: str | None = None
    names_variant: bool = False
    sdist_server_url: str | None = None
    min_release_age: int | None = None
    include_sdists: bool = True
    include_wheels: bool = False
    ignore_platform: bool = False
    use_pypi_org_metadata: bool | None = None
    download_url: str | None = None
    destination_filename: str | None = None
    stated: str = ""
    """The keys that the file states as JSON, see `build_settings`."""
    build_tag: str = ""
    """Template of the build tag; empty for that of all packages."""
    edits: tuple[Edit, ...] = ()
    """Actions of `patch`, in order."""
    source: Source | None = None
    external: tuple[Dependency, ...] | None = None
    """External dependencies, in place of those that are known; None if there is no such list."""
    external_libraries: str = ""
    """GRAFT or LEAVE; empty for that of all packages."""
    by_version: "ByVersion[PackageSettings] | None" = field(default=None, compare=False, repr=False)
    """Settings of some versions, which replace these."""

    def includes(self, is_wheel: bool) -> bool:
        """Return whether files of an index are considered: wheels, or sdists."""
        if self.pre_built:
            return is_wheel
        return self.include_wheels if is_wheel else self.include_sdists

    def source_url(self, name: str, version: str) -> str | None:
        """Return the address that replaces that of the index, or None."""
        if self.source is not None:
            return self.source.address(Version(version))
        return _filled(self.download_url, name, version)

    def saved_name(self, name: str, version: str) -> str | None:
        """Return the name under which a source is saved in `sdists-repo/downloads`, or None for its own name."""
        return _filled(self.destination_filename, name, version)


def _filled(template: str | None, name: str, version: str) -> str | None:
    """Return a template of the settings with its two variables replaced."""
    if template is None:
        return None
    return template.replace("${version}", version).replace("${canonicalized_name}", name)


@dataclass(frozen=True)
class Patch:
    """One patch file and its package; it applies to any version if ``version`` is None."""

    path: Path
    package: str
    version: str | None
    place: str = ""
    """Path relative to the folder of patches."""
    sha256: str = ""


@dataclass(frozen=True)
class CargoLock:
    """A Cargo.lock that replaces the one in a package's source; for any version if ``version`` is None."""

    path: Path
    package: str
    version: str | None
    variant: str | None
    """The only variant that it applies to, or None for all variants."""


@dataclass(frozen=True)
class Overrides:
    """All settings and patches of one variant."""

    variant: str = "cpu"
    packages: dict[str, PackageSettings] = field(default_factory=dict)
    patches: tuple[Patch, ...] = ()
    cargo_locks: tuple[CargoLock, ...] = ()
    changelog: int = 0
    exec_properties: ExecProperties = field(default_factory=ExecProperties)
    sbom: Sbom | None = None
    """None if wheels get no SBOM."""
    others: PackageSettings = field(default_factory=PackageSettings)
    """Settings of packages that have none of their own."""
    settings_sha256: str = ""
    """Digest of the lines ``SHA256  NAME`` of the settings files, sorted by name; empty without settings files."""
    plugins: Plugins = field(default_factory=Plugins, compare=False)
    replaced: set[str] = field(default_factory=set)
    """Versions whose source a bootstrap replaced by a wheel, by the graph's key; their patches do not apply."""
    build_tag_hook: BuildTagHook | None = None
    build_tag_template: str = ""
    """Template of build tags for all packages; empty for the number alone."""
    external: tuple[Dependency, ...] = ()
    """External dependencies of all packages that may compile."""
    external_libraries: str = ""
    """GRAFT or LEAVE for all packages; empty for the default."""
    vocabulary: Vocabulary = field(default_factory=vocabulary, compare=False, repr=False)
    """The names of external dependencies, with those of the user."""
    own_external: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The user's own definitions of external dependencies, by name."""
    constraints: dict[str, str] = field(default_factory=dict)
    """Version specifiers by package, for the actions that pin requirements to them."""

    @property
    def stated(self) -> dict[str, str]:
        """The text of the settings files, by canonical name, for the settings that plugins read."""
        return {name: settings.stated for name, settings in self.packages.items()}

    def settings(self, name: str, version: str | None = None) -> PackageSettings:
        """Return a package's settings, or the defaults if it has none.

        Args:
            name: canonical name.
            version: the version; None if it is not known yet, for the settings that no version differs in.
        """
        found = self.packages.get(name, self.others)
        if version is None or found.by_version is None:
            return found
        made = found.by_version.of(version)
        if made is None:
            return found
        # The index and the address that a plugin chose are for all versions; those of wheels are not for sources.
        is_same_kind = made.pre_built == found.pre_built
        return with_changes(made, found.by_version.base, found) if is_same_kind else made

    def edits_for(self, name: str, version: str) -> tuple[Edit, ...]:
        """Return the actions of `patch` for a package version, in order."""
        if f"{name}=={version}" in self.replaced:
            return ()
        return tuple(edit for edit in self.settings(name, version).edits if edit.is_for(version))

    def pins_for(self, name: str, version: str) -> dict[str, Pin]:
        """Return the constraints that the requirements of a package version are pinned to, by package.

        A package without a constraint is left out.
        """
        return {
            required: Pin(self.constraints[required], edit.ignore_missing)
            for edit in self.edits_for(name, version)
            if edit.action == PIN
            for required in edit.arguments["requirements"]
            if required in self.constraints
        }

    def patches_for(self, name: str, version: str) -> list[Patch]:
        """Return the patches of a package version in Fromager's order: by file name, unversioned before versioned."""
        if f"{name}=={version}" in self.replaced or not any(patch.package == name for patch in self.patches):
            return []
        public = Version(version).public
        matching = [
            patch
            for patch in self.patches
            if patch.package == name and (patch.version is None or patch.version == public)
        ]
        return sorted(matching, key=lambda patch: (patch.path.name, patch.version is not None))

    def cargo_lock_for(self, name: str, version: str) -> CargoLock | None:
        """Return the Cargo.lock for a package version.

        A lock for the version takes precedence over one for all versions, then a lock for the variant over one for all.
        """
        if f"{name}=={version}" in self.replaced:
            return None
        public = Version(version).public
        found = [one for one in self.cargo_locks if one.package == name and one.version in (None, public)]
        found.sort(key=lambda one: (one.version is not None, one.variant is not None))
        return found[-1] if found else None

    def build_tag(self, name: str, version: str, is_pure: bool = True) -> str:
        """Return a wheel's build tag: the number of changelog entries, 0 if there are none, in its template.

        As in Fromager, a hook of a plugin adds to it only if there are entries.

        Args:
            name: canonical name.
            version: version of the package.
            is_pure: whether the wheel is for any platform.

        Raises:
            SettingsError: the template needs a constraint that is not there, or gives no valid tag; the message names
                the package. Or the hook failed.
        """
        settings = self.settings(name, version)
        entries = settings.changelog
        number = self.changelog + (entries.get(Version(Version(version).public), 0) if entries else 0)
        try:
            tag = filled(settings.build_tag or self.build_tag_template, number, self.variant, self.constraints)
        except SettingsError as err:
            raise SettingsError(f"{name} {version}: {err}") from err
        hook = self.build_tag_hook if number else None
        return tag + hook.suffix(name, version, is_pure) if hook is not None else tag

    def unused(self, present: Iterable[tuple[str, str]]) -> list[str]:
        """Return a message for each settings, patch or lock file that matches no package version of a graph."""
        files: tuple[Patch | CargoLock, ...] = (*self.patches, *self.cargo_locks)
        asked = {*self.packages, *(file.package for file in files)}
        versions: dict[str, set[str]] = {}
        for name, version in present:
            if name in asked:
                versions.setdefault(name, set()).add(Version(version).public)
        found = [
            f"{settings.where}: the graph has no package {name}"
            for name, settings in self.packages.items()
            if name not in versions and (settings.source is None or settings.source.is_available)
        ]
        for name, settings in self.packages.items():
            if name in versions and settings.by_version is not None:
                found += settings.by_version.unused(sorted(versions[name]))
        for file in files:
            if file.package not in versions:
                found.append(f"{file.path}: the graph has no package {file.package}")
            elif file.version is not None and file.version not in versions[file.package]:
                has = ", ".join(sorted(versions[file.package]))
                found.append(f"{file.path}: the graph has {file.package} {has}, not {file.version}")
        return found
