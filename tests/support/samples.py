"""Graphs, archives and local servers for many tests."""

import io
import json
import resource
import shutil
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fromager_gen import contract
from fromager_gen.graph import Graph, parse_graph

Edges = Mapping[str, Iterable[str]]
NEEDS_CARGO = pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not installed")
# File names and hashes of the libraries of the build actions, which every lock contains.
LIBRARIES = {library["distribution"]: library for library in contract.LIBRARIES.values()}


def golden_lock(case: Path) -> str:
    """Return the lock of a golden case with the real hashes of the actions' libraries, as `generate` asks for them."""
    lock = json.loads((case / "fromager.lock.json").read_text())
    for name, pin in LIBRARIES.items():
        lock["files"][f"library_{name}"]["sha256"] = pin["sha256"]
    return json.dumps(lock)


def edge(text: str) -> dict[str, str]:
    """Return an edge from ``KIND KEY [REQUIREMENT]``; the default requirement is the name without a version."""
    kind, key, *req = text.split(" ", 2)
    return {"key": key, "req_type": kind, "req": req[0] if req else key.partition("==")[0]}


def node(key: str, edges: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """Return a node as Fromager writes it."""
    name, _, version = key.partition("==")
    url = f"http://index.test/files/{name.replace('-', '_')}-{version}.tar.gz" if key else ""
    return {
        "download_url": url,
        "pre_built": False,
        "version": version or "0",
        "canonicalized_name": name,
        "constraint": None,
        "edges": [edge(text) for text in edges],
        **more,
    }


def document(nodes: Edges, **more: dict[str, Any]) -> dict[str, Any]:
    """Return a graph's JSON from edges by node; the empty key is the root, and ``more`` adds fields by package."""
    changes = {name.replace("_", "-"): fields for name, fields in more.items()}
    return {key: node(key, edges, **changes.get(key.partition("==")[0], {})) for key, edges in nodes.items()}


def make_graph(nodes: Edges, **more: dict[str, Any]) -> Graph:
    """Return the graph that `document` describes."""
    return parse_graph(json.dumps(document(nodes, **more)), "graph.json")


def tar_gz(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files as a .tar.gz."""
    path.write_bytes(packed(files))
    return path


def pack(top: str, files: Mapping[str, str | bytes]) -> bytes:
    """Return files as a .tar.gz with one top-level folder."""
    return packed({f"{top}/{name}": content for name, content in files.items()})


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """Return files as a .tar.gz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zip_file(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write an ordinary zip."""
    with zipfile.ZipFile(path, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Limit the size of this process's files: a larger write fails as on a full disk, but with another errno."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
