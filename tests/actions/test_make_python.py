"""The files of a pinned Python, packed: a standard library that actions import from a zip, and a tar for builds."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from actions import make_python
from actions.contract import TARGET_PYTHON_FILE
from actions.wheel import installed

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
LIBRARY = f"lib/python{VERSION}"
VARIABLES = {"EXT_SUFFIX": ".cpython-311-aarch64-linux-gnu.so", "SIZEOF_VOID_P": 8}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        f"{LIBRARY}/os.py": "sep = '/'\n",
        f"{LIBRARY}/shelf/__init__.py": "",
        f"{LIBRARY}/shelf/book.py": "title = 'found'\n",
        f"{LIBRARY}/lib2to3/bad.py": "print 'of Python 2'\n",
        f"{LIBRARY}/tkinter/window.py": "",
        f"{LIBRARY}/_sysconfigdata__linux_aarch64-linux-gnu.py": f"# generated\nbuild_time_vars = {VARIABLES!r}\n",
        f"{LIBRARY}/lib-dynload/_real.so": "elf",
        f"{LIBRARY}/lib-dynload/_testcapi.so": "elf",
        f"lib/libpython{VERSION}.so.1.0": "elf",
        f"include/python{VERSION}/Python.h": "#include <pyconfig.h>\n",
        f"include/python{VERSION}/pyconfig.h": "#include <aarch64-linux-gnu/pyconfig.h>\n",
        f"include/aarch64-linux-gnu/python{VERSION}/pyconfig.h": "#define SIZEOF_VOID_P 8\n",
    }
    for name, text in files.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(text)
    return tmp_path / "root"


def make(root: Path, monkeypatch: pytest.MonkeyPatch, *more: str) -> Path:
    """Run the action; return the folder with the unpacked tar."""
    out = root.parent / "out"
    (out / "lib").mkdir(parents=True)
    files = [f"--file={path}" for path in sorted(root.rglob("*")) if path.is_file()]
    arguments = ["--root", str(root), "--version", VERSION, "--out-tree", str(out / "tree.tar"), *files, *more]
    monkeypatch.setattr(sys, "argv", ["make_python.py", *arguments])
    make_python.main()
    installed.unpack(out / "tree.tar", out / "tree")
    return out


def test_actions_import_the_standard_library_from_a_zip(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = root.parent / "out"
    options = ("--out-interpreter", str(out / "python"), "--out-library", str(out / "lib"))
    make(root, monkeypatch, *options)
    packed = out / "lib" / f"python{VERSION.replace('.', '')}.zip"
    code = "import sys; sys.path.insert(0, sys.argv[1]); import shelf.book; print(shelf.book.title)"
    said = subprocess.run([sys.executable, "-c", code, packed], capture_output=True, text=True, check=True)

    assert said.stdout == "found\n"
    assert {name.split("/")[0] for name in zipfile.ZipFile(packed).namelist()} == {
        "os.pyc", "shelf", "_sysconfigdata__linux_aarch64-linux-gnu.pyc",
    }  # fmt: skip
    shared = {path.name for path in (out / "lib").rglob("*.so*")}
    assert shared == {"_real.so", f"libpython{VERSION}.so.1.0"}
    assert (out / "lib" / f"python{VERSION}" / "os.py").exists()


def test_builds_have_all_modules_with_their_bytecode(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--out-interpreter", str(root.parent / "python"), "--out-library", str(root.parent / "out" / "lib"))
    tree = make(root, monkeypatch, *options) / "tree"

    assert (tree / LIBRARY / "tkinter" / "window.py").exists() and (tree / LIBRARY / "lib2to3" / "bad.py").exists()
    assert list((tree / LIBRARY / "shelf" / "__pycache__").glob("book.*.pyc"))
    assert not list((tree / LIBRARY / "lib2to3").rglob("*.pyc"))
    assert (tree / f"include/python{VERSION}/pyconfig.h").read_text() == "#define SIZEOF_VOID_P 8\n"


def test_a_build_for_another_platform_gets_its_headers_and_configuration(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = make(root, monkeypatch) / "tree"

    assert json.loads((tree / TARGET_PYTHON_FILE).read_text()) == VARIABLES
    assert (tree / f"include/python{VERSION}/Python.h").exists()
    assert not (tree / "lib").exists()
