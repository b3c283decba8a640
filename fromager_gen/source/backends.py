"""Backends whose answer to `get_requires_for_build_wheel` follows from the source, so that they need not be run.

An answer is derived only if the backend's released code and the project's own tables determine it.
https://peps.python.org/pep-0517/#get-requires-for-build-wheel
"""

from collections.abc import Mapping
from typing import Any

from fromager_gen.source.archive import SourceArchive

# Hatchling may require more packages if its tables for a wheel have one of these keys.
# https://hatch.pypa.io/latest/config/build/
_HATCH_ASKS = {"dependencies", "hooks", "require-runtime-dependencies", "require-runtime-features"}


def static_build_requires(
    source: SourceArchive, build_dir: str, pyproject: Mapping[str, Any]
) -> tuple[str, ...] | None:
    """Return a backend's requirements in addition to `build-system.requires`, or None if it must be asked.

    Args:
        source: the source.
        build_dir: folder with the project.
        pyproject: its pyproject.toml.

    Raises:
        AttributeError, TypeError: a value has another type than the table that the standards require.
    """
    system = pyproject.get("build-system", {})
    if system.get("backend-path"):
        return None
    match system.get("build-backend"):
        case "poetry.core.masonry.api":
            asks_nothing = True
        case "flit_core.buildapi":
            asks_nothing = _flit(pyproject.get("project"))
        case "hatchling.build":
            asks_nothing = not source.has(f"{build_dir}/hatch.toml") and _hatchling(pyproject)
        case _:
            asks_nothing = False
    return () if asks_nothing else None


def _flit(project: Mapping[str, Any] | None) -> bool:
    """Return whether flit requires nothing more.

    It requires the project's dependencies if it has to import the project for its version or description.
    https://flit.pypa.io/en/stable/pyproject_toml.html
    """
    if project is None:
        return False
    imports = {"version", "description"} & set(project.get("dynamic", []))
    needs = project.get("dependencies") or project.get("optional-dependencies")
    return not imports or not needs


def _hatchling(pyproject: Mapping[str, Any]) -> bool:
    build = pyproject.get("tool", {}).get("hatch", {}).get("build", {})
    wheel = build.get("targets", {}).get("wheel", {})
    return _HATCH_ASKS.isdisjoint(build) and _HATCH_ASKS.isdisjoint(wheel)
