"""Which crates a source needs: Fromager's rules for where its manifest is, Cargo.lock for what they are."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from fromager_gen.errors import LockError
from fromager_gen.lock.tree import Tree
from fromager_gen.standards import requirement

BACKENDS = ("maturin", "setuptools-rust")


def rust_root(tree: Tree, build_dir: str) -> str | None:
    """Return the folder of the project's Cargo.lock, relative to the project; None where the source has no Rust.

    Raises:
        LockError: there is Rust without a Cargo.lock, or with several.
    """
    pyproject = tree.toml(f"{build_dir}/pyproject.toml")
    try:
        if rust_backend(pyproject.get("build-system", {})) is None:
            return None
        manifests = [path for path in _manifests(tree, build_dir, pyproject) if tree.has(f"{build_dir}/{path}")]
    except (AttributeError, TypeError) as err:
        raise LockError(f"{tree.name}: pyproject.toml has a table or list where none may be: {err}") from err
    if not manifests:
        return None
    roots = {_lock_folder(tree, build_dir, manifest) for manifest in manifests}
    if None in roots:
        raise LockError(
            f"{tree.name} has Rust in it ({', '.join(manifests)}) and no Cargo.lock, so nothing says which crates "
            "it is built from. Ask its authors to ship Cargo.lock, or lock a version that has one."
        )
    if len(roots) > 1:
        raise LockError(
            f"{tree.name} has several Cargo.lock: {', '.join(sorted(map(str, roots)))}; "
            "name the project's folder by the setting build_dir"
        )
    return roots.pop()


def rust_backend(system: Mapping[str, Any]) -> str | None:
    """Return which Rust backend a `build-system` table names, None where it names none."""
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


def _manifests(tree: Tree, build_dir: str, pyproject: dict[str, Any]) -> list[str]:
    tool = pyproject.get("tool", {})
    if "maturin" in tool:
        if "manifest-path" in tool["maturin"]:
            return [str(tool["maturin"]["manifest-path"])]
        return ["Cargo.toml" if tree.has(f"{build_dir}/Cargo.toml") else "rust/Cargo.toml"]
    modules = tool.get("setuptools-rust", {}).get("ext-modules", [])
    return [str(module.get("path", "Cargo.toml")) for module in modules] or ["Cargo.toml"]


def _lock_folder(tree: Tree, build_dir: str, manifest: str) -> str | None:
    """A workspace's members share the lock of a folder above them."""
    folder = PurePosixPath(manifest).parent
    if folder.is_absolute() or ".." in folder.parts:
        raise LockError(f"{tree.name}: the manifest {manifest!r} is outside the source")
    for parent in (folder, *folder.parents):
        if tree.has(f"{build_dir}/{parent}/Cargo.lock"):
            return str(parent)
    return None


def crates_of(tree: Tree, path: str) -> list[dict[str, str]]:
    """Return the crates of a Cargo.lock that come from elsewhere: name, version, source, checksum.

    Raises:
        LockError: it is no Cargo.lock, or a crate of a registry has no checksum.
    """
    try:
        return _crates(tree, path, tree.toml(path))
    except (AttributeError, TypeError, KeyError) as err:
        raise LockError(f"{tree.name}: {path} is no Cargo.lock: {err!r}") from err


def _crates(tree: Tree, path: str, lock: dict[str, Any]) -> list[dict[str, str]]:
    if lock.get("version", 1) not in (1, 2, 3, 4):
        raise LockError(f"{tree.name}: {path} is of version {lock['version']}, which this program does not know")
    legacy = lock.get("metadata", {})  # version 1 keeps checksums apart
    crates = []
    for package in lock.get("package", []):
        source = package.get("source")
        if source is None:
            continue
        crate = {key: str(package.get(key, "")) for key in ("name", "version", "checksum")} | {"source": str(source)}
        if not crate["checksum"]:
            crate["checksum"] = str(legacy.get(f"checksum {crate['name']} {crate['version']} ({source})", ""))
        if source.startswith(("registry+", "sparse+")) and not crate["checksum"]:
            raise LockError(
                f"{tree.name}: {path} gives no checksum for {crate['name']} {crate['version']}, so nothing says which "
                "bytes it means"
            )
        crates.append(crate)
    return crates
