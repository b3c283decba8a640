"""A build environment: the interpreter and the build requirements, as a virtual environment without pip.

Each build tool comes as the tar that ``install_wheel`` made of its wheel.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from actions.wheel import installed
from actions.wheel.schemes import schemes

_INSIDE = "_fromager_inside"


def make(env: Path, interpreter: str, tools: Sequence[Path], inside: str) -> None:
    """Make the environment in an empty folder.

    Args:
        env: the folder.
        interpreter: the base interpreter's absolute path, of the version that runs this.
        tools: tars of installed files; where two hold one file, the later wins, as with pip.
        inside: text of the module that every Python started in the environment loads first.
    """
    site = env / schemes()["purelib"]
    site.mkdir(parents=True)
    programs = env / "bin"
    programs.mkdir()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    for name in ("python", "python3", f"python{version}"):
        (programs / name).symlink_to(interpreter)
    (env / "pyvenv.cfg").write_text(
        f"home = {os.path.dirname(interpreter)}\ninclude-system-site-packages = false\nversion = {version}\n"
    )
    for tool in tools:
        installed.unpack(tool, env)
    (site / f"{_INSIDE}.py").write_text(inside)
    (site / f"{_INSIDE}.pth").write_text(f"import {_INSIDE}\n")
