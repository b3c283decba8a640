"""Identify the CUDA of a machine: ``python identify.py PROGRAMS`` prints what its nvcc says about itself."""

import json
import subprocess
import sys


def identify(programs: str) -> str:
    """Return the version of nvcc with the number of its build, which all of CUDA's compilers have in common.

    Args:
        programs: folder that contains `nvcc`.
    """
    environment = {"HOME": "/nonexistent", "PATH": programs}
    try:
        result = subprocess.run(
            [f"{programs}/nvcc", "--version"], capture_output=True, check=False, env=environment, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return json.dumps({"nvcc": ""})
    return json.dumps({"nvcc": result.stdout.decode(errors="replace").strip()}, indent=1)


if __name__ == "__main__":
    print(identify(sys.argv[1]), end="")
