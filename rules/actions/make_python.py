"""Action: pack the files of a pinned Python, since an action with thousands of inputs starts slowly.

A Python that runs actions has a library of few files: the standard library as one zip, and its extension modules. The
tar of files on the disk is for builds, which may read sources, headers and configuration. Python reads the zip because
its name is the first on the default `sys.path`: https://docs.python.org/3/library/sys_path_init.html

The interpreter that is packed runs this program itself, from plain files. For the Python of another platform it only
packs headers and configuration.
"""

import argparse
import json
import marshal
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from importlib.util import MAGIC_NUMBER, source_hash
from pathlib import Path

sys.path.insert(0, str(Path(os.path.abspath(__file__)).parents[1]))

from actions.contract import BUILD_ROOT, TARGET_PYTHON_FILE
from actions.wheel import installed

_TIME = (1980, 1, 1, 0, 0, 0)
# Parts of the standard library that no action imports.
_ONLY_IN_BUILDS = ("distutils", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "tkinter", "unittest", "venv")
Files = dict[str, Path]


def main() -> None:
    """Run the action."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--root", required=True, help="folder that contains bin, lib and include")
    parser.add_argument("--version", required=True, help="3.12, or 3.13t for a free-threaded Python")
    parser.add_argument("--file", action="append", default=[], help="file below the folder")
    parser.add_argument("--out-interpreter", type=Path, help="copy of the running interpreter")
    parser.add_argument("--out-library", type=Path, help="folder `lib` of a Python that runs actions")
    parser.add_argument("--out-tree", type=Path, required=True, help="tar of files for builds")
    args = parser.parse_args()
    files = {os.path.relpath(file, args.root): Path(file) for file in sorted(args.file)}
    library = f"lib/python{args.version}/"
    wanted = _headers(files, f"python{args.version}")
    if args.out_library is None:
        _pack(wanted, {TARGET_PYTHON_FILE: _target(files, library)}, args.out_tree)
        return
    wanted |= {name: path for name, path in files.items() if name.startswith(library) and not name.endswith(".so")}
    home = f"{BUILD_ROOT}/python"
    compiled = {_cached(name): _bytecode(f"{home}/{name}", path) for name, path in wanted.items() if _is_code(name)}
    _pack(wanted, {name: code for name, code in compiled.items() if code}, args.out_tree)
    _write_library(files, library, args.out_library)
    shutil.copyfile(sys.executable, args.out_interpreter)
    args.out_interpreter.chmod(0o755)


def _headers(files: Files, folder: str) -> Files:
    """Return the headers. Debian's for one CPU takes the place of the one that includes it by a path below /usr."""
    found = {name: path for name, path in files.items() if name.startswith(f"include/{folder}/")}
    for name, path in files.items():
        parts = name.split("/")
        if len(parts) == 4 and parts[0] == "include" and parts[2:] == [folder, "pyconfig.h"]:
            found[f"include/{folder}/pyconfig.h"] = path
    return found


def _target(files: Files, library: str) -> bytes:
    """Return the variables of `sysconfig` as JSON."""
    import ast

    prefix = f"{library}_sysconfigdata_"
    path = next(files[name] for name in sorted(files) if name.startswith(prefix) and name.endswith(".py"))
    (value,) = (node.value for node in ast.parse(path.read_bytes()).body if isinstance(node, ast.Assign))
    return json.dumps(ast.literal_eval(value), indent=0, sort_keys=True).encode()


def _is_code(name: str) -> bool:
    return name.endswith(".py") and "/lib2to3/tests/" not in name


def _cached(name: str) -> str:
    folder, _, file = name.rpartition("/")
    return f"{folder}/__pycache__/{file.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def _bytecode(name: str, path: Path) -> bytes:
    """Return the content of an unchecked hash-based `.pyc`; empty if the file is no valid code.

    See https://peps.python.org/pep-0552/.
    """
    data = path.read_bytes()
    try:
        code = compile(data, name, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return b""
    return MAGIC_NUMBER + (1).to_bytes(4, "little") + source_hash(data) + marshal.dumps(code)


def _pack(copied: Files, written: dict[str, bytes], out: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, path in copied.items():
            _place(path, Path(folder, name))
        for name, data in written.items():
            place = Path(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        installed.pack(Path(folder), out)


def _place(path: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(os.path.abspath(path))


def _write_library(files: Files, library: str, out: Path) -> None:
    """Write the zip, and what Python needs to find it: `os.py`, and the folder of extension modules."""
    major, minor = library.removeprefix("lib/python").rstrip("/").split(".")
    with zipfile.ZipFile(out / f"python{major}{minor}.zip", "w") as packed:
        for name in _modules(files, library):
            code = _bytecode(name, files[library + name])
            if code:
                packed.writestr(zipfile.ZipInfo(f"{name}c", _TIME), code)
    extensions = [name for name in files if name.startswith(f"{library}lib-dynload/") and _is_extension(name)]
    shared = [name for name in files if name.startswith("lib/libpython") and ".so" in name]
    for name in [f"{library}os.py", *extensions, *shared]:
        place = out / name.removeprefix("lib/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(files[name], place)
        place.chmod(0o755 if ".so" in name else 0o644)
    keep = out / library.removeprefix("lib/") / "lib-dynload" / "README"
    keep.parent.mkdir(exist_ok=True)
    keep.write_text("Python's extension modules are in this folder.\n")  # a Python can have none


def _modules(files: Files, library: str) -> Iterable[str]:
    for name in files:
        module = name.removeprefix(library)
        if name.startswith(library) and _is_code(name) and module.split("/")[0] not in _ONLY_IN_BUILDS:
            yield module


def _is_extension(name: str) -> bool:
    file = name.rpartition("/")[2]
    return file.endswith(".so") and not file.startswith(("_test", "_xx", "xx"))


if __name__ == "__main__":
    main()
