"""The collections of examples/, bootstrapped as a user does it."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from support.workspaces import find_python

TOP = Path(__file__).parents[2]
# What their constraints were made for.
PYTHON = "3.12"
INTERPRETER = find_python(PYTHON)

# What a module's tests need where they bootstrap one.
MARKS = [
    pytest.mark.bazel,
    pytest.mark.index,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(INTERPRETER is None, reason=f"the collection is for Python {PYTHON}, which is not here"),
]


def bootstrap(name: str, folder: Path, shared: Path) -> str:
    """Bootstrap a collection in a folder and return what was said."""
    example = TOP / "examples" / name
    command = [sys.executable, "-m", "fromager_gen", "--python", PYTHON, "-c", example / "constraints.txt"]
    command += ["bootstrap", "-r", example / "requirements.txt"]
    command.append(f"--bazel-option=--disk_cache={shared / 'disk-cache'}")
    result = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-6000:]
    return result.stderr


def installed(name: str, folder: Path) -> str:
    """Install a collection's top level from its wheels alone, check it, import it, and return what was said."""
    program, example = TOP / "benchmarks" / "check_collection.py", TOP / "examples" / name
    command = [sys.executable, program, folder / "wheels-repo" / "downloads", example / "requirements.txt"]
    result = subprocess.run(
        [*map(str, command), "--python", str(INTERPRETER)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "pip check clean" in result.stdout
    return result.stdout


def wheels_in(folder: Path) -> dict[str, str]:
    """Return the sha256 of each wheel in a folder by its name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.whl")}
