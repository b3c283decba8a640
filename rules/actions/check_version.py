"""Action: check that a pinned program has the version that the lock states."""

import subprocess
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.outputs import whole

_SECONDS = 60


class Request(NamedTuple):
    """One program."""

    tool: str
    """The toolchain, for error messages."""
    version: str
    """How the output of `PROGRAM --version` begins."""
    program: Path
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--tool", required=True, help="the toolchain, for error messages")
    add("--version", required=True, help="words with which the output of `PROGRAM --version` begins")
    add("--program", type=Path, required=True, help="the program")
    add("--out", type=Path, required=True, help="file to write: the program's version")
    request = Request(**parser.values(argv))
    said = _version(request)
    words = request.version.split()
    if said.split()[: len(words)] != words:
        raise ActionError(
            f"{request.tool}: toolchains.lock.json states {request.version}, but {request.program.name} --version "
            f"prints {said[:200]!r}. Remove its entry from toolchains.lock.json and add it again with "
            "`fromager-gen toolchains add`."
        )
    with whole(request.out):
        request.out.write_text(f"{request.version}\n")


def _version(request: Request) -> str:
    command = [str(request.program.resolve()), "--version"]
    try:
        result = subprocess.run(command, capture_output=True, check=False, env={}, timeout=_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as err:
        raise ActionError(f"{request.tool}: {request.program.name} can't run on this machine: {err}") from err
    if result.returncode:
        error = result.stderr.decode(errors="replace").strip()[-500:]
        raise ActionError(f"{request.tool}: {request.program.name} --version failed: {error}")
    return result.stdout.decode(errors="replace").strip()
