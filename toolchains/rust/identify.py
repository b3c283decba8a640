"""Identify the Rust of a machine whose sysroot is not an input: ``python identify.py PROGRAMS`` prints its versions."""

import json
import os
import subprocess
import sys


def identify(programs: str) -> str:
    """Return the versions of rustc and cargo, with their commits.

    Args:
        programs: folder that contains `rustc` and `cargo`.
    """
    return json.dumps({name: _version(f"{programs}/{name}") for name in ("rustc", "cargo")}, indent=1)


def _version(program: str) -> str:
    environment = {"HOME": "/nonexistent", "PATH": os.path.dirname(program)}
    command = [program, "--version", "--verbose"]
    try:
        result = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.decode(errors="replace")


if __name__ == "__main__":
    print(identify(sys.argv[1]), end="")
