"""The machine's interpreter that the Python toolchain will use: asked for its patch level, which markers depend on.

It is looked for as `toolchains/python/machine_python.bzl` does, in the same places and the same order.
"""

import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from fromager_gen.errors import ToolError

_log = logging.getLogger(__name__)
_SECONDS = 30
_asked: dict[str, Future[str | None]] = {}
_ASK = "import sys; print(sys.version.split()[0])"


def minor_version(python: str) -> str:
    """Return ``3.12`` of ``3.12`` or ``3.12.1``."""
    return ".".join(python.split(".")[:2])


def marker_variables(full: str) -> dict[str, str]:
    """Return the variables of environment markers that a version with its patch level gives."""
    return {"python_version": minor_version(full), "python_full_version": full, "implementation_version": full}


def is_full_version(python: str) -> bool:
    """Tell whether a version has a patch level."""
    return python.count(".") >= 2


def full_version(python: str) -> str:
    """Return a version with its patch level: that of the machine's interpreter where none is named.

    Args:
        python: ``3.12``, or ``3.12.1``, which is taken as it is.

    Raises:
        ToolError: the machine has no such interpreter; it says where one was looked for.
    """
    found = find_full_version(python)
    if found is None:
        looked = ", ".join(where for where, _ in _candidates(python))
        raise ToolError(
            f"no Python {python} on this machine, so its patch level, which markers may ask for, is not known. Looked "
            f"for: {looked}. Install one, or name the patch level too, before the command: --python {python}.1"
        )
    return found


def find_full_version(python: str) -> str | None:
    """Return what `full_version` returns, None where the machine has no such interpreter. It is asked once."""
    if is_full_version(python):
        return python
    begin_to_ask(python)
    return _asked[python].result()


def problem_of_patch_level(python: str) -> str | None:
    """Return a warning where a patch level is named that no interpreter of this machine has."""
    if not is_full_version(python):
        return None
    there = {version for _, program in _candidates(minor_version(python)) if program and (version := _ask(program))}
    if python in there:
        return None
    others = ", ".join(sorted(version for version in there if minor_version(version) == minor_version(python)))
    return (
        f"no Python {python} on this machine{f' (it has {others})' if others else ''}: markers are evaluated for it, "
        "and builds need a toolchain that has it"
    )


def begin_to_ask(python: str) -> None:
    """Ask the machine's interpreter in a thread: pyenv's shims take a fifth of a second, which a graph is read in."""
    if not is_full_version(python) and python not in _asked:
        pool = ThreadPoolExecutor(1)
        _asked[python] = pool.submit(_find, python)
        pool.shutdown(wait=False)


def _find(python: str) -> str | None:
    for _, program in _candidates(python):
        version = _ask(program) if program is not None else None
        if version is not None and minor_version(version) == python:
            return version
    return None


def _candidates(python: str) -> Iterator[tuple[str, Path | None]]:
    """Yield where an interpreter of this minor version may be, with the program if one is there."""
    name = f"python{python}"
    said = os.environ.get("PYENV_ROOT")
    root = Path(said or Path(os.environ.get("HOME") or "/", ".pyenv"))
    for program in (name, "python3"):
        path = shutil.which(program)
        yield f"{program} on PATH", Path(path) if path else None
        if path and Path(path).parent.name == "shims" and not said:
            root = Path(path).parent.parent  # pyenv, wherever HOME is
    versions = [folder for folder in _folders(root / "versions") if minor_version(folder.name) == python]
    for folder in sorted(versions, key=_numbers, reverse=True):
        program_of_pyenv = folder / "bin" / name
        yield str(folder), program_of_pyenv if program_of_pyenv.exists() else None
    if not versions:
        yield f"{root}/versions/{python}.*", None


def _folders(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _numbers(folder: Path) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in folder.name.split(".")]


def _ask(program: Path) -> str | None:
    """Return an interpreter's own version, None where the program is not an interpreter."""
    try:
        answer = subprocess.run(
            # As the toolchain does: a file of pyenv's in the user's folder must not choose another interpreter here.
            [program, "-I", "-S", "-c", _ASK],
            cwd="/",
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError, ValueError) as err:
        _log.debug("%s is not an interpreter that runs: %s", program, err)
        return None
    _log.debug("%s is Python %s", program, answer.stdout.strip())
    return answer.stdout.strip() or None
