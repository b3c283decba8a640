"""No file and no function is longer than a reader keeps in mind."""

import ast
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).parents[2]
LONGEST_PYTHON = 350
LONGEST_STARLARK = 250
LONGEST_BODY = 40


def sources(pattern: str, *roots: str) -> list[Path]:
    found = [path for root in roots for path in (TOP / root).rglob(pattern)]
    return sorted(path for path in found if not {"__pycache__", "golden"} & set(path.parts) and not path.is_symlink())


def too_long(paths: list[Path], most: int) -> list[str]:
    counts = {path.relative_to(TOP).as_posix(): len(path.read_text().splitlines()) for path in paths}
    return [f"{name}: {count} lines" for name, count in counts.items() if count > most]


def bodies(path: Path) -> Iterator[tuple[str, int]]:
    """Yield each function of Python or Starlark with the lines of its body, without the docstring."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1:] if ast.get_docstring(node) else node.body
            yield node.name, (int(first[-1].end_lineno or 0) - first[0].lineno + 1) if first else 0


def programs() -> list[Path]:
    """Return the Python programs in tools, which have no suffix."""
    return [
        path for path in sorted((TOP / "tools").iterdir()) if path.is_file() and b"python" in path.read_bytes()[:40]
    ]


def test_no_file_is_too_long() -> None:
    python = sources("*.py", "fromager_gen", "rules", "toolchains", "tests", "benchmarks")
    starlark = [
        *sources("*.bzl", "rules", "toolchains", "tests/starlark"),
        *sources("*.bazel", "rules", "toolchains", "tests/starlark"),
    ]

    assert len(python) > 250 and len(starlark) > 30
    assert too_long([*python, *programs()], LONGEST_PYTHON) == []
    assert too_long(starlark, LONGEST_STARLARK) == []


def test_no_body_is_too_long() -> None:
    found = [
        f"{path.relative_to(TOP)}: {name} has {count} lines"
        for path in [
            *sources("*.py", "fromager_gen", "rules", "toolchains", "benchmarks", "tests"),
            *sources("*.bzl", "rules", "toolchains", "tests/starlark"),
            *programs(),
        ]
        for name, count in bodies(path)
        if count > LONGEST_BODY
    ]

    assert found == []
