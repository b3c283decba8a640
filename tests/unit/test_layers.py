"""A module imports only from stages before its own, and no imports form a cycle."""

import ast
import graphlib
from pathlib import Path

import pytest

import fromager_gen

PACKAGE = Path(fromager_gen.__file__).parent
# Lowest first; what stands in one row does not know the others of it, `errors` and `names` aside.
LAYERS = [
    ["errors"],
    ["addresses", "bundle"],
    ["archive_format"],
    ["standards", "interpreter"],
    ["names"],
    ["graph"],
    ["overrides"],
    ["lock"],
    ["resolve"],
    ["plan"],
    ["render"],
    ["write"],
    ["build"],
    ["bootstrap"],
    ["cli"],
]
RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}
SOURCES = sorted(
    path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts and "bundle" not in path.parent.parts
)


def module(source: Path) -> str:
    parts = source.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(source): source for source in SOURCES}


def imported(source: Path) -> set[str]:
    """Return the modules of ours that a file imports anywhere in it, as deep as they are named."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source} imports by dots"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else str(node.module) for name in names}
    return {name for name in found if name.split(".")[0] == "fromager_gen"}


def stage(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def test_every_module_has_a_stage() -> None:
    assert {stage(name) for name in MODULES} - {"", "__main__"} == set(RANK)


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"fromager_gen", "fromager_gen.__main__"}))
def test_imports_go_to_earlier_stages_only(name: str) -> None:
    own = stage(name)
    later = {
        other for other in imported(MODULES[name]) if stage(other) not in ("", own) and RANK[stage(other)] >= RANK[own]
    }

    assert later == set()


def test_the_package_itself_imports_nothing() -> None:
    assert imported(MODULES["fromager_gen"]) == set()


def test_no_imports_form_a_cycle() -> None:
    """An `__init__` re-exports its stage's modules, which import each other by their own names."""
    graph = {name: imported(source) - {name} for name, source in MODULES.items()}

    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_actions_know_nothing_of_the_generator() -> None:
    """They run inside Bazel's actions, where it is not installed."""
    actions = sorted((PACKAGE.parent / "rules" / "actions").glob("*.py"))

    assert actions
    assert [path.name for path in actions if imported(path)] == []
