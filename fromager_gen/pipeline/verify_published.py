"""Compare our wheels with those that an index has of the same versions."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename

from fromager_gen.compare import Equivalence, equivalence
from fromager_gen.graph import Node
from fromager_gen.index_file import IndexFile
from fromager_gen.interpreter import minor_version
from fromager_gen.names import WHEEL_FOLDERS, is_file_name
from fromager_gen.net import Index, NoSuchProjectError, Workers, download, session
from fromager_gen.pipeline.build import build_all, prepare
from fromager_gen.pipeline.options import BuildOptions, GlobalOptions, LockOptions
from fromager_gen.pipeline.verify import chosen_nodes
from fromager_gen.standards import version, wheel_filename, wheel_tags
from fromager_gen.terminal import Phases

_THREADS = 4


@dataclass(frozen=True)
class Published:
    """Our wheel of one package, compared with the one on the index."""

    node: Node
    ours: str
    theirs: str = ""
    """File name on the index; empty if it has none."""
    found: Equivalence | None = None

    @property
    def verdict(self) -> str:
        """The result in words."""
        return self.found.result if self.found is not None else "none on the index"


def verify_published(
    options: GlobalOptions,
    graph_file: Path,
    locking: LockOptions,
    building: BuildOptions,
    packages: Sequence[str],
) -> list[Published]:
    """Compare wheels in `wheels-repo` with those on the index; wheels that are not there are built first.

    Raises:
        InputError: the graph does not have a package.
        BuildError: a package could not be built.
        FetchError: the index can't be queried.
    """
    prepared = prepare(options, graph_file, locking)
    nodes = chosen_nodes(prepared.graph, packages)
    ours = _built(options.wheels_repo, nodes)
    missing = [node for node in nodes if node.key not in ours]
    if missing:
        ours |= {built.node.key: built.wheel for built in build_all(prepared, missing, building.flags(), summary=False)}
    return compare_published(nodes, ours, minor_version(options.python), locking.index_url)


def compare_published(
    nodes: Sequence[Node], ours: Mapping[str, Path], python: str, index_url: str | None
) -> list[Published]:
    """Compare wheels with those on an index.

    Args:
        nodes: the packages.
        ours: the wheel of each package, by the graph's key.
        python: minor version of Python.
        index_url: the index, or None for the one that pip would use.

    Raises:
        FetchError: the index can't be queried.
    """
    with session() as client, tempfile.TemporaryDirectory() as folder, Phases() as progress:
        reader = Reader(client, Index(client, index_url), Path(folder), wheel_tags(python))
        progress.begin("comparing", len(nodes))

        def compared(node: Node) -> Published:
            found = reader.compared(node, ours[node.key])
            progress.done(node.name)
            return found

        return Workers(_THREADS).run(nodes, compared)


def _built(repo: Path, nodes: Sequence[Node]) -> dict[str, Path]:
    """Return the wheels of packages that were built before, by the graph's key."""
    wanted = {(node.name, version(node.version)): node.key for node in nodes}
    found = {}
    for wheel in sorted(path for folder in WHEEL_FOLDERS for path in (repo / folder).glob("*.whl")):
        try:
            name, number, *_ = wheel_filename(wheel.name)
        except InvalidWheelFilename:
            continue
        if (name, number) in wanted:
            found[wanted[name, number]] = wheel
    return found


@dataclass(frozen=True)
class Reader:
    """Finds and downloads wheels of an index."""

    client: requests.Session
    index: Index
    folder: Path
    ranks: Mapping[Tag, int]

    def compared(self, node: Node, ours: Path) -> Published:
        """Compare one wheel. A downloaded wheel is removed again."""
        theirs = self._best(node, ours)
        if theirs is None:
            return Published(node, ours.name)
        name, file = theirs
        path = self.folder / node.key / name
        path.parent.mkdir(parents=True)
        download(self.client, file.url, path, file.sha256, lambda _: None)
        found = equivalence(ours, path)
        path.unlink()
        return Published(node, ours.name, name, found)

    def _best(self, node: Node, ours: Path) -> tuple[str, IndexFile] | None:
        """Return the wheel of the same version whose tags fit best: those of ours, else the best for this machine."""
        try:
            files = self.index.files(node.name)
        except NoSuchProjectError:
            return None
        *_, own = wheel_filename(ours.name)
        rated = {name: rate for name in files if (rate := self._rate(node, name, own)) is not None}
        return max(((name, files[name]) for name in rated), key=lambda one: (rated[one[0]], one[0]), default=None)

    def _rate(self, node: Node, name: str, own: frozenset[Tag]) -> tuple[bool, bool, int] | None:
        """Return how well a wheel fits, or None if it is of another version or for another Python."""
        try:
            project, number, _, tags = wheel_filename(name)
        except InvalidWheelFilename:
            return None
        if (project, number) != (node.name, version(node.version)) or not is_file_name(name):
            return None
        pythons = {(tag.interpreter, tag.abi) for tag in own}
        same = any((tag.interpreter, tag.abi) in pythons for tag in tags)
        rank = max((self.ranks[tag] for tag in tags if tag in self.ranks), default=0)
        return (bool(tags & own), same and rank > 0, rank) if rank or tags & own else None
