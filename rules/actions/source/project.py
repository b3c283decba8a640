"""The pyproject.toml of a source tree: the build system, and Fromager's ``project_override``."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from actions.errors import ActionError
from actions.names import normalize
from actions.source import toml_file


class BuildSystem(NamedTuple):
    """The build system of a source tree.

    See https://peps.python.org/pep-0517/ and https://peps.python.org/pep-0518/.
    """

    backend: str
    backend_path: list[str] | None
    requires: list[str]


def project_folder(tree: Path, build_dir: str) -> Path:
    """Return the project's folder in a source tree.

    Raises:
        ActionError: the folder does not exist, or is outside the tree.
    """
    folder = tree / build_dir
    if not folder.resolve().is_relative_to(tree.resolve()):
        raise ActionError(f"the setting build_dir, {build_dir!r}, points outside the source")
    if not folder.is_dir():
        raise ActionError(f"the source has no folder {build_dir!r}, which the setting build_dir names")
    return folder


def build_system(source: Path, must_exist: bool = True) -> BuildSystem:
    """Read the build system of a source tree; without a pyproject.toml it is the legacy backend of setuptools.

    Args:
        source: the folder with the project.
        must_exist: whether a source without any file of a build system is an error: no backend can build it.

    Raises:
        ActionError: pyproject.toml is damaged or does not follow the standards.
    """
    table = _pyproject(source, must_exist).get("build-system", {})
    if not isinstance(table, dict):
        raise ActionError(f"{source.name}: [build-system] of pyproject.toml does not follow PEP 517")
    backend = table.get("build-backend", "setuptools.build_meta:__legacy__")
    backend_path = table.get("backend-path")
    requires = table.get("requires", ["setuptools >= 40.8.0"])
    if not isinstance(backend, str) or not _strings(requires) or not (backend_path is None or _strings(backend_path)):
        raise ActionError(f"{source.name}: [build-system] of pyproject.toml does not follow PEP 517")
    for path in backend_path or []:
        if "\0" in path or not (source / path).resolve().is_relative_to(source.resolve()):
            raise ActionError(f"{source.name}: backend-path {path!r} points outside the source tree")
    return BuildSystem(backend, backend_path, requires)


def _pyproject(source: Path, must_exist: bool) -> dict[str, Any]:
    path = source / "pyproject.toml"
    if not path.exists():
        if must_exist and not (source / "setup.py").exists() and not (source / "setup.cfg").exists():
            raise ActionError(
                f"{source.name} has neither pyproject.toml nor setup.py. Set build_dir to the folder that has one."
            )
        return {}
    try:
        return toml_file.tables(path)
    except ValueError as err:
        raise ActionError(f"{source.name}: pyproject.toml can't be read: {err}") from err


def _strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def override_requires(source: Path, update: Sequence[str], remove: Sequence[str]) -> None:
    """Change ``build-system.requires`` as Fromager's ``project_override`` does.

    Removed names are dropped, all entries of an updated name are replaced, and a bare ``setuptools`` is added unless
    it is updated itself. The result is sorted. The backend does not change.
    """
    import tomlkit

    path = source / "pyproject.toml"
    try:
        document = toml_file.document(path) if path.exists() else tomlkit.document()
    except ValueError as err:
        raise ActionError(f"{source.name}: pyproject.toml can't be read: {err}") from err
    table = document.setdefault("build-system", tomlkit.table())
    if not isinstance(table, dict) or not _strings(table.get("requires", [])):
        raise ActionError(f"{source.name}: [build-system] of pyproject.toml does not follow PEP 518")
    replaced = {_name(requirement) for requirement in update}
    dropped = replaced | {normalize(name) for name in remove}
    kept = [str(requirement) for requirement in table.get("requires", []) if _name(requirement) not in dropped]
    bare = [] if "setuptools" in replaced else ["setuptools"]
    table["requires"] = sorted({*bare, *kept, *update})
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def _name(requirement: str) -> str:
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return normalize(found[1]) if found else requirement
