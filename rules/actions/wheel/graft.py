"""Copy the shared libraries that a wheel loads into the wheel, as auditwheel does.

The copies have a digest in their names, so that no program loads them in place of another library of that name. They
are found relative to the file that loads them: https://man7.org/linux/man-pages/man8/ld.so.8.html ($ORIGIN).
"""

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from actions.errors import ActionError
from actions.external.search import is_of_the_system
from actions.wheel.dynamic import Dynamic, NotElfError, dynamic, dynamic_members
from actions.wheel.wheel_file import check_members

# The folder of a file that is installed into site-packages:
# https://packaging.python.org/specifications/binary-distribution-format/#the-data-directory
_IN_DATA = re.compile(r"^[^/]+\.data/(platlib|purelib)/")
_SECONDS = 120
_DIGITS = 8


class Grafting:
    """The libraries that may be copied, and the program that changes ELF files."""

    def __init__(self, libraries: Mapping[str, Path], patchelf: str, variables: Mapping[str, str]) -> None:
        """Take libraries by the names under which they are loaded, the path of patchelf, and its variables."""
        self._libraries = libraries
        self._patchelf = patchelf
        self._variables = variables

    def graft(self, wheel: Path, folder: Path) -> tuple[str, ...]:
        """Copy the libraries that a wheel loads into it, and return their paths in the wheel.

        Args:
            wheel: the wheel, which is replaced if it loads any of the libraries.
            folder: a folder for the unpacked wheel; it is created.

        Raises:
            ActionError: patchelf failed.
        """
        with zipfile.ZipFile(wheel) as opened:
            members = dynamic_members(opened, opened.infolist())
            loading = {info.filename: found for info, found in members if self._wanted(found.needed)}
            if not loading:
                return ()
            check_members(wheel.name, opened.infolist())
            opened.extractall(folder)
            modes = {info.filename: info.external_attr >> 16 for info in opened.infolist() if not info.is_dir()}
        place = f"{wheel.name.split('-')[0]}.libs"
        named = {name: _hashed(name, self._libraries[name]) for name in self._closure(loading.values())}
        for name, new in named.items():
            self._copy(name, folder / place / new, named)
        for path, found in loading.items():
            below = os.path.dirname(_IN_DATA.sub("", path)) or "."
            self._change(folder / path, found, named, f"$ORIGIN/{os.path.relpath(place, below)}")
        grafted = tuple(sorted(f"{place}/{new}" for new in named.values()))
        _pack(folder, wheel, modes | dict.fromkeys(grafted, 0o100755))
        return grafted

    def _wanted(self, needed: Iterable[str]) -> list[str]:
        return [name for name in needed if name in self._libraries and not is_of_the_system(name)]

    def _closure(self, loading: Iterable[Dynamic]) -> list[str]:
        """Return the names of the libraries that files load, and that these load, sorted."""
        waiting = [name for found in loading for name in self._wanted(found.needed)]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += self._wanted(_read(self._libraries[name]).needed)
        return sorted(seen)

    def _copy(self, name: str, path: Path, named: Mapping[str, str]) -> None:
        path.parent.mkdir(exist_ok=True)
        shutil.copyfile(self._libraries[name], path)
        path.chmod(0o755)
        self._run("--set-soname", named[name], str(path))
        self._change(path, _read(self._libraries[name]), named, "$ORIGIN")

    def _change(self, path: Path, found: Dynamic, named: Mapping[str, str], folder: str) -> None:
        """Let a file load the copies, and search for them in a folder, after its own folders in the wheel."""
        replaced = [name for name in dict.fromkeys(found.needed) if name in named]
        renaming = [word for name in replaced for word in ("--replace-needed", name, named[name])]
        own = [one for one in self._run("--print-rpath", str(path)).split(":") if one.startswith("$ORIGIN")]
        paths = list(dict.fromkeys([*own, folder])) if replaced else own
        if renaming:
            self._run(*renaming, str(path))
        self._run("--remove-rpath", str(path))
        if paths:
            self._run("--force-rpath", "--set-rpath", ":".join(paths), str(path))

    def _run(self, *arguments: str) -> str:
        try:
            result = subprocess.run(
                [self._patchelf, *arguments], capture_output=True, text=True, errors="replace", check=False,
                env=dict(self._variables), timeout=_SECONDS, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as err:
            raise ActionError(f"patchelf can't be run: {err}") from err
        if result.returncode:
            raise ActionError(f"patchelf {' '.join(arguments)} failed: {result.stderr.strip()[:500]}")
        return result.stdout.strip()


def _read(path: Path) -> Dynamic:
    try:
        return dynamic(path.read_bytes())
    except NotElfError as err:
        raise ActionError(f"{path.name} is not a shared library: {err}") from err


def _hashed(name: str, path: Path) -> str:
    """Return the name of a copy: ``libxml2-0123abcd.so.2`` for ``libxml2.so.2``."""
    stem, _, suffix = name.partition(".")
    return f"{stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:_DIGITS]}.{suffix}"


def _pack(folder: Path, wheel: Path, modes: Mapping[str, int]) -> None:
    """Write the wheel again; its RECORD is made when the wheel is packed for the last time."""
    with zipfile.ZipFile(wheel, "w") as packed:
        for name in sorted(modes):
            info = zipfile.ZipInfo(name)
            info.external_attr = modes[name] << 16
            packed.writestr(info, (folder / name).read_bytes())
