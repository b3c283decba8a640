"""The collections in examples/, bootstrapped with the command of a user."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspaces import find_python

TOP = Path(__file__).parents[2]
# Python version of their constraints.
PYTHON = "3.12"
INTERPRETER = find_python(PYTHON)

# Marks of tests that bootstrap a collection.
MARKS = [
    pytest.mark.bazel,
    pytest.mark.index,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(INTERPRETER is None, reason=f"the collection is for Python {PYTHON}, which is not installed"),
]


def bootstrap(name: str, folder: Path, shared: Path) -> str:
    """Bootstrap a collection in a folder and return the messages."""
    example = TOP / "examples" / name
    command = [sys.executable, "-m", "fromager_gen", "--python", PYTHON, "-c", example / "constraints.txt"]
    command += ["bootstrap", "-r", example / "requirements.txt"]
    command.append(f"--bazel-option=--disk_cache={shared / 'disk-cache'}")
    result = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-6000:]
    return result.stderr


def installed(name: str, folder: Path) -> str:
    """Install a collection's top level from its wheels only, check it, import it, and return the output."""
    program, example = TOP / "benchmarks" / "check_collection.py", TOP / "examples" / name
    command = [sys.executable, program, folder / "wheels-repo" / "downloads", example / "requirements.txt"]
    result = subprocess.run(
        [*map(str, command), "--python", str(INTERPRETER)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "pip check clean" in result.stdout
    return result.stdout


def wheels_in(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each wheel in a folder by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.whl")}
