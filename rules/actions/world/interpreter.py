"""Put the interpreter that runs this action at a constant path, with the parts of it that a build uses.

Compilers write the paths of headers into their output, and the interpreter of a distribution is in the folder `/usr`,
from which a build must get nothing else. So the folder has links to the parts of the interpreter alone.
"""

import os
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from actions.wheel import installed
from actions.wheel.schemes import VERSION


def place(home: Path, trees: Sequence[Path] = ()) -> Path:
    """Make the folder; return the path of the program in it.

    Args:
        home: the folder to make. Python finds its standard library relative to `bin` in it.
        trees: tars of the files of a pinned Python, a later one with the headers of another platform. Without a tar of
            its standard library, the interpreter's own parts are used.
    """
    program = os.path.join(sys.base_prefix, "bin", f"python{VERSION}")
    if _is_packed():
        _link_packed(home)
    else:
        _link_parts(home)
    _link(program if os.path.exists(program) else os.path.realpath(sys.executable), home / "bin" / f"python{VERSION}")
    for tree in trees:
        _unpack(tree, home)
    return home / "bin" / f"python{VERSION}"


def _is_packed() -> bool:
    """Return whether the standard library is a zip, as `make_python` packs it."""
    return os.path.exists(os.path.join(sys.base_prefix, "lib", f"python{VERSION.replace('.', '')}.zip"))


def _link_packed(home: Path) -> None:
    """Link to the shared libraries of a packed interpreter."""
    library = Path(sys.base_prefix, "lib")
    for folder in (library, library / f"python{VERSION}" / "lib-dynload"):
        for entry in os.scandir(folder):
            if ".so" in entry.name:
                _link(entry.path, home / os.path.relpath(entry.path, sys.base_prefix))


def _unpack(tree: Path, home: Path) -> None:
    """Unpack a tar. Headers of another platform replace those of the machine, which may be a link."""
    headers = home / "include" / f"python{VERSION}"
    if headers.is_symlink():
        headers.unlink()
    installed.unpack(tree, home)


def _link_parts(home: Path) -> None:
    """Link to the parts of an interpreter of the machine."""
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    parts = {sysconfig.get_path(name, vars=base) for name in ("stdlib", "platstdlib", "include")} | _libraries()
    for part in sorted(parts):
        place_of_part = os.path.relpath(part, sys.base_prefix)
        if os.path.exists(part) and not place_of_part.startswith(".."):
            _link(part, home / place_of_part)
    _one_folder_of_headers(home)


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
