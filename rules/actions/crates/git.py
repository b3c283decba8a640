"""Crates that Cargo.lock takes from git: from the archive of a commit, each becomes a self-contained folder.

In a repository a crate can inherit fields and dependency versions from its workspace, and can depend on other crates
by path: https://doc.rust-lang.org/cargo/reference/workspaces.html. A vendored crate has neither the workspace nor the
other crates, so its manifest is written in full.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from actions.archive.unpack import unpack
from actions.crates.checksums import write_checksums
from actions.errors import ActionError
from actions.source import toml_file

# A crate becomes a folder of this name.
_CRATE = re.compile(r"[A-Za-z0-9_-]+-[0-9][0-9A-Za-z.+-]*")
# Most files that a crate can have through links to folders: each link can double the number of files.
_MOST_LINKED = 10_000
_TABLES = ("dependencies", "dev-dependencies", "build-dependencies")


def source_keys(source: str) -> dict[str, str]:
    """Return the keys of cargo's configuration for a git source, which in Cargo.lock is ``git+URL?branch=X#COMMIT``."""
    parts = urlsplit(source.removeprefix("git+"))
    keys = {name: value for name, value in parse_qsl(parts.query) if name in ("branch", "tag", "rev")}
    return {"git": parts._replace(query="", fragment="").geturl(), **keys}


def lay_out(source: str, archive: Path, vendor: Path, scratch: Path) -> set[tuple[str, str, str]]:
    """Put every crate of a commit's archive into the vendor folder; return (name, version, "") of each."""
    into = scratch / f"git-{archive.name}"
    into.mkdir()
    tree = unpack(archive, into)
    found = set()
    for manifest in sorted(tree.rglob("Cargo.toml")):
        if not manifest.is_file():
            continue  # a broken link
        try:
            document = toml_file.tables(manifest)
            if "package" not in document:
                continue
            full = _stand_alone(document, _workspace(manifest.parent, tree))
            name, version = str(full["package"]["name"]), str(full["package"].get("version", "0.0.0"))
        except (ValueError, KeyError, AttributeError, TypeError) as err:
            raise ActionError(
                f"{source}: {manifest.relative_to(tree)} is not a valid manifest of a crate: {err!r}"
            ) from err
        if not _CRATE.fullmatch(f"{name}-{version}"):
            raise ActionError(
                f"{source}: {manifest.relative_to(tree)} has an invalid name or version, {name!r} {version!r}"
            )
        target = vendor / f"{name}-{version}"
        if target.exists():
            continue
        shutil.copytree(manifest.parent, target, symlinks=False, ignore=_Left(manifest.parent))
        _write_manifest(target / "Cargo.toml", full)
        write_checksums(target, None)
        found.add((name, version, ""))
    if not found:
        raise ActionError(f"{source} does not contain a crate")
    return found


class _Left:
    """Excludes broken links, and links to a folder above them, from a copy that replaces links by files."""

    def __init__(self, top: Path) -> None:
        self._top, self._real = str(top), os.path.realpath(top)
        self._linked = 0

    def __call__(self, folder: str, names: list[str]) -> set[str]:
        here = os.path.realpath(folder)
        if here != self._real + folder.removeprefix(self._top):
            self._linked += len(names)
        if self._linked > _MOST_LINKED:
            raise ActionError(
                f"{os.path.basename(self._top)} in the repository of a git crate has more than {_MOST_LINKED:,} files "
                "through links; it may be a decompression bomb"
            )
        links = [name for name in names if os.path.islink(f"{folder}/{name}")]
        back = {name for name in links if Path(here).is_relative_to(os.path.realpath(f"{folder}/{name}"))}
        back |= {name for name in links if not os.path.exists(f"{folder}/{name}")}
        return back | ({".git", "target"} & {*names})


def _workspace(folder: Path, top: Path) -> dict[str, Any]:
    """Return the workspace table of a crate's folder; empty if the crate is not in a workspace."""
    for parent in (folder, *folder.parents):
        manifest = parent / "Cargo.toml"
        if manifest.exists():
            table = toml_file.tables(manifest).get("workspace")
            if isinstance(table, dict):
                return table
        if parent == top:
            break
    return {}


def _stand_alone(document: dict[str, Any], workspace: dict[str, Any]) -> dict[str, Any]:
    shared = workspace.get("package", {})
    package = {
        key: shared.get(key) if isinstance(value, dict) and value.get("workspace") else value
        for key, value in document["package"].items()
    }
    package.pop("workspace", None)
    result = {key: value for key, value in document.items() if key not in ("workspace", "patch", "replace", "profile")}
    result["package"] = {key: value for key, value in package.items() if value is not None}
    for table in [result, *result.get("target", {}).values()]:
        for kind in _TABLES:
            if kind in table:
                table[kind] = {
                    name: _dependency(name, value, workspace.get("dependencies", {}))
                    for name, value in table[kind].items()
                }
    if isinstance(result.get("lints"), dict):
        result.pop("lints")
    return result


def _dependency(name: str, value: Any, shared: dict[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    if value.pop("workspace", False):
        base = shared.get(name, {})
        base = {"version": base} if isinstance(base, str) else dict(base)
        features = [*base.get("features", []), *value.get("features", [])]
        value = {**base, **value, **({"features": features} if features else {})}
    if "path" in value:
        value.pop("path")
        value.setdefault("version", "*")
    return value


def _write_manifest(path: Path, document: dict[str, Any]) -> None:
    import tomlkit

    path.write_text(tomlkit.dumps(document), encoding="utf-8")
