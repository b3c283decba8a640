"""Action: take the headers, libraries and programs of a Debian package for builds."""

import lzma
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.archive.deb import CONTROL
from actions.errors import ActionError
from actions.external.tree import write_tree
from actions.outputs import whole
from actions.sysroot.debian import files_of

_LARGEST_SCRIPT = 1 << 20


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
            script = _postinst(request.package)
            files_of(request.package, plain)
            with tarfile.open(fileobj=plain, mode="r:") as data, tarfile.open(request.out, "w:") as out:
                write_tree(data, script, out, request.root, request.cpu)
    except ActionError as err:
        raise ActionError(f"{request.package.name}: {err}") from err
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, ValueError, KeyError) as err:
        raise ActionError(f"{request.package.name} is damaged: {err}") from err


def _postinst(package: Path) -> str:
    """Return the script that runs after the installation of a package; empty if it has none."""
    with tempfile.TemporaryFile() as plain:
        files_of(package, plain, CONTROL)
        with tarfile.open(fileobj=plain, mode="r:") as control:
            for member in control:
                if member.name.removeprefix("./") == "postinst" and (file := control.extractfile(member)):
                    return file.read(_LARGEST_SCRIPT).decode(errors="replace")
    return ""
