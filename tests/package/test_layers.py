"""A module imports only from rooms below its own, only through a room's door, and no imports form a cycle."""

import ast
import graphlib
from pathlib import Path

import pytest

import fromager_gen

PACKAGE = Path(fromager_gen.__file__).parent
# Lowest first. Rooms in one row do not import each other.
LAYERS = [
    ["errors"],
    ["addresses", "bundle", "files", "terminal"],
    ["contract", "archive_format", "index_file", "wheel_index", "zstd"],
    ["action_program", "standards", "interpreter", "platforms"],
    ["names"],
    ["graph"],
    ["external", "plugins"],
    ["overrides"],
    ["net", "source", "compare"],
    ["lock"],
    ["resolve", "toolchains"],
    ["plan"],
    ["preflight", "render"],
    ["write"],
    ["execution"],
    ["bazel"],
    ["bootstrap"],
    ["serve"],
    ["pipeline"],
    ["cli"],
]
RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}
# A command loads just the use case that it is for: what builds and downloads takes a second to import.
OPEN = {"pipeline"}
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


def named(source: Path) -> set[str]:
    """Return the modules of the package that a file imports: doors, and modules behind a door."""
    statements = list(ast.walk(ast.parse(source.read_text(encoding="utf-8"))))
    found = {str(node.module) for node in statements if isinstance(node, ast.ImportFrom)}
    found |= {alias.name for node in statements if isinstance(node, ast.Import) for alias in node.names}
    return {name for name in found if name.split(".")[0] == "fromager_gen"}


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else ""


def test_every_module_has_a_room() -> None:
    assert {room(name) for name in MODULES} - {"", "__main__"} == set(RANK)


@pytest.mark.parametrize("name", sorted(set(MODULES) - {"fromager_gen", "fromager_gen.__main__"}))
def test_imports_go_to_lower_rooms_through_their_doors(name: str) -> None:
    own = room(name)
    others = {other for other in imported(MODULES[name]) if room(other) not in ("", own)}

    assert {other for other in others if RANK[room(other)] >= RANK[own]} == set()
    behind = {other for other in named(MODULES[name]) if other.count(".") > 1 and room(other) not in ("", own)}
    assert {other for other in behind if room(other) not in OPEN} == set()


def test_the_package_itself_imports_nothing() -> None:
    assert imported(MODULES["fromager_gen"]) == set()


def test_no_imports_form_a_cycle() -> None:
    """A door re-exports its room's modules, which import each other by their own names."""
    graph = {name: imported(source) - {name} for name, source in MODULES.items()}

    assert list(graphlib.TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("name", sorted(name for name in RANK if (PACKAGE / name).is_dir() and name not in OPEN))
def test_a_door_lists_what_it_offers(name: str) -> None:
    door = __import__(f"fromager_gen.{name}", fromlist=["x"])

    assert door.__doc__
    if name != "cli":
        assert door.__all__ == sorted(door.__all__, key=lambda one: (not one.isupper(), not one[0].isupper(), one))
        assert all(hasattr(door, one) for one in door.__all__)


def test_actions_know_nothing_of_the_generator() -> None:
    """They run inside Bazel's actions, where it is not installed."""
    actions = sorted((PACKAGE.parent / "rules" / "actions").rglob("*.py"))

    assert len(actions) > 30
    assert [path.name for path in actions if imported(path)] == []
