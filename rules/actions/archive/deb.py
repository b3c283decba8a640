"""The files of a Debian package: https://manpages.debian.org/deb.5.

The generator reads packages with this module too (`fromager_gen.toolchains.archives`).
"""

from typing import IO

_MAGIC = b"!<arch>\n"
_HEADER = 60
_CHUNK = 1 << 20


FILES, CONTROL = "data.tar", "control.tar"


def copy_data(package: IO[bytes], data: IO[bytes], part: str = FILES) -> str:
    """Copy the tar of the files in a package, which is an `ar` archive, and return its name.

    Args:
        package: the package.
        data: file to write.
        part: beginning of the tar's name: FILES, or CONTROL for the package's own scripts.

    Raises:
        ValueError: it is not a Debian package.
    """
    if package.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("it is not a Debian package")
    while header := package.read(_HEADER):
        name, size = header[:16].decode().strip().rstrip("/"), int(header[48:58])
        if size < 0:
            raise ValueError(f"its member {name!r} has {size} bytes")
        if name.startswith(part):
            _copy(package, data, size)
            data.seek(0)
            return name
        package.seek(size + size % 2, 1)
    raise ValueError(f"the Debian package has no {part}")


def _copy(source: IO[bytes], to: IO[bytes], size: int) -> None:
    while size:
        chunk = source.read(min(size, _CHUNK))
        if not chunk:
            raise ValueError("the Debian package is incomplete")
        to.write(chunk)
        size -= len(chunk)
