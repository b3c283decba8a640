"""Archives of a Python in the form of python-build-standalone, made from an interpreter of this machine."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = ("/__pycache__", "/site-packages", "/test/", "/tests/", "/config-", "/idlelib/", "/ensurepip/")


def archive(program: str, out: Path) -> Path:
    """Write the archive of an interpreter, which finds its shared library relative to itself; return it."""
    ask = "import sys; print(sys.base_prefix, '%d.%d' % sys.version_info[:2])"
    home, version = subprocess.run([program, "-c", ask], check=True, capture_output=True, text=True).stdout.split()
    with tarfile.open(out, "w:gz", compresslevel=1) as tar:
        for path in _files(Path(home), version):
            data = path.read_bytes()
            if path.parent.name == "bin":
                data = relocated(data, f"{home}/lib")
            info = tarfile.TarInfo(f"python/{path.relative_to(home)}")
            info.size, info.mode = len(data), path.stat().st_mode & 0o755
            tar.addfile(info, io.BytesIO(data))
    return out


def relocated(program: bytes, library: str) -> bytes:
    """Replace the absolute search path in a program by a relative one."""
    old = library.encode() + b"\0"
    return program.replace(old, b"$ORIGIN/../lib\0".ljust(len(old), b"\0"))


def _files(home: Path, version: str) -> Iterator[Path]:
    yield home / "bin" / f"python{version}"
    for folder, pattern in (("lib", "libpython*.so*"), (f"lib/python{version}", "**/*"), ("include", "**/*.h")):
        for path in sorted((home / folder).glob(pattern)):
            if path.is_file() and not any(part in str(path) for part in _LEFT_OUT):
                yield path
