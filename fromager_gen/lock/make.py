"""Make the lock of a graph: keep the entries of an earlier lock, and pin the rest by the index and the files."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from fromager_gen.addresses import without_credentials
from fromager_gen.contract import CRATE_REPOSITORY, LIBRARIES, LIBRARY_REPOSITORY, WHEEL_LIBRARIES
from fromager_gen.errors import LockError
from fromager_gen.files import path_of
from fromager_gen.graph import BUILD_KINDS, Graph, Node
from fromager_gen.interpreter import is_full_version, minor_version
from fromager_gen.lock.model import CARGO, Lock, LockedFile, is_wheel
from fromager_gen.lock.pin_submodules import has_wanted
from fromager_gen.lock.prepared import changes_to, depends_on_overrides
from fromager_gen.lock.request import LockRequest
from fromager_gen.source import BACKENDS
from fromager_gen.terminal import Progress

_log = logging.getLogger(__name__)


def make_lock(graph: Graph, previous: Lock, request: LockRequest, progress: Progress) -> Lock:
    """Pin every file of a graph.

    Raises:
        FetchError: a file can't be downloaded.
        LockError: a file has no stated hash, or differs from its hash.
    """
    libraries = [*LIBRARIES.values(), *(WHEEL_LIBRARIES.values() if request.checks_wheels else ())]
    held = [library for library in libraries if _has(previous, library)]
    rust = (node for node in graph if _may_have_rust(graph, node))
    rust_folders = {node.key: request.overrides.settings(node.name, node.version).build_dir for node in rust}
    kept = [node for node in graph if _holds(previous, request, node, rust_folders.get(node.key))]
    lock = replace(_part(previous, held, kept), python=_python(previous.python, request))
    if request.exclude_newer is not None:
        _warn_of_chosen(kept, lock)
    missing = [node for node in graph if node.key not in lock.packages]
    _log.debug("the lock has %d of %d packages", len(graph.nodes) - len(missing), len(graph.nodes))
    unpinned = [library for library in libraries if library not in held]
    if unpinned or missing:
        # A complete lock needs no network, and these modules take long to import.
        from fromager_gen.lock.pin import Pinning  # noqa: PLC0415
        from fromager_gen.net import session  # noqa: PLC0415 - as above

        with session() as client:
            pinning = Pinning(client, lock, previous, request, progress)
            pinning.pin_libraries(unpinned)
            pinning.pin_nodes(missing, rust_folders)
    return lock


def _warn_of_chosen(nodes: Iterable[Node], lock: Lock) -> None:
    """Warn that a date does not affect crates that are locked already."""
    for node in nodes:
        rust = lock.rust(node.key)
        if rust is not None and rust.origin == CARGO:
            _log.warning(
                "%s: its crates are locked already; to choose them again: --upgrade-crates %s", node, node.name
            )


def _python(before: str, request: LockRequest) -> str:
    """Return the version with patch level that the lock is for; a finished graph keeps the version it was made with."""
    if minor_version(before) != minor_version(request.python):
        before = ""
    wanted = request.python if is_full_version(request.python) else request.interpreter
    if not before or not wanted or wanted == before:
        return wanted or before
    if is_full_version(request.python) or request.renews_python:
        _log.warning("the lock was made for Python %s; from now on it is made for %s", before, wanted)
        return wanted
    _log.warning("the graph's markers were evaluated for Python %s; this machine builds with %s", before, wanted)
    return before


def _has(previous: Lock, library: dict[str, str]) -> bool:
    known = previous.files.get(_repository(library))
    return known is not None and known.sha256 == library["sha256"]


def _repository(library: dict[str, str]) -> str:
    return f"{LIBRARY_REPOSITORY}{library['distribution']}"


def _part(lock: Lock, libraries: Iterable[dict[str, str]], nodes: Iterable[Node]) -> Lock:
    """Return the part of a lock that concerns some libraries and some nodes."""
    packages = {node.key: lock.packages[node.key] for node in nodes}
    names = [_repository(library) for library in libraries]
    for package in packages.values():
        names += [package.file, *(repository for _, repository in package.submodules)]
        if package.rust:
            names += [f"{CRATE_REPOSITORY}{crate}" for crate in package.rust.crates] + [
                name for name, _ in package.rust.git
            ]
    return Lock({name: lock.files[name] for name in names}, packages)


def _holds(previous: Lock, request: LockRequest, node: Node, rust_folder: str | None) -> bool:
    """Return whether an earlier lock's entry for a node is still valid: same address, index and overrides."""
    package = previous.packages.get(node.key)
    if node.name in request.upgrade_crates and rust_folder is not None:
        return False
    if package is None or package.source != without_credentials(node.url):
        return False
    index = request.taken_from.get(node.key, package.index if request.keeps_taken else "")
    if package.index != without_credentials(index):
        return False
    if rust_folder is not None and package.looked_in != rust_folder:
        return False
    depends = rust_folder is not None or depends_on_overrides(node, request.overrides)
    if depends and package.changes != changes_to(node, request.overrides):
        return False
    if node.pre_built and node.key not in request.known:
        if not _holds_wheel(previous.files[package.file], node, request):
            return False
    if is_wheel(package) != node.pre_built or not has_wanted(package, node, request.overrides):
        return False
    known = request.known.get(node.key)
    # The address of a branch stays the same while its commit, and with it the hash, can change.
    return known is None or known.sha256 == previous.files[package.file].sha256


def _holds_wheel(locked: LockedFile, node: Node, request: LockRequest) -> bool:
    """Return whether a locked pre-built wheel is still the one to use; `wheels-repo` may have another one now.

    Raises:
        LockError: the locked wheel in `wheels-repo` has changed.
    """
    if locked.url.startswith("file:") and not path_of(locked.url).is_file():
        return False
    own = request.own_wheel(node)
    if own is None or own[1].sha256 == locked.sha256:
        return True
    path = path_of(own[1].url)
    if own[1].url == locked.url:
        raise LockError(
            f"{node}: the wheel {path} has sha256 {own[1].sha256}, but {locked.sha256} is locked. The file was "
            "replaced; to use the new one, bootstrap again or remove the package's entry from the lock."
        )
    _log.warning("%s: the wheel %s is used in place of the locked one from %s", node, path, locked.url)
    return False


def _may_have_rust(graph: Graph, node: Node) -> bool:
    """Return whether a package builds with a Rust backend; only then its source is downloaded to find a Cargo.lock."""
    return not node.pre_built and any(graph.nodes[key].name in BACKENDS for key in node.children(*BUILD_KINDS))
