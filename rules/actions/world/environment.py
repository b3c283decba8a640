"""Make a build environment: a virtual environment with the interpreter and the build requirements, without pip.

Each build requirement is a tar that ``install_wheel`` made from its wheel. A virtual environment is described in
https://docs.python.org/3/library/venv.html and https://peps.python.org/pep-0405/.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from actions.wheel import installed
from actions.wheel.schemes import VERSION, schemes

_INSIDE = "_fromager_inside"


def make(env: Path, interpreter: str, tools: Sequence[Path], inside: str) -> None:
    """Make the environment in an empty folder.

    Args:
        env: the folder.
        interpreter: absolute path of the base interpreter, which has the version that runs this code.
        tools: tars of installed files; if two contain the same file, the later one is used, as in pip.
        inside: text of the module that every Python in the environment loads first.
    """
    site = env / schemes()["purelib"]
    site.mkdir(parents=True)
    programs = env / "bin"
    programs.mkdir()
    for name in ("python", "python3", f"python{VERSION}"):
        (programs / name).symlink_to(interpreter)
    (env / "pyvenv.cfg").write_text(
        f"home = {os.path.dirname(interpreter)}\ninclude-system-site-packages = false\n"
        f"version = {VERSION.removesuffix('t')}\n"
    )
    for tool in tools:
        installed.unpack(tool, env)
    (site / f"{_INSIDE}.py").write_text(inside)
    (site / f"{_INSIDE}.pth").write_text(f"import {_INSIDE}\n")
