"""The installed files of a wheel as a tar that is quick to unpack, since each build that uses the tool unpacks it.

The first member of the tar is an index with the position of all others. To read the headers of a thousand members
would take Python as long as the build of a small wheel.
"""

import json
import os
import shutil
import tarfile
from pathlib import Path

from actions.archive import trees
from actions.errors import ActionError

_INDEX = ".index.json"


def pack(folder: Path, out: Path) -> None:
    """Write a folder's files as a plain tar without times and owners: equal files give equal bytes."""
    infos = [_info(path.relative_to(folder).as_posix(), path.stat()) for path in trees.files_below(folder)]
    index, end = [], 0
    for info in infos:
        start = end + len(info.tobuf(tarfile.PAX_FORMAT))
        index.append((info.name, info.mode, start, info.size))
        end = start + _padded(info.size)
    text = json.dumps(index).encode()
    first = tarfile.TarInfo(_INDEX)
    first.size = len(text)
    with out.open("wb") as file:
        file.write(first.tobuf(tarfile.PAX_FORMAT) + text.ljust(_padded(len(text)), b"\0"))
        for info in infos:
            file.write(info.tobuf(tarfile.PAX_FORMAT))
            with (folder / info.name).open("rb") as data:
                shutil.copyfileobj(data, file)
            file.write(bytes(_padded(info.size) - info.size))
        file.write(bytes(2 * tarfile.BLOCKSIZE))


def unpack(tar: Path, into: Path) -> None:
    """Unpack a tar that `pack` wrote, and replace existing files.

    Raises:
        ActionError: the tar is damaged.
    """
    made: set[str] = set()
    try:
        with tar.open("rb") as data:
            first = tarfile.TarInfo.frombuf(data.read(tarfile.BLOCKSIZE), "utf-8", "strict")
            index = json.loads(data.read(first.size))
            begin = tarfile.BLOCKSIZE + _padded(first.size)
            for name, mode, start, size in index:
                path = f"{into}/{name}"
                folder = path.rpartition("/")[0]
                if folder not in made:
                    os.makedirs(folder, exist_ok=True)
                    made.add(folder)
                data.seek(begin + start)
                trees.write_file(path, mode, data, size, os.O_TRUNC)
    except (tarfile.TarError, EOFError, ValueError) as err:
        raise ActionError(f"{tar.name} is damaged: {err}") from err


def _info(name: str, state: os.stat_result) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = state.st_size
    info.mode = 0o755 if state.st_mode & 0o100 else 0o644
    return info


def _padded(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
