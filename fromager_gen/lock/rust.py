"""Which crates a source needs: Fromager's rules for where its manifest is, Cargo.lock for what they are."""

import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from fromager_gen.errors import LockError

_READ = ("pyproject.toml", "Cargo.toml", "Cargo.lock")
_LARGEST = 8 << 20
BACKENDS = ("maturin", "setuptools-rust")


class Tree:
    """The few files of a source archive that say what Rust is in it, read in memory and never unpacked."""

    def __init__(self, files: dict[str, bytes], name: str) -> None:
        """Take the files by path below the archive's top-level folder."""
        self._files = files
        self.name = name

    @classmethod
    def of_archive(cls, archive: Path) -> "Tree":
        """Read an archive.

        Raises:
            LockError: it is damaged or no archive.
        """
        try:
            files = dict(_members(archive))
        except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError, ValueError) as err:
            raise LockError(f"{archive.name} is damaged or no archive: {err}") from err
        return cls(files, archive.name)

    def has(self, path: str) -> bool:
        """Tell whether a file is there."""
        return str(PurePosixPath(path)) in self._files

    def toml(self, path: str) -> dict[str, Any]:
        """Return a TOML file's tables, none where it is missing.

        Raises:
            LockError: it is no TOML.
        """
        data = self._files.get(str(PurePosixPath(path)))
        if data is None:
            return {}
        try:
            return tomllib.loads(data.decode("utf-8"))
        except (ValueError, RecursionError) as err:
            raise LockError(f"{self.name}: {path} can't be read: {err}") from err


def _members(archive: Path) -> Iterator[tuple[str, bytes]]:
    if archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                if _wanted(info.filename, info.file_size):
                    yield info.filename.partition("/")[2], zipped.read(info)
        return
    with tarfile.open(archive, "r:*") as tar:
        for member in tar:
            if member.isreg() and _wanted(member.name, member.size):
                file = cast(IO[bytes], tar.extractfile(member))  # a regular member has bytes
                yield member.name.removeprefix("./").partition("/")[2], file.read()


def _wanted(name: str, size: int) -> bool:
    return PurePosixPath(name).name in _READ and size <= _LARGEST


def rust_root(tree: Tree, build_dir: str) -> str | None:
    """Return the folder of the project's Cargo.lock, relative to the project; None where the source has no Rust.

    Raises:
        LockError: there is Rust without a Cargo.lock, or with several.
    """
    pyproject = tree.toml(f"{build_dir}/pyproject.toml")
    try:
        if _backend(pyproject.get("build-system", {})) is None:
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


def _backend(system: dict[str, Any]) -> str | None:
    if system.get("build-backend") == "maturin":
        return "maturin"
    for text in system.get("requires", []):
        try:
            name = canonicalize_name(Requirement(text).name)
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
