"""Wheels that are written by hand, correct or with any fault."""

import base64
import hashlib
import json
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from actions.names import normalize

MODULE = "demo/__init__.py"
INFO = "demo-1.0.dist-info"
ONE, TWO = "one-1.0-py3-none-any.whl", "two-2.0+cpu-py3-none-any.whl"


def metadata(name: str = "demo", version: str = "1.0", requires: Iterable[str] = (), extras: Iterable[str] = ()) -> str:
    rows = [f"Requires-Dist: {requirement}\n" for requirement in requires]
    rows += [f"Provides-Extra: {extra}\n" for extra in extras]
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{''.join(rows)}\nA text: with colons\n"


def files_of(**changes: str) -> dict[str, str]:
    """Return the files of a good wheel without RECORD, in the order of a backend."""
    return {
        f"{INFO}/METADATA": changes.get("metadata", metadata()),
        f"{INFO}/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{INFO}/entry_points.txt": "[console_scripts]\ndemo = demo:main\n",
        MODULE: "def main():\n    print('hello')\n",
        "demo/run.sh": "#!/bin/sh\n",
        "demo-1.0.data/scripts/tool": "#!python\nprint('tool')\n",
    }


def files_of_package(name: str, version: str, requires: Iterable[str] = ()) -> dict[str, str]:
    """Return the files of a wheel without RECORD."""
    files = files_of(metadata=metadata(name, version, requires))
    return {path.replace(INFO, f"{name}-{version}.dist-info"): text for path, text in files.items()}


def planned(name: str, version: str, published: bool = False) -> str:
    """Return the plan's data about a wheel, as the rule `wheelhouse` writes it."""
    plan = {"install_requires": [], "package": normalize(name), "published": published, "version": version}
    return json.dumps(plan)


def record_of(files: Mapping[str, str | bytes], info: str = INFO) -> str:
    rows = []
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*rows, f"{info}/RECORD,,\n"])


def write_wheel(
    path: Path,
    files: Mapping[str, str | bytes] | None = None,
    record: str | None = None,
    date: tuple[int, int, int, int, int, int] = (2024, 5, 6, 7, 8, 10),
    modes: Mapping[str, int] | None = None,
) -> Path:
    """Write a wheel; RECORD is correct by default, and missing if it is given as an empty text."""
    files = files_of() if files is None else files
    info = next((name.partition("/")[0] for name in files if name.endswith(".dist-info/METADATA")), INFO)
    record = record_of(files, info) if record is None else record
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in [*files.items(), *([(f"{info}/RECORD", record)] if record else [])]:
            info = zipfile.ZipInfo(name, date)
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            zipped.writestr(info, content)
    return path


def write_two_wheels(folder: Path) -> Path:
    """Write the wheels `ONE` and `TWO`, of which the first requires the second, and return their folder."""
    write_wheel(folder / ONE, files_of_package("one", "1.0", ["two"]))
    write_wheel(folder / TWO, files_of_package("two", "2.0+cpu"))
    return folder


def add_members(wheel: Path, *members: tuple[str, str | bytes], mode: int = 0o100644) -> Path:
    """Add members to a wheel without a change of RECORD; a name can already exist in the wheel."""
    with zipfile.ZipFile(wheel, "a") as zipped, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Duplicate name")
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            zipped.writestr(info, content)
    return wheel
