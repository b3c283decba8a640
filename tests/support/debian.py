"""Addresses of Debian packages, as the machine's own apt is configured."""

import re
import subprocess

import pytest


def packages(*names: str, cpu: str = "") -> list[str]:
    """Return the addresses of packages; without apt or a package, skip the test.

    Args:
        names: names of packages.
        cpu: Debian's name of a CPU, such as ``arm64``; empty for that of the machine.
    """
    command = ["apt-get", "download", "--print-uris", *names]
    try:
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"apt does not know Debian's packages {', '.join(names)}")
    found = [line.split("'")[1] for line in said.splitlines()]
    return [re.sub(r"_[a-z0-9]+\.deb$", f"_{cpu}.deb", address) if cpu else address for address in found]
