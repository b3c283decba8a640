"""Measure large made-up collections: `generate` compared with writing the same files, and Bazel's load and analysis.

    python benchmarks/scale.py FOLDER [--packages 1000] [--packages 10000] [--no-bazel]

FOLDER must be new. All sources have the file address of one small archive, so the times include no network.
"""

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

from measure import HEADER, Row

from fromager_gen.bazel import find_bazel
from fromager_gen.contract import LIBRARIES, LIBRARY_REPOSITORY
from fromager_gen.net import Index, session

_TOOLS = 20
# Packages without requirements that other packages install. They limit closures to tens of packages, as in real graphs.
_BASE = 100
_RUNS = 3
_WRITE = """
import pathlib, sys, time
source, target = map(pathlib.Path, sys.argv[1:])
files = [(p.relative_to(source), p.read_bytes()) for p in source.rglob("*") if p.is_file()]
began = time.monotonic()
for path, data in files:
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    (target / path).write_bytes(data)
print(time.monotonic() - began)
"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--packages", type=int, action="append", help="sizes; default 1000 and 10000")
    parser.add_argument("--no-bazel", action="store_true")
    args = parser.parse_args()
    print(HEADER)
    for count in args.packages or [1000, 10000]:
        folder = args.folder.resolve() / str(count)
        folder.mkdir(parents=True)
        _collection(folder, count)
        _generate(folder, count)
        if not args.no_bazel and count <= 1000:
            _analysis(folder, count)


def _collection(folder: Path, count: int) -> None:
    """Write a graph and its lock: tools, and packages that each need five tools to build and install eight packages."""
    archive = folder / "source.tar.gz"
    archive.write_bytes(b"not read in this benchmark")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    names = [f"tool-{n}" for n in range(_TOOLS)] + [f"package-{n}" for n in range(count - _TOOLS)]
    graph = {"": _node("", "0", [(f"{name}==1.0", "toplevel") for name in names])}
    for number, name in enumerate(names):
        build = (
            [(f"tool-{(number * 7 + n) % _TOOLS}==1.0", "build-system") for n in range(5)] if number >= _TOOLS else []
        )
        install = [(f"package-{(number * 7 + n) % _BASE}==1.0", "install") for n in range(8)]
        graph[f"{name}==1.0"] = _node(name, "1.0", build + (install if number >= _TOOLS + _BASE else []))
    locked = {f"sdist_{name}_1.0": _file(archive, digest) for name in names}
    locked |= _libraries()
    packages = {f"{name}==1.0": {"file": f"sdist_{name}_1.0", "source": "http://index.test/a.tar.gz"} for name in names}
    (folder / "graph.json").write_text(json.dumps(graph))
    (folder / "lock.json").write_text(json.dumps({"version": 1, "files": locked, "packages": packages}))


def _node(name: str, version: str, edges: list[tuple[str, str]]) -> dict[str, object]:
    return {
        "download_url": "http://index.test/a.tar.gz" if name else "",
        "pre_built": False,
        "version": version,
        "canonicalized_name": name,
        "constraint": None,
        "edges": [{"key": key, "req_type": kind, "req": key} for key, kind in edges],
    }


def _file(archive: Path, digest: str) -> dict[str, object]:
    return {"filename": archive.name, "sha256": digest, "size": 26, "url": archive.as_uri()}


def _libraries() -> dict[str, dict[str, object]]:
    """Return the lock entries of the libraries that the actions use, from the machine's index."""
    index = Index(session())
    return {
        f"{LIBRARY_REPOSITORY}{library['distribution']}": {
            "filename": library["filename"],
            "sha256": library["sha256"],
            "url": index.files(library["distribution"])[library["filename"]].url,
        }
        for library in LIBRARIES.values()
    }


def _generate(folder: Path, count: int) -> None:
    """Measure alternating runs in new folders, and print the least times, because the speed of the disk varies."""
    pairs = [_generate_once(folder, folder / f"copy-{number}") for number in range(_RUNS)]
    ours, alone = map(min, zip(*pairs, strict=True))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(Row(f"generate, {count} packages ({peak:.0f} MB at most), against writing its files", ours, alone, "≤ 3"))


def _generate_once(folder: Path, copy: Path) -> tuple[float, float]:
    """Return the seconds of a run, and of only writing the same files."""
    shutil.rmtree(folder / "workspace", ignore_errors=True)
    began = time.monotonic()
    subprocess.run(_command(folder), cwd=folder, check=True, capture_output=True)
    ours = time.monotonic() - began
    command = [sys.executable, "-c", _WRITE, str(folder / "workspace"), str(copy)]
    return ours, float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _command(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "fromager_gen", "generate", "graph.json", "--lock", "lock.json"]
    return [*command, "--output", str(folder / "workspace")]


def _analysis(folder: Path, count: int) -> None:
    bazel = [find_bazel(folder).program, f"--output_user_root={folder / 'output'}"]
    for what in ("cold", "unchanged", "after one changed hash"):
        if what == "after one changed hash":
            _change_one(folder)
            subprocess.run(_command(folder), cwd=folder, check=True, capture_output=True)
        began = time.monotonic()
        build = [*bazel, "build", "--nobuild", "--color=no", "//:wheelhouse"]
        result = subprocess.run(build, cwd=folder / "workspace", check=True, capture_output=True, text=True)
        seconds = time.monotonic() - began
        loaded = re.findall(r"\(\d+ packages? loaded, \d+ targets? configured\)", result.stderr)[-1]
        print(Row(f"load and analysis of {count} packages, {what} {loaded}", seconds, None, ""))
    subprocess.run([*bazel, "shutdown"], cwd=folder / "workspace", check=True, capture_output=True)


def _change_one(folder: Path) -> None:
    archive = folder / "other.tar.gz"
    archive.write_bytes(os.urandom(26))
    lock = json.loads((folder / "lock.json").read_text())
    lock["files"]["sdist_package-7_1.0"] = _file(archive, hashlib.sha256(archive.read_bytes()).hexdigest())
    (folder / "lock.json").write_text(json.dumps(lock))


if __name__ == "__main__":
    main()
