"""Action: take the headers, libraries and programs of a Debian package for builds."""

import lzma
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.external.tree import write_tree
from actions.outputs import whole
from actions.sysroot.debian import files_of


class Request(NamedTuple):
    """One package."""

    package: Path
    cpu: str
    root: str
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--package", type=Path, required=True, help="Debian package")
    add("--cpu", required=True, help="CPU of the package")
    add("--root", required=True, help="folder of builds that the files are for")
    add("--out", type=Path, required=True, help="tar to write")
    request = Request(**parser.values(argv))
    try:
        with whole(request.out), tempfile.TemporaryFile() as plain:
            files_of(request.package, plain)
            with tarfile.open(fileobj=plain, mode="r:") as data, tarfile.open(request.out, "w:") as out:
                write_tree(data, out, request.root, request.cpu)
    except ActionError as err:
        raise ActionError(f"{request.package.name}: {err}") from err
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, ValueError, KeyError) as err:
        raise ActionError(f"{request.package.name} is damaged: {err}") from err
