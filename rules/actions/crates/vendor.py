"""Lay out the crates of a Cargo.lock beside a source, so that cargo builds it without a network.

Crates come as the archives that the registry serves, each an input of its own with the checksum of Cargo.lock. They
are unpacked by our own checker: cargo would run a ``build.rs`` that somebody slipped into a ready-made vendor folder.
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
    """Make the vendor folder, and cargo's settings that lead to it.

    Args:
        request: the crates, and where they go.
        project: folder with the project.
        scratch: folder for what is unpacked on the way.

    Raises:
        ActionError: a crate is none, or the crates are not all that Cargo.lock names.
    """
    root = project_folder(project, request.cargo_root or ".")
    if request.cargo_lock is not None:
        _put(request.cargo_lock, root / "Cargo.lock")
    vendor = root / "vendor"
    vendor.mkdir(exist_ok=True)
    if any(vendor.iterdir()):
        raise ActionError(
            "the source brings a vendor folder of its own, which nothing vouches for: remove its files by a patch, or "
            "take the package as a published wheel (pre_built)"
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
    place.unlink(missing_ok=True)  # a link may lead to a file of another crate
    shutil.copyfile(cargo_lock, place)


def _git_sources(lock: dict[str, Any], commits: set[str]) -> list[str]:
    """Return every name of a commit: a branch here and a tag there are two sources to cargo."""
    sources = {str(crate.get("source", "")) for crate in lock["package"]}
    return sorted(text for text in sources if text.startswith("git+") and text.partition("#")[2] in commits)


def _lay_out(crate: Path, vendor: Path) -> tuple[str, str, str]:
    """Unpack one crate and write its checksums; return (name, version, checksum)."""
    folder = unpack(crate, vendor)
    package = _package(folder)
    with crate.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    if folder.name != f"{package['name']}-{package['version']}":
        raise ActionError(f"{crate.name} holds {package['name']} {package['version']}")
    write_checksums(folder, checksum)
    return package["name"], package["version"], checksum


def _package(folder: Path) -> dict[str, Any]:
    try:
        package = toml_file.tables(folder / "Cargo.toml")["package"]
        return {"name": str(package["name"]), "version": str(package["version"])}
    except (OSError, KeyError, TypeError, ValueError) as err:
        raise ActionError(f"{folder.name} is no crate: {err!r}") from err


def _cargo_lock(root: Path) -> dict[str, Any]:
    """Read the Cargo.lock that the build will read, which a patch may have changed since it was locked."""
    try:
        lock = toml_file.tables(root / "Cargo.lock")
    except (OSError, ValueError) as err:
        raise ActionError(f"its Cargo.lock can't be read: {err}") from err
    packages = lock.setdefault("package", [])
    if not isinstance(packages, list) or not all(isinstance(crate, dict) for crate in packages):
        raise ActionError("its Cargo.lock holds no list of packages")
    return lock


def _check_complete(lock: dict[str, Any], given: set[tuple[str, str, str]]) -> None:
    for crate in lock["package"]:
        source = str(crate.get("source", ""))
        key = str(crate.get("name")), str(crate.get("version")), _checksum(crate, source, lock)
        if source and key not in given:
            raise ActionError(
                f"Cargo.lock wants {key[0]} {key[1]} ({key[2] or source}), which {LOCK_FILE} does not have: "
                "the source, or a patch to it, was changed after the lock was made. Make the workspace again."
            )


def _checksum(crate: dict[str, Any], source: str, lock: dict[str, Any]) -> str:
    """Return the checksum of a registry's crate, which version 1 of Cargo.lock keeps apart; git's have none."""
    if not source.startswith(("registry+", "sparse+")):
        return ""
    apart = lock.get("metadata", {}).get(f"checksum {crate.get('name')} {crate.get('version')} ({source})", "")
    return str(crate.get("checksum", apart))


def _write_config(folder: Path, vendor: Path, git_sources: list[str]) -> None:
    """Point cargo at the vendor folder; what else the source's own settings say is kept, other sources are not."""
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
