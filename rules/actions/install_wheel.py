"""Action: turn a wheel into a tar of its installed files, ready to be laid out in build environments.

This is done once for each build tool. So the builds that use the tool need not validate the wheel and compile its
bytecode again.
"""

import compileall
import contextlib
import csv
import os
import py_compile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelFile

from actions import arguments
from actions.errors import ActionError
from actions.names import normalize
from actions.outputs import whole
from actions.wheel import installed, record
from actions.wheel.schemes import schemes
from actions.wheel.wheel_file import only_wheel
from actions.world.world import World, scratch


class Request(NamedTuple):
    """One wheel, and the form in which its files are written."""

    wheel: Path
    out: Path
    unpacked: bool
    """Whether to write its site-packages as a folder, instead of a tar of all its files."""
    published: bool
    """Whether it was published elsewhere; then RECORD may lack files, but a listed file must match its row."""


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    parser.add_argument("--wheel", type=Path, required=True, help="folder that contains one wheel")
    parser.add_argument("--out", type=Path, required=True, help="tar to write, or folder with --unpacked")
    parser.add_argument("--unpacked", action="store_true", help="write site-packages as a folder, for PyInfo")
    parser.add_argument(
        "--published", action="store_true", help="the wheel was published elsewhere: its RECORD may have faults"
    )
    request = Request(**parser.values(argv))
    wheel = only_wheel(request.wheel)
    with whole(request.out, wheel.name):
        if request.unpacked:
            places = {"purelib": ".", "platlib": ".", "data": "_data"}
            lay_out(wheel, request.out, World().env, places, request.published)
        else:
            _pack(wheel, request.out, request.published)


def _pack(wheel: Path, out: Path, published: bool) -> None:
    with scratch() as folder:
        places = schemes(normalize(wheel.name.split("-")[0]))
        lay_out(wheel, Path(folder), World().env, places, published)
        compile_bytecode(Path(folder), World().env)
        installed.pack(Path(folder), out)


def lay_out(wheel: Path, folder: Path, prefix: Path, scheme: dict[str, str], published: bool = False) -> None:
    """Install a wheel below a folder, as if the folder were ``prefix``.

    Raises:
        ActionError: the wheel is damaged, or its RECORD and its files differ in either direction. For a published
            wheel it is only an error if a file differs from its row in RECORD.
    """
    scheme = {"headers": "_headers", "scripts": "_scripts", **scheme}
    destination = SchemeDictionaryDestination(
        {kind: os.path.normpath(prefix / path) for kind, path in scheme.items()},
        interpreter=str(prefix / "bin" / "python"),
        script_kind="posix",
        destdir=str(folder),
        overwrite_existing=True,
    )
    try:
        with record.published(wheel) if published else validated(wheel) as source:
            install(source, destination, additional_metadata={"INSTALLER": b"fromager-gen\n"})
    except Exception as err:  # on a damaged wheel the library raises errors of many types
        raise ActionError(f"{wheel.name} can't be installed: {str(err) or type(err).__name__}") from err
    inside = folder / prefix.relative_to("/")
    for path in list(inside.iterdir()):
        path.rename(folder / path.name)
    inside.rmdir()
    while inside.parent != folder:
        inside = inside.parent
        inside.rmdir()


@contextlib.contextmanager
def validated(wheel: Path) -> Iterator[WheelFile]:
    """Open a wheel, and check that its RECORD and its files agree in both directions.

    See https://packaging.python.org/en/latest/specifications/binary-distribution-format/.
    """
    with WheelFile.open(wheel) as source:
        source.validate_record(validate_contents=True)
        _refuse_missing(source)
        yield source


def _refuse_missing(source: WheelFile) -> None:
    """Check that every row of RECORD has a file; the library checks that every file has a row."""
    names = set(source._zipfile.namelist())  # the library's public interface does not list names
    seen: set[str] = set()
    for row in csv.reader(source.read_dist_info("RECORD").splitlines()):
        name = row[0] if row else ""
        if name and name not in names:
            raise ActionError(f"RECORD lists {name!r}, which is not in the wheel")
        if name in seen:
            raise ActionError(f"RECORD lists {name!r} twice")
        seen.add(name)


def compile_bytecode(folder: Path, prefix: Path) -> None:
    """Compile every module, so that the builds that use the wheel need not compile it again.

    The bytecode contains the path that the files will have in the build environment. Python does not compare it with
    the source's modification time: https://peps.python.org/pep-0552/. A module that also exists as an extension, such
    as Cython's own modules, is skipped, since Python imports the extension.
    """
    extensions = {path.with_name(path.name.partition(".")[0]) for path in folder.rglob("*.so")}
    with contextlib.redirect_stdout(None):
        for path in sorted(folder.rglob("*.py")):
            if path.with_suffix("") in extensions:
                continue
            compileall.compile_file(
                path,
                quiet=2,
                stripdir=str(folder),
                prependdir=str(prefix),
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
