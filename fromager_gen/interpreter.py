"""Find the machine's interpreter that the Python toolchain will use, and ask it for its patch level.

Environment markers depend on the patch level. The search looks in the same places and in the same order as
`toolchains/python/machine_python.bzl`.
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
    """Return the minor version, such as ``3.12``, of ``3.12`` or ``3.12.1``."""
    return ".".join(python.split(".")[:2])


def marker_variables(full: str) -> dict[str, str]:
    """Return the variables of environment markers that follow from a version with its patch level."""
    return {"python_version": minor_version(full), "python_full_version": full, "implementation_version": full}


def is_full_version(python: str) -> bool:
    """Return whether a version has a patch level."""
    return python.count(".") >= 2


def full_version(python: str) -> str:
    """Return a version with its patch level, which is that of the machine's interpreter if none is named.

    Args:
        python: ``3.12``, or ``3.12.1``, which is returned unchanged.

    Raises:
        ToolError: the machine has no such interpreter; the message lists the places that were searched.
    """
    found = find_full_version(python)
    if found is None:
        looked = ", ".join(where for where, _ in candidates(python))
        raise ToolError(
            f"no Python {python} was found on this machine, so its patch level, which markers may use, is unknown. "
            f"Looked for: {looked}. Install it, or name the patch level before the command: --python {python}.1"
        )
    return found


def find_full_version(python: str) -> str | None:
    """Return the result of `full_version`, or None if the machine lacks the interpreter; it is asked once."""
    if is_full_version(python):
        return python
    begin_to_ask(python)
    return _asked[python].result()


def problem_of_patch_level(python: str) -> str | None:
    """Return a warning if no interpreter of this machine has the named patch level."""
    if not is_full_version(python):
        return None
    found = {version for _, program in candidates(minor_version(python)) if program and (version := _ask(program))}
    if python in found:
        return None
    others = ", ".join(sorted(version for version in found if minor_version(version) == minor_version(python)))
    return (
        f"no Python {python} was found on this machine{f' (it has {others})' if others else ''}: markers are evaluated "
        f"for {python}, and builds need a toolchain with that version"
    )


def begin_to_ask(python: str) -> None:
    """Start to ask the machine's interpreter in a thread.

    A shim of pyenv takes a fifth of a second, in which the caller can read the graph.
    """
    if not is_full_version(python) and python not in _asked:
        pool = ThreadPoolExecutor(1)
        _asked[python] = pool.submit(_find, python)
        pool.shutdown(wait=False)


def _find(python: str) -> str | None:
    for _, program in candidates(python):
        version = _ask(program) if program is not None else None
        if version is not None and minor_version(version) == python:
            return version
    return None


def candidates(python: str) -> Iterator[tuple[str, Path | None]]:
    """Yield the places where an interpreter of this minor version may be, each with the program if it exists."""
    name = f"python{python}"
    pyenv_root = os.environ.get("PYENV_ROOT")
    root = Path(pyenv_root or Path(os.environ.get("HOME") or "/", ".pyenv"))
    for program in (name, "python3"):
        path = shutil.which(program)
        yield f"{program} on PATH", Path(path) if path else None
        if path and Path(path).parent.name == "shims" and not pyenv_root:
            root = Path(path).parent.parent  # the root of the pyenv in use, even if HOME names another
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
    """Return the version that an interpreter reports, or None if the program is not an interpreter."""
    try:
        answer = subprocess.run(
            # Run in `/`, as the toolchain does: a `.python-version` file of pyenv must not choose another interpreter.
            # https://docs.python.org/3/using/cmdline.html#cmdoption-I
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
