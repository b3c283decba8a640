"""Remember failed builds: Bazel's caches keep only successful ones, and a run that goes on would repeat the others."""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from fromager_gen.contract import LOCK_FILE, PLAN_FILE
from fromager_gen.errors import BuildError, WriteError
from fromager_gen.files import sha256_of, write_text
from fromager_gen.graph import Graph, build_closure
from fromager_gen.names import folder

_log = logging.getLogger(__name__)
FAILURES = "bootstrap-failures.json"
# Files at the top of a workspace that list all packages, or that Bazel writes.
_OF_ALL = (LOCK_FILE, PLAN_FILE, "BUILD.bazel", "MODULE.bazel.lock")
_PROGRAMS = ("python3", "cc", "c++", "gcc", "g++", "ld", "rustc", "cargo", "nvcc")
_VARIABLES = ("CC", "CXX", "PATH", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CUDA_HOME")


@dataclass
class Memory:
    """The builds that failed in this work directory, each by a digest of everything that it depends on.

    That is the source, the patches and settings of the package and of all packages in its build environment, the rules,
    the toolchains, and Bazel's options. With a change in one of them, the build is tried again.
    """

    path: Path
    workspace: Path
    flags: Sequence[str] = ()
    """Options of each build."""
    _known: dict[str, dict[str, str]] = field(default_factory=dict)
    """Messages by the graph's key and the digest."""

    def __post_init__(self) -> None:
        """Read the failures of earlier runs; a file that can't be read counts as empty, because it only saves time."""
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))["failures"]
            self._known = {str(key): {str(one): str(text) for one, text in of.items()} for key, of in rows.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as err:
            _log.debug("no failures of an earlier run: %s", err)

    def may_know(self, graph: Graph) -> bool:
        """Return whether the build of a package failed before, with the same or another digest."""
        return not self._known.keys().isdisjoint(graph.nodes)

    def check(self, graph: Graph) -> None:
        """Raise the error of an earlier build.

        Args:
            graph: the graph whose workspace was written.

        Raises:
            BuildError: the build of a package has failed, and nothing that it depends on has changed.
        """
        for key in sorted(self._known.keys() & graph.nodes.keys()):
            message = self._known[key].get(self._digest(graph, key))
            if message is not None:
                _log.info("%s failed in an earlier run, and nothing that it depends on has changed", graph.nodes[key])
                raise BuildError(f"{graph.nodes[key]} failed in an earlier run", reasons={key: message})

    def keep(self, graph: Graph, reasons: Mapping[str, str]) -> None:
        """Remember why packages of a graph, whose workspace was written, could not be built, by the graph's key."""
        for key, message in reasons.items():
            self._known.setdefault(key, {})[self._digest(graph, key)] = message
        try:
            write_text(self.path, json.dumps({"failures": self._known}, indent=1, sort_keys=True) + "\n")
        except WriteError as err:
            _log.debug("failures can't be remembered: %s", err)

    def _digest(self, graph: Graph, key: str) -> str:
        needed, todo = set[str](), [key]
        while todo:
            one = todo.pop()
            if one not in needed:
                needed.add(one)
                todo += build_closure(graph, graph.nodes[one])
        lock = json.loads((self.workspace / LOCK_FILE).read_text(encoding="utf-8"))
        state = hashlib.sha256(f"{self._of_all} {lock.get('python')}".encode())
        for one in sorted(needed):
            node = graph.nodes[one]
            state.update(json.dumps([one, *_locked(lock, one)], sort_keys=True).encode())
            for path in _files(self.workspace / folder(node.name, node.version)):
                state.update(f"{path.name} {sha256_of(path)}".encode())
        return state.hexdigest()

    @cached_property
    def _of_all(self) -> str:
        """The digest of what all builds depend on."""
        state = hashlib.sha256(repr(list(self.flags)).encode())
        top = [path for path in self.workspace.iterdir() if path.is_file() and path.name not in _OF_ALL]
        for path in (*sorted(top), *_files(self.workspace / "rules"), *_files(self.workspace / "toolchains")):
            where = path.relative_to(self.workspace)
            state.update(f"{where} {sha256_of(path)}\n".encode())
        for name in _PROGRAMS:
            found = shutil.which(name)
            if found is not None:
                stat = os.stat(found)
                state.update(f"{os.path.realpath(found)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
        state.update(repr([os.environ.get(name) for name in _VARIABLES]).encode())
        return state.hexdigest()


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _locked(lock: dict[str, Any], key: str) -> Iterator[object]:
    """Yield what a lock says about a package, and the hashes of its files."""
    package = lock["packages"].get(key)
    yield package
    files = lock["files"]
    for text in _texts(package):
        if text in files:
            yield files[text]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
