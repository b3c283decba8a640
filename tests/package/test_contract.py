"""The contract: each value stands in one place, and every side that must agree on it reads it there."""

import ast
import re
from pathlib import Path

import pytest

from fromager_gen import contract

TOP = Path(__file__).parents[2]
CONTRACT = TOP / "rules" / "contract.bzl"
# The sides that must read each value: the generator, Starlark, the actions' programs.
SIDES = {
    "ACTIONS": "generator starlark",
    "ANCHOR_REPOSITORY": "generator starlark",
    "ARCHIVE_SUFFIXES": "generator actions",
    "BACKEND_TARGETS": "generator",
    "BAZEL_7_CONFIG": "generator",
    "BAZEL_VERSION": "generator",
    "BUILD_ROOT": "generator actions",
    "BUILD_TIMEOUT": "starlark actions",
    "COMPILED_SUFFIXES": "generator actions",
    "CRATE_REPOSITORY": "generator starlark",
    "DEFAULT_JOBS": "generator starlark",
    "DEFAULT_SIZE": "generator starlark",
    "GIT_REPOSITORY": "generator",
    "GIT_SETTINGS": "generator starlark",
    "GIT_SUFFIX": "generator actions",
    "GIT_TIMEOUT": "generator starlark",
    "HEADER_SUFFIXES": "generator",
    "LIBRARIES": "generator starlark",
    "LIBRARY_REPOSITORY": "generator starlark",
    "LOCK_FILE": "generator starlark actions",
    "LOG_NOTE": "generator actions",
    "LONG_BUILD_BYTES": "generator actions",
    "MAX_ARCHIVE_BYTES": "actions",
    "MAX_ARCHIVE_MEMBERS": "generator actions",
    "MAX_ARCHIVE_RATIO": "generator actions",
    "MODULE": "generator",
    "NEWEST_BAZEL": "generator",
    "OLDEST_BAZEL": "generator",
    "PACKAGES": "generator",
    "PLAN_FILE": "generator",
    "RATIO_FREE_BYTES": "generator actions",
    "RULES_PYTHON": "generator",
    "RUST_SUFFIXES": "actions",
    "SDIST_REPOSITORY": "generator starlark",
    "SIZES": "generator starlark",
    "VERSION": "generator",
    "WHEEL_REPOSITORY": "generator starlark",
}
# Texts that are long or odd enough to be found where somebody wrote them a second time.
TELLING = [
    contract.LOG_NOTE, contract.BUILD_ROOT, contract.LOCK_FILE, contract.ANCHOR_REPOSITORY, str(contract.BUILD_TIMEOUT),
    str(contract.MAX_ARCHIVE_MEMBERS), str(contract.MAX_ARCHIVE_BYTES), str(contract.LONG_BUILD_BYTES),
    str(contract.RATIO_FREE_BYTES), *contract.GIT_SETTINGS,
    *(mnemonic for mnemonic, _ in contract.ACTIONS.values()),
    *(library["sha256"] for library in contract.LIBRARIES.values()),
    'f"sdist_', 'f"wheel_', 'f"crate_', 'f"library_', '"sdist_{', '"wheel_{', '"crate_"', '"library_"',
]  # fmt: skip
Files = dict[str, str]


def files() -> Files:
    """Return the sources of all sides, by path."""
    roots = [("fromager_gen", "*.py"), ("fromager_gen", "*.j2"), ("rules", "*.py"), ("rules", "*.bzl")]
    roots += [("rules", "BUILD.bazel"), ("toolchains", "*.bzl")]
    paths = [path for root, pattern in roots for path in (TOP / root).rglob(pattern) if "__pycache__" not in path.parts]
    return {path.relative_to(TOP).as_posix(): path.read_text() for path in paths if path.stem != "contract"}


def side(path: str) -> str:
    if path.startswith("fromager_gen/"):
        return "generator"
    return "actions" if path.startswith("rules/actions/") and path.endswith(".py") else "starlark"


def readers(sources: Files, name: str) -> set[str]:
    """Return the sides with a file that loads a value by its name, and uses it."""
    found = set()
    for path, text in sources.items():
        imports = re.search(rf"(from (?:fromager_gen|actions)\.contract import|contract\.bzl\")[^)]*?\b{name}\b", text)
        frame = path.endswith(".j2") or (f'"{name}"' in text and path == "fromager_gen/render/workspace.py")
        if (imports and len(re.findall(rf"\b{name}\b", text)) > 1) or (frame and name in text):
            found.add(side(path))
    return found


def problems(sources: Files) -> list[str]:
    """Return what breaks the contract: a side that does not read a value, or a value written a second time."""
    found = []
    for name, sides in SIDES.items():
        missing = set(sides.split()) - readers(sources, name)
        found += [f"{one} does not read {name}" for one in sorted(missing)]
    for path, text in sources.items():
        code = re.sub(r"(?m)^\s*#.*$", "", re.sub(r'""".*?"""', "", text, flags=re.S))
        found += [f"{path} repeats {value!r}" for value in TELLING if value in code]
    return found


def test_all_sides_read_every_value_and_none_repeats_one() -> None:
    assert problems(files()) == []


def test_every_value_has_its_sides() -> None:
    names = {node.targets[0].id for node in ast.parse(CONTRACT.read_text()).body if isinstance(node, ast.Assign)}  # type: ignore[attr-defined]

    assert names == set(SIDES)


@pytest.mark.parametrize("name", sorted(SIDES))
def test_a_side_that_goes_its_own_way_is_found(name: str) -> None:
    """Each side in turn is given a value of its own in place of the contract's."""
    sources = files()
    for one in SIDES[name].split():
        changed = {
            path: re.sub(rf"\b{name}\b", "0", text) if side(path) == one else text for path, text in sources.items()
        }

        assert f"{one} does not read {name}" in problems(changed)


@pytest.mark.parametrize("value", TELLING)
def test_a_value_that_is_written_a_second_time_is_found(value: str) -> None:
    sources = {**files(), "rules/private/new.bzl": f"X = '{value}'\n"}

    assert f"rules/private/new.bzl repeats {value!r}" in problems(sources)


def test_starlark_and_python_read_the_same_values() -> None:
    """The file holds literals alone, and the actions import the file itself."""
    tree = ast.parse(CONTRACT.read_text())
    values = {
        node.targets[0].id: ast.literal_eval(node.value)  # type: ignore[attr-defined]
        for node in tree.body
        if isinstance(node, ast.Assign)
    }

    assert {name: getattr(contract, name) for name in values} == values
    assert (TOP / "rules/actions/contract.py").resolve() == CONTRACT
