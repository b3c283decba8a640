"""Backends whose answer to `get_requires_for_build_wheel` can be read from the source: they need not be asked.

Only what follows from their released code and from the project's own tables: where those leave it open, None.
"""

from collections.abc import Mapping
from typing import Any

from fromager_gen.source.archive import SourceArchive

# Where one of these stands in hatchling's tables for a wheel, it may ask for more.
_HATCH_ASKS = {"dependencies", "hooks", "require-runtime-dependencies", "require-runtime-features"}


def static_build_requires(tree: SourceArchive, build_dir: str, pyproject: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return what a source's backend asks for beside `build-system.requires`, None where only the backend can tell.

    Args:
        tree: the source.
        build_dir: folder with the project.
        pyproject: its pyproject.toml.

    Raises:
        AttributeError, TypeError: there is something else where the standards want a table.
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
            asks_nothing = not tree.has(f"{build_dir}/hatch.toml") and _hatchling(pyproject)
        case _:
            asks_nothing = False
    return () if asks_nothing else None


def _flit(project: Mapping[str, Any] | None) -> bool:
    """It asks for what the project needs to run where it has to import the project for its version or description."""
    if project is None:
        return False
    imports = {"version", "description"} & set(project.get("dynamic", []))
    needs = project.get("dependencies") or project.get("optional-dependencies")
    return not imports or not needs


def _hatchling(pyproject: Mapping[str, Any]) -> bool:
    build = pyproject.get("tool", {}).get("hatch", {}).get("build", {})
    wheel = build.get("targets", {}).get("wheel", {})
    return _HATCH_ASKS.isdisjoint(build) and _HATCH_ASKS.isdisjoint(wheel)
