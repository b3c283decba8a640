"""Settings of pip: the index to use, and the certificates to trust.

See https://pip.pypa.io/en/stable/topics/configuration/.
"""

import ast
import os
import subprocess
import sys
from functools import cache

# Later sections take precedence, as the sections of pip commands do.
_SECTIONS = ("global", "download", "install")


def pip_setting(name: str) -> str | None:
    """Return a setting: its ``PIP_`` variable, else its value in the configuration files of pip, else None.

    Args:
        name: name of the setting in a configuration file, such as ``index-url``.
    """
    return os.environ.get(f"PIP_{name.upper().replace('-', '_')}") or _in_files().get(name)


@cache
def _in_files() -> dict[str, str]:
    # Use -P, so that a module named pip in the current folder is not run.
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in result.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.partition(".")
        if section in found:
            found[section][name] = str(ast.literal_eval(value))
    return {name: value for section in _SECTIONS for name, value in found[section].items()}
