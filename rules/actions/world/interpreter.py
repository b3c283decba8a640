"""Put the interpreter that runs this action at a constant path, with the parts of it that a build uses.

Compilers write the paths of headers into their output, and the interpreter of a distribution is in the folder `/usr`,
from which a build must get nothing else. So the folder has links to the parts of the interpreter alone.
"""

import os
import sys
import sysconfig
from pathlib import Path


def place(home: Path) -> Path:
    """Make the folder; return the path of the program in it.

    Args:
        home: the folder to make. Python finds its standard library relative to `bin` in it.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    program = os.path.join(sys.base_prefix, "bin", f"python{version}")
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    parts = {sysconfig.get_path(name, vars=base) for name in ("stdlib", "platstdlib", "include")} | _libraries()
    for part in sorted(parts):
        place_of_part = os.path.relpath(part, sys.base_prefix)
        if os.path.exists(part) and not place_of_part.startswith(".."):
            _link(part, home / place_of_part)
    _link(program if os.path.exists(program) else os.path.realpath(sys.executable), home / "bin" / f"python{version}")
    _one_folder_of_headers(home)
    return home / "bin" / f"python{version}"


def _link(part: str, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(part)


def _libraries() -> set[str]:
    """Return the paths of the shared library, for programs that contain an interpreter."""
    folder = sysconfig.get_config_var("LIBDIR")
    names = {sysconfig.get_config_var(name) for name in ("INSTSONAME", "LDLIBRARY")} if folder else set()
    return {f"{folder}/{name}" for name in names if name and name.endswith((".so", ".1.0"))}


def _one_folder_of_headers(home: Path) -> None:
    """Put Debian's pyconfig.h for this CPU next to the other headers.

    Debian's own pyconfig.h includes it by a path below /usr/include, which a hermetic compiler does not search:
    https://wiki.debian.org/Multiarch/TheCaseForMultiarch
    """
    include = Path(sysconfig.get_path("include"))
    multiarch = include.parent / str(sysconfig.get_config_var("MULTIARCH")) / include.name / "pyconfig.h"
    if not multiarch.exists():
        return
    headers = home / os.path.relpath(include, sys.base_prefix)
    headers.unlink()
    headers.mkdir()
    for header in os.scandir(include):
        (headers / header.name).symlink_to(multiarch if header.name == "pyconfig.h" else header.path)
