"""The modules that a wheel installs, by which programs import it."""

from collections.abc import Iterable

# Names of folders that some wheels install next to their package by mistake, and that are not meant to be imported.
_NOT_MEANT = {"benchmarks", "docs", "examples", "scripts", "test", "tests"}


def top_modules(names: Iterable[str]) -> list[str]:
    """Return the top-level modules of a wheel; private ones only if there are no others.

    Args:
        names: the members of the wheel.
    """
    found = {module for name in names if (module := _module(name))}
    public = {module for module in found if not module.startswith("_")}
    return sorted(public or found)


def _module(name: str) -> str:
    """Return the top-level module that a member belongs to; empty for data and metadata."""
    parts = name.split("/")
    if parts[0].endswith(".data") and len(parts) > 2 and parts[1] in ("purelib", "platlib"):
        parts = parts[2:]
    is_module = len(parts) == 1 and parts[0].endswith((".py", ".so"))
    is_package = len(parts) == 2 and parts[1].partition(".")[0] == "__init__" and parts[1].endswith((".py", ".so"))
    module = parts[0].partition(".")[0]
    return module if (is_module or is_package) and module.isidentifier() and module not in _NOT_MEANT else ""
