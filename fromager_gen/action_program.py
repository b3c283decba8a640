"""Run one of the actions' programs on this machine, as an action of Bazel does."""

import logging
import shlex
import subprocess
import sys
from collections.abc import Sequence

from fromager_gen.bundle import bundle_folder
from fromager_gen.contract import PYTHON_FLAGS
from fromager_gen.errors import SourceError

_log = logging.getLogger(__name__)
_SECONDS = 600


def run_program(program: str, arguments: Sequence[str]) -> str:
    """Run a program and return what it prints.

    The flags of Python are those of an action: the user's site-packages and variables don't affect the program.

    Raises:
        SourceError: the program fails; the message is its own.
    """
    command = [sys.executable, *PYTHON_FLAGS, str(bundle_folder() / "rules" / "actions"), program, *arguments]
    _log.debug("%s", shlex.join(command))
    try:
        result = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise SourceError(f"{program} did not finish within {_SECONDS} s") from None
    if result.returncode:
        raise SourceError(result.stderr.strip().removeprefix("ERROR: ") or f"{program} failed")
    return result.stdout
