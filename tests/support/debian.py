"""Debian packages: the addresses of real ones, as the machine's own apt is configured, and small ones for tests."""

import io
import re
import subprocess
import tarfile
from collections.abc import Mapping

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


def tar(files: Mapping[str, bytes | str], mode: str = "w") -> bytes:
    """Return a tar of programs and links: the content of each file, or the target of a symbolic link."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as packed:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.mode = 0o755
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                packed.addfile(info)
            else:
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content))
    return data.getvalue()


def package(data: bytes, name: str = "data.tar.xz") -> bytes:
    """Return a Debian package with a tar of files: https://manpages.debian.org/deb.5."""
    made = b"!<arch>\n"
    for member, content in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"x"), (name, data)):
        made += f"{member:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
        made += content + b"\n" * (len(content) % 2)
    return made
