"""Action: pack ``programs.pyz``, the compiled programs of the actions and the libraries that they use.

Each action then has one input instead of a tree, and Python compiles nothing at its start. The libraries come from
source distributions. This program itself runs from plain files.
"""

import argparse
import marshal
import os
import sys
import tempfile
import zipfile
from importlib.util import source_hash
from pathlib import Path

sys.path.insert(0, str(Path(os.path.abspath(__file__)).parents[1]))

from actions.archive import trees
from actions.archive.unpack import unpack

_TIME = (1980, 1, 1, 0, 0, 0)


def main() -> None:
    """Run the action."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", action="append", default=[], help="NAME=FILE, a module of the actions")
    parser.add_argument("--library", action="append", default=[], help="PACKAGE=SDIST of a library in pure Python")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(args.out, "w") as programs:
        files = {name: Path(path) for name, _, path in (text.partition("=") for text in args.program)}
        for number, library in enumerate(args.library):
            package, _, sdist = library.partition("=")
            if not Path(sdist).stat().st_size:
                raise SystemExit(
                    f"no lock names {package}: give fromager.lock the lock that `fromager-gen lock` writes"
                )
            into = Path(folder, str(number))
            into.mkdir()
            files |= _library(unpack(Path(sdist), into), package)
        for name in sorted(files):
            _add(programs, name, files[name].read_bytes())


def _library(tree: Path, package: str) -> dict[str, Path]:
    """Return the files of a package in pure Python by their importable names."""
    root = next((path for path in (tree / "src", tree) if (path / package).is_dir()), None)
    if root is None:
        raise SystemExit(f"{tree.name} does not contain the package {package}")
    return {path.relative_to(root).as_posix(): path for path in trees.files_below(root / package)}


def _add(programs: zipfile.ZipFile, name: str, data: bytes) -> None:
    programs.writestr(zipfile.ZipInfo(name, _TIME), data)
    if name.endswith(".py"):
        programs.writestr(zipfile.ZipInfo(f"{name}c", _TIME), _bytecode(name, data))


def _bytecode(name: str, data: bytes) -> bytes:
    """Return the content of an unchecked hash-based `.pyc`; the archive contains both source and bytecode.

    See https://peps.python.org/pep-0552/.
    """
    from importlib.util import MAGIC_NUMBER

    code = compile(data, name, "exec", dont_inherit=True)
    return MAGIC_NUMBER + (1).to_bytes(4, "little") + source_hash(data) + marshal.dumps(code)


if __name__ == "__main__":
    main()
