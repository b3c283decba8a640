"""Pin files that the lock lacks: get hashes from indexes and forges, and crates from sources."""

import logging
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import requests
from packaging.tags import Tag
from packaging.version import Version

from fromager_gen.addresses import without_credentials
from fromager_gen.contract import LIBRARY_REPOSITORY, SDIST_REPOSITORY, WHEEL_REPOSITORY
from fromager_gen.errors import LockError
from fromager_gen.files import path_of
from fromager_gen.graph import Node
from fromager_gen.lock.commits import lock_commit
from fromager_gen.lock.downloaded import downloaded
from fromager_gen.lock.model import Lock, LockedFile, LockedPackage
from fromager_gen.lock.origin import Origin, origin_of
from fromager_gen.lock.own_wheels import best_wheel
from fromager_gen.lock.pin_crates import Tools, pin_crates
from fromager_gen.lock.pin_submodules import Pinned, pin_submodules, wanted_submodules
from fromager_gen.lock.pinned import pinned_file
from fromager_gen.lock.prepared import changes_to, depends_on_overrides
from fromager_gen.lock.request import LockRequest
from fromager_gen.names import repository
from fromager_gen.net import Index, NoSuchProjectError, Workers, download, size_of
from fromager_gen.standards import sdist_filename
from fromager_gen.terminal import Progress

_log = logging.getLogger(__name__)


class Pinning:
    """Adds missing entries to a lock."""

    def __init__(
        self, client: requests.Session, lock: Lock, previous: Lock, request: LockRequest, progress: Progress
    ) -> None:
        """Take a session, the lock to extend, the previous lock, the request and the progress display."""
        self._files, self._packages = lock.files, lock.packages
        self._previous = previous
        self._request = request
        self._tools = Tools(client, progress, Workers())
        self._indexes: dict[str, Index] = {}

    def pin_libraries(self, libraries: Iterable[Mapping[str, str]]) -> None:
        """Pin the libraries that the build actions use.

        Raises:
            LockError: the index does not have a file.
        """
        for library in libraries:
            name = library["distribution"]
            self._files[f"{LIBRARY_REPOSITORY}{name}"] = pinned_file(
                self._index(None), name, library["filename"], library["sha256"], "the build actions use"
            )

    def pin_nodes(self, nodes: Sequence[Node], rust_folders: Mapping[str, str]) -> None:
        """Pin packages and their crates.

        Args:
            nodes: nodes of the graph.
            rust_folders: folder of the project in which a Cargo.lock may be, by key, for nodes that may have Rust.

        Raises:
            FetchError: a file can't be downloaded.
            LockError: a file has no stated hash, or differs from its hash.
        """
        if not nodes:
            return
        self._tools.progress.begin("locking", len(nodes))
        for node, (name, file, more) in zip(nodes, self._tools.workers.run(nodes, self._lock_node), strict=True):
            self._files |= {name: file, **more[1]}
            self._packages[node.key] = LockedPackage(
                file=name,
                source=without_credentials(node.url),
                looked_in=rust_folders.get(node.key),
                changes=self._changes(node, node.key in rust_folders),
                index=without_credentials(self._request.taken_from.get(node.key, "")),
                submodules=more[0],
                submodule_paths=wanted_submodules(node, self._request.overrides),
            )
        rust = [node for node in nodes if node.key in rust_folders]
        if rust:
            pin_crates(rust, Lock(self._files, self._packages), self._previous, self._request, self._tools)

    def _index(self, node: Node | None) -> Index:
        """Return the index to ask for a node, or for a file without a node."""
        own = taken_from = None
        if node is not None:
            settings = self._request.overrides.settings(node.name)
            own = settings.wheel_server_url if node.pre_built else settings.sdist_server_url
            taken_from = self._request.taken_from.get(node.key)
        url = taken_from or own or self._request.index_url or ""
        return self._indexes.setdefault(url, Index(self._tools.client, url or None))

    def _lock_node(self, node: Node) -> tuple[str, LockedFile, Pinned]:
        name = repository(WHEEL_REPOSITORY if node.pre_built else SDIST_REPOSITORY, node.name, node.version)
        if node.key in self._request.taken_from:
            node = replace(node, url="")
        source = origin_of(node)
        known = self._request.known.get(node.key)
        if known is not None:
            self._check_recorded(node, self._previous.files.get(name), known)
            locked = known
        elif (own := self._own_wheel(node, source) or self._of_plugin(node, source)) is not None:
            locked = own
        elif source.git:
            locked = lock_commit(source.git, source.ref, source.filename)
        elif source.sha256 and source.filename:
            locked = LockedFile(source.filename, source.sha256, url=source.url)
        else:
            listed = None if self._records(node) else self._from_index(node, source)
            locked = listed or self._recorded(node, source)
        if locked.size is None and locked.url:
            locked = replace(locked, size=size_of(self._tools.client, locked.url))
        paths = wanted_submodules(node, self._request.overrides)
        more: Pinned = ((), {})
        if paths is not None:
            more = pin_submodules(locked, paths, self._previous.files)
        self._tools.progress.done(str(node))
        return name, locked, more

    def _changes(self, node: Node, may_have_rust: bool) -> str:
        overrides = self._request.overrides
        return changes_to(node, overrides) if may_have_rust or depends_on_overrides(node, overrides) else ""

    def _of_plugin(self, node: Node, source: Origin) -> LockedFile | None:
        """Return the source that a plugin downloads, or None."""
        plugins = self._request.plugins
        if plugins is None or node.pre_built:
            return None
        if not self._request.overrides.plugins.has(node.name, "download_source"):
            return None
        listed = self._from_index(node, source)
        url, sha256 = (listed.url, listed.sha256) if listed is not None else (source.url, source.sha256)
        made = plugins.download(node.name, node.version, url, plugins.downloads)
        return downloaded(made, url, sha256) if made is not None else None

    def _own_wheel(self, node: Node, source: Origin) -> LockedFile | None:
        """Return the wheel that replaces the graph's: from the server in the settings, else from `wheels-repo`."""
        if not node.pre_built or node.key in self._request.taken_from:
            return None
        server = self._request.overrides.settings(node.name).wheel_server_url
        if server:
            return self._of_server(node, source, without_credentials(server))
        own = self._request.own_wheel(node)
        if own is not None:
            name, file = own
            if file.sha256 != self._stated_hash(node, source):
                return LockedFile(name, str(file.sha256), file.size, url=file.url)
        elif source.url.startswith("file:"):
            path = path_of(source.url)
            raise LockError(
                f"{node}: the graph's wheel {path} is not in the wheels-repo of this machine. Copy it there, or make "
                "the graph again"
            )
        return None

    def _of_server(self, node: Node, source: Origin, server: str) -> LockedFile:
        """Return the best wheel of a variant's wheel server; no other index is asked, as in Fromager."""
        files = self._index(node).files(node.name)
        name = best_wheel(files, node.name, node.version, self._request.tags)
        if name is None:
            raise LockError(
                f"{node}: the wheel server {server}, which its settings name, has no wheel of this version for this "
                f"Python and platform; it has {', '.join(sorted(files)[-5:]) or 'no file'}"
            )
        url, sha256 = without_credentials(files[name].url), files[name].sha256
        if sha256 is None:
            return self._recorded(node, replace(source, url=url, filename=name))
        return LockedFile(name, sha256, files[name].size, url=url)

    def _stated_hash(self, node: Node, source: Origin) -> str | None:
        """Return the hash that the graph or the index states for a node's file, or None."""
        if source.sha256 or source.url.startswith("file:"):
            return source.sha256
        try:
            found = self._from_index(node, source)
        except LockError as err:
            _log.debug("%s: no index states its hash: %s", node, err)
            return None
        return found.sha256 if found else None

    def _from_index(self, node: Node, source: Origin) -> LockedFile | None:
        """Return the file with hash and size from the index; it also gives the address of a node that has none."""
        if source.url and not _keeps_published_name(source):
            return None
        try:
            listed = self._index(node).files(node.name)
        except LockError as err:
            # A file with an address of its own need not belong to a project of the index.
            if node.name in self._request.record or (source.url and isinstance(err, NoSuchProjectError)):
                return None
            raise
        filename = source.filename if source.url else _file_on_index(node, listed, self._request.tags)
        found = listed.get(filename)
        if found is None:
            return None
        url = source.url or without_credentials(found.url)
        if found.sha256 is None:
            return self._recorded(node, replace(source, url=url))
        return LockedFile(filename, found.sha256, found.size, url=url)

    def _records(self, node: Node) -> bool:
        """Return whether the settings name the address of a file for which no index states a hash."""
        source = self._request.overrides.settings(node.name, node.version).source
        return source is not None and source.records_hash and not node.pre_built

    def _check_recorded(self, node: Node, before: LockedFile | None, now: LockedFile) -> None:
        """Check that a file whose hash was recorded still has this hash."""
        if self._records(node) and before is not None and before.url == now.url and before.sha256 != now.sha256:
            raise LockError(
                f"{node}: {now.url} has sha256 {now.sha256}, but {before.sha256} is locked. The file was replaced, or "
                f"its tag was moved. To use the new one, remove {node.key} from the lock"
            )

    def _recorded(self, node: Node, source: Origin) -> LockedFile:
        """Download a file to record its hash, only for a package that the user names, and never for a branch."""
        if source.is_moving:
            raise LockError(
                f"{node}: {source.url} is the archive of a branch, whose bytes change; name a tag or commit"
            )
        if node.name not in self._request.record and not self._records(node):
            raise LockError(
                f"{node}: no index states a hash for {source.filename} ({source.url}). To trust the current file and "
                f"hold later builds to it: --record-hash {node.name}"
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "file")
            fetched = download(self._tools.client, source.url, path, None, self._tools.read)
        return LockedFile(source.filename, fetched.sha256, fetched.size, url=source.url)


def _keeps_published_name(source: Origin) -> bool:
    """Return whether a file keeps its published name, as files of an index do; a forge names archives after tags."""
    return source.filename == source.url.rpartition("/")[2].replace("%2B", "+").replace("%21", "!")


def _file_on_index(node: Node, listed: Iterable[str], tags: Mapping[Tag, int]) -> str:
    """Return the file of a node without an address: the sdist of its version, or the best wheel."""
    if node.pre_built:
        found = best_wheel(listed, node.name, node.version, tags)
    else:
        found = next((name for name in sorted(listed) if _is_sdist_of(node, name)), None)
    if found is None:
        kind = "wheel for this Python and platform" if node.pre_built else "source"
        raise LockError(f"{node}: the graph has no address for it, and the index has no {kind} of this version")
    return found


def _is_sdist_of(node: Node, filename: str) -> bool:
    try:
        return sdist_filename(filename)[1] == Version(node.version)
    except ValueError:
        return False
