"""Lay out the crates of a Cargo.lock in a source, so that cargo builds it without a network.

Crates are the archives of the registry, each a separate input with the checksum of Cargo.lock. They are unpacked with
the checks of `archive.unpack`. A vendor folder from the source is not accepted, since cargo would run any ``build.rs``
that an attacker added to it: https://doc.rust-lang.org/cargo/reference/source-replacement.html
"""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from actions.archive.unpack import unpack
from actions.arguments import CratesRequest
from actions.contract import LOCK_FILE
from actions.crates import git
from actions.crates.checksums import write_checksums
from actions.errors import ActionError
from actions.source import toml_file
from actions.source.project import project_folder


def vendor(request: CratesRequest, project: Path, scratch: Path) -> None:
    """Make the vendor folder, and configure cargo to use it.

    Args:
        request: the crates, and the folder in the project that holds Cargo.lock.
        project: folder with the project.
        scratch: folder for temporary files.

    Raises:
        ActionError: an archive is not a valid crate, or a crate of Cargo.lock is missing.
    """
    root = project_folder(project, request.cargo_root or ".")
    if request.cargo_lock is not None:
        _put(request.cargo_lock, root / "Cargo.lock")
    vendor = root / "vendor"
    vendor.mkdir(exist_ok=True)
    if any(vendor.iterdir()):
        raise ActionError(
            "the source has its own vendor folder, whose files can't be verified. Remove its files with a patch, or "
            "use the published wheel of the package (pre_built)"
        )
    given = {_lay_out(crate, vendor) for crate in request.crate}
    commits = set()
    for source, archive in request.git:
        given |= git.lay_out(source, Path(archive), vendor, scratch)
        commits.add(source.partition("#")[2])
    lock = _cargo_lock(root)
    _check_complete(lock, given)
    sources = _git_sources(lock, commits)
    for folder in {root, project}:
        _write_config(folder, vendor, sources)


def _put(cargo_lock: Path, place: Path) -> None:
    place.unlink(missing_ok=True)  # it may be a link to a file of another crate
    shutil.copyfile(cargo_lock, place)


def _git_sources(lock: dict[str, Any], commits: set[str]) -> list[str]:
    """Return every source in Cargo.lock of these commits: cargo treats a branch and a tag as two sources."""
    sources = {str(crate.get("source", "")) for crate in lock["package"]}
    return sorted(text for text in sources if text.startswith("git+") and text.partition("#")[2] in commits)


def _lay_out(crate: Path, vendor: Path) -> tuple[str, str, str]:
    """Unpack one crate and write its checksums; return (name, version, checksum)."""
    folder = unpack(crate, vendor)
    package = _package(folder)
    with crate.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    if folder.name != f"{package['name']}-{package['version']}":
        raise ActionError(f"{crate.name} contains another crate: {package['name']} {package['version']}")
    write_checksums(folder, checksum)
    return package["name"], package["version"], checksum


def _package(folder: Path) -> dict[str, Any]:
    try:
        package = toml_file.tables(folder / "Cargo.toml")["package"]
        return {"name": str(package["name"]), "version": str(package["version"])}
    except (OSError, KeyError, TypeError, ValueError) as err:
        raise ActionError(f"{folder.name} is not a valid crate: {err!r}") from err


def _cargo_lock(root: Path) -> dict[str, Any]:
    """Read the Cargo.lock that the build will use; a patch may have changed it after fromager.lock.json was made."""
    try:
        lock = toml_file.tables(root / "Cargo.lock")
    except (OSError, ValueError) as err:
        raise ActionError(f"its Cargo.lock can't be read: {err}") from err
    packages = lock.setdefault("package", [])
    if not isinstance(packages, list) or not all(isinstance(crate, dict) for crate in packages):
        raise ActionError("its Cargo.lock does not contain a list of packages")
    return lock


def _check_complete(lock: dict[str, Any], given: set[tuple[str, str, str]]) -> None:
    for crate in lock["package"]:
        source = str(crate.get("source", ""))
        key = str(crate.get("name")), str(crate.get("version")), _checksum(crate, source, lock)
        if source and key not in given:
            raise ActionError(
                f"Cargo.lock needs {key[0]} {key[1]} ({key[2] or source}), which {LOCK_FILE} does not have: "
                "the source, or a patch of it, was changed after the lock was made. Generate the workspace again."
            )


def _checksum(crate: dict[str, Any], source: str, lock: dict[str, Any]) -> str:
    """Return the checksum of a crate from a registry; crates from git have none.

    Version 1 of Cargo.lock has the checksums in the table `metadata`.
    """
    if not source.startswith(("registry+", "sparse+")):
        return ""
    apart = lock.get("metadata", {}).get(f"checksum {crate.get('name')} {crate.get('version')} ({source})", "")
    return str(crate.get("checksum", apart))


def _write_config(folder: Path, vendor: Path, git_sources: list[str]) -> None:
    """Configure cargo to use the vendor folder. Other settings of the source are kept, its sources are replaced."""
    import tomlkit

    path = folder / ".cargo" / "config.toml"
    legacy = folder / ".cargo" / "config"
    existing = next((p for p in (path, legacy) if p.exists()), None)
    try:
        config = toml_file.document(existing) if existing else tomlkit.document()
    except ValueError as err:
        raise ActionError(f"its {existing} can't be read: {err}") from err
    legacy.unlink(missing_ok=True)
    sources: dict[str, dict[str, str]] = {"crates-io": {"replace-with": "vendored-sources"}}
    for text in git_sources:
        sources[text.split("#")[0]] = {**git.source_keys(text), "replace-with": "vendored-sources"}
    sources["vendored-sources"] = {"directory": vendor.relative_to(folder).as_posix()}
    config["source"] = sources
    path.parent.mkdir(exist_ok=True)
    path.write_text(tomlkit.dumps(config), encoding="utf-8")
