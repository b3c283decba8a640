"""Install the distributions of plugins that the command line names, for one run."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fromager_gen.addresses import hide_credentials
from fromager_gen.errors import InputError

_SHOWN = 10
# The file by which a later run knows that the folder is its own.
_MARKER = ".fromager-gen"


def install_plugins(requirements: Sequence[str], folder: Path) -> None:
    """Install distributions with all that they require into a folder, and make them importable.

    Args:
        requirements: requirements, or paths of projects, as pip takes them.
        folder: the folder; an earlier one is replaced.

    Raises:
        InputError: pip can't install them, or there is no pip.
    """
    marker = folder / _MARKER
    if folder.exists() and not marker.exists():
        raise InputError(f"--plugins installs into {folder}, which has other files; choose another --work-dir")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    marker.touch()
    command = [*_installer(), "--quiet", "--target", str(folder), "--", *requirements]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [f"  | {line}" for line in done.stderr.strip().splitlines()[-_SHOWN:]]
        named = " ".join(map(hide_credentials, requirements))
        raise InputError(hide_credentials("\n".join([f"--plugins {named}: pip can't install this:", *lines])))
    sys.path.append(str(folder.resolve()))
    importlib.invalidate_caches()


def _installer() -> list[str]:
    if importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check", "install"]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable]
    raise InputError("--plugins needs pip in the environment of fromager-gen, or the program uv")
