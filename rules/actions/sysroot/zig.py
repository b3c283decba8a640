"""Run zig, and read from its output which files a link and a compilation used."""

import itertools
import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from actions.errors import ActionError

# Lines of zig's error output that an error message repeats.
_SHOWN = 20


class Zig(NamedTuple):
    """The program in a folder, which is the working directory and contains the caches."""

    folder: Path
    cache: str

    def run(self, *arguments: str) -> str:
        """Run a command and return its error output.

        The command sees none of the machine's variables. Paths are relative to the folder, so the output does not
        contain its name.

        Raises:
            ActionError: the command failed.
        """
        cache = str(self.folder / self.cache)
        done = subprocess.run(
            [str(self.folder / "ziglang" / "zig"), *arguments],
            cwd=self.folder,
            env={
                "HOME": str(self.folder),
                "LC_ALL": "C",
                "PATH": str(self.folder),
                "TMPDIR": str(self.folder),
                "ZIG_GLOBAL_CACHE_DIR": cache,
                "ZIG_LOCAL_CACHE_DIR": cache,
                "ZIG_VERBOSE_LINK": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            check=False,
        )
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if not line.startswith(("ld.lld", "ar "))]
            shown = "\n".join(line[:400] for line in lines[-_SHOWN:])
            raise ActionError(f"zig {shlex.join(arguments)} failed with exit code {done.returncode}:\n{shown}")
        return done.stderr


def link_inputs(output: str, linked: str) -> list[str]:
    """Return the libraries and start files that zig gave to the linker.

    Args:
        output: error output of zig with ``ZIG_VERBOSE_LINK``.
        linked: name of the linked file.

    Raises:
        ActionError: the output has no such link.
    """
    for line in output.splitlines():
        words = line.split()
        if words[:1] == ["ld.lld"] and f"-o {linked} " in line:
            return [word for word in words if _is_library(os.path.basename(word))]
    raise ActionError(f"zig did not print how it linked {linked}; this version of ziglang may be a newer one")


def _is_library(name: str) -> bool:
    return name.endswith((".a", "crt1.o")) or (name.startswith("lib") and ".so" in name)


class Compilation(NamedTuple):
    """The options of a compilation that depend on the target."""

    folders: tuple[str, ...]
    """Folders with headers; the first with a header is used."""
    defines: tuple[str, ...]


def compilation(output: str) -> Compilation:
    """Return the options from the error output of ``zig c++ --verbose``.

    Raises:
        ActionError: the output has no such command.
    """
    line = next((line for line in output.splitlines() if " -cc1 " in line), "")
    words = shlex.split(line)
    folders = _values(words, "-isystem")
    if not folders:
        raise ActionError("zig did not print the folders of its headers; this version of ziglang may be a newer one")
    return Compilation(folders, _values(words, "-D"))


def _values(words: Sequence[str], option: str) -> tuple[str, ...]:
    return tuple(value for word, value in itertools.pairwise(words) if word == option)
