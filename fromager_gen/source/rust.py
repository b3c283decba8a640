"""Find the crates that a source needs: its manifest by Fromager's rules, and the crates in its Cargo.lock."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from fromager_gen.errors import SourceError
from fromager_gen.source.archive import SourceArchive, parse_toml
from fromager_gen.standards import requirement

_log = logging.getLogger(__name__)
BACKENDS = ("maturin", "setuptools-rust")
# Cargo accepts both spellings.
_DEPENDENCIES = (
    "dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies",
)  # fmt: skip


@dataclass(frozen=True)
class RustProject:
    """The Rust project in a source; paths are relative to the Python project's folder."""

    manifest: str
    """The first Cargo.toml that the backend builds."""
    root: str
    """Folder in which Cargo.lock is or would be."""
    has_lock: bool


def rust_project(source: SourceArchive, build_dir: str) -> RustProject | None:
    """Return the Rust project in a source, or None if it has none.

    Raises:
        SourceError: the manifest is outside the source, or several Cargo.lock are needed.
    """
    pyproject = source.toml(f"{build_dir}/pyproject.toml")
    try:
        if rust_backend(pyproject.get("build-system", {})) is None:
            return None
        named = _manifests(source, build_dir, pyproject)
    except (AttributeError, TypeError) as err:
        raise SourceError(f"{source.name}: a value in pyproject.toml has the wrong type: {err}") from err
    for manifest in named:
        if ".." in PurePosixPath(manifest).parts or manifest.startswith("/"):
            raise SourceError(f"{source.name}: the manifest {manifest!r} is outside the source")
    manifests = [path for path in named if source.has(f"{build_dir}/{path}")]
    if not manifests:
        return None
    found = {_lock_folder(source, build_dir, manifest) for manifest in manifests}
    if None in found:
        roots = {_workspace_folder(source, build_dir, manifest) for manifest in manifests}
    else:
        roots = {str(folder) for folder in found}
    if len(roots) > 1 and (found != {None} or needs_crates(source)):
        raise SourceError(
            f"{source.name} has several Cargo.lock, or needs several: {', '.join(sorted(roots))}; "
            "name the project's folder with the setting build_dir"
        )
    return RustProject(manifests[0], min(roots), None not in found)


def rust_backend(system: Mapping[str, Any]) -> str | None:
    """Return the Rust backend that a `build-system` table names, or None."""
    if system.get("build-backend") == "maturin":
        return "maturin"
    for text in system.get("requires", []):
        try:
            name = canonicalize_name(requirement(text).name)
        except InvalidRequirement:
            continue
        if name in BACKENDS:
            return str(name)
    return None


def _manifests(source: SourceArchive, build_dir: str, pyproject: dict[str, Any]) -> list[str]:
    tool = pyproject.get("tool", {})
    if "maturin" in tool:
        if "manifest-path" in tool["maturin"]:
            return [str(tool["maturin"]["manifest-path"])]
        return ["Cargo.toml" if source.has(f"{build_dir}/Cargo.toml") else "rust/Cargo.toml"]
    modules = tool.get("setuptools-rust", {}).get("ext-modules", [])
    return [str(module.get("path", "Cargo.toml")) for module in modules] or ["Cargo.toml"]


def _folders(manifest: str) -> tuple[PurePosixPath, ...]:
    """Return the folders above a manifest, the nearest first."""
    folder = PurePosixPath(manifest).parent
    return folder, *folder.parents


def _lock_folder(source: SourceArchive, build_dir: str, manifest: str) -> str | None:
    """Return the folder with the Cargo.lock of a manifest, or None; members of a workspace share a lock above them.

    https://doc.rust-lang.org/cargo/reference/workspaces.html
    """
    folders = _folders(manifest)
    return next((str(folder) for folder in folders if source.has(f"{build_dir}/{folder}/Cargo.lock")), None)


def _workspace_folder(source: SourceArchive, build_dir: str, manifest: str) -> str:
    """Return the folder in which cargo would write the lock: that of the workspace, or of a crate without one."""
    for folder in _folders(manifest):
        if "workspace" in source.toml(f"{build_dir}/{folder}/Cargo.toml"):
            return str(folder)
    return str(PurePosixPath(manifest).parent)


def needs_crates(source: SourceArchive) -> bool:
    """Return whether a manifest of the source names a crate that is not in the source itself.

    Every manifest counts, even if no other uses it. Without such a crate cargo needs neither a lock nor a registry.
    """
    for path in source.paths("Cargo.toml"):
        try:
            if any(map(_is_elsewhere, _dependencies(source.toml(path)))):
                return True
        except (SourceError, AttributeError, TypeError) as err:
            _log.debug("%s: %s can't be read: %s", source.name, path, err)
            return True  # cargo reports the error
    return False


def _dependencies(manifest: Mapping[str, Any]) -> Iterator[object]:
    for table in (manifest, manifest.get("workspace", {}), *manifest.get("target", {}).values()):
        for kind in _DEPENDENCIES:
            yield from table.get(kind, {}).values()


def _is_elsewhere(dependency: object) -> bool:
    """Return whether a dependency is outside the source; those inherited from a workspace count in its own table."""
    return not isinstance(dependency, dict) or not ("path" in dependency or dependency.get("workspace") is True)


def crates_of(data: bytes, where: str) -> list[dict[str, str]]:
    """Return the crates of a Cargo.lock from outside the source: name, version, source, checksum.

    Args:
        data: the Cargo.lock.
        where: its path, for errors.

    Raises:
        SourceError: the data is not a Cargo.lock, or a crate of a registry has no checksum.
    """
    try:
        return _crates(parse_toml(data, where), where)
    except (AttributeError, TypeError, KeyError) as err:
        raise SourceError(f"{where} is not a Cargo.lock: {err!r}") from err


def _crates(lock: dict[str, Any], where: str) -> list[dict[str, str]]:
    if lock.get("version", 1) not in (1, 2, 3, 4):
        raise SourceError(f"{where} has version {lock['version']}, which fromager-gen does not support")
    legacy = lock.get("metadata", {})  # version 1 has checksums in a table of their own
    crates = []
    for package in lock.get("package", []):
        source = package.get("source")
        if source is None:
            continue
        crate = {key: str(package.get(key, "")) for key in ("name", "version", "checksum")} | {"source": str(source)}
        if not crate["checksum"]:
            crate["checksum"] = str(legacy.get(f"checksum {crate['name']} {crate['version']} ({source})", ""))
        if source.startswith(("registry+", "sparse+")) and not crate["checksum"]:
            raise SourceError(
                f"{where} has no checksum for {crate['name']} {crate['version']}, so the crate can't be verified; "
                "make the Cargo.lock again with cargo"
            )
        crates.append(crate)
    return crates
