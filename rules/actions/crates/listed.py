"""List the crates that a build uses, from Cargo.lock and the vendor folder, for the SBOMs of its wheel."""

import os
import re
from pathlib import Path
from typing import Any

from actions.crates.licenses import expression
from actions.errors import ActionError
from actions.source import toml_file
from actions.source.project import project_folder
from actions.wheel.planned import Crate

_LICENSE = re.compile(r"(licen[cs]e|copying|notice|unlicense)[A-Za-z0-9._-]*", re.IGNORECASE)


def crates(project: Path, cargo_root: str) -> tuple[Crate, ...]:
    """Return the vendored crates of a project, in the order of Cargo.lock.

    Args:
        project: folder with the project.
        cargo_root: folder in the project that holds Cargo.lock and the vendor folder.

    Raises:
        ActionError: Cargo.lock or a manifest is damaged.
    """
    root = project_folder(project, cargo_root)
    try:
        lock = toml_file.tables(root / "Cargo.lock")
        locked = [crate for crate in lock.get("package", []) if crate.get("source")]
        return tuple(_crate(crate, lock, root / "vendor") for crate in locked)
    except (AttributeError, KeyError, TypeError, ValueError) as err:
        raise ActionError(f"its crates can't be listed for the SBOM: {err!r}") from err


def _crate(locked: dict[str, Any], lock: dict[str, Any], vendor: Path) -> Crate:
    name, version, source = (str(locked[key]) for key in ("name", "version", "source"))
    # Version 1 of Cargo.lock has the checksums in a table of their own.
    apart = lock.get("metadata", {}).get(f"checksum {name} {version} ({source})", "")
    folder = vendor / f"{name}-{version}"
    package = toml_file.tables(folder / "Cargo.toml").get("package", {})
    return Crate(
        name,
        version,
        source,
        str(locked.get("checksum", apart)),
        expression(str(package.get("license", ""))),
        tuple(_texts(folder, str(package.get("license-file", "")))),
    )


def _texts(folder: Path, stated: str) -> list[tuple[str, bytes]]:
    names = [name for name in sorted(os.listdir(folder)) if _LICENSE.fullmatch(name) or name == stated]
    paths = [folder / name for name in names]
    return [(path.name, path.read_bytes()) for path in paths if path.is_file() and not path.is_symlink()]
