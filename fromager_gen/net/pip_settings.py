"""pip's own settings, which say what index is asked and whose certificates are trusted."""

import ast
import os
import subprocess
import sys
from functools import cache

# Later sections win, as those of a command do with pip.
_SECTIONS = ("global", "download", "install")


def pip_setting(name: str) -> str | None:
    """Return a setting: its ``PIP_`` variable, else what pip reads of its files, None where neither says it.

    Args:
        name: as a file of pip has it, such as ``index-url``.
    """
    return os.environ.get(f"PIP_{name.upper().replace('-', '_')}") or _in_files().get(name)


@cache
def _in_files() -> dict[str, str]:
    # -P, since pip could be anybody's module in the folder that this is run in.
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in result.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        if section in found:
            found[section][name] = str(ast.literal_eval(value))
    return {name: value for section in _SECTIONS for name, value in found[section].items()}
