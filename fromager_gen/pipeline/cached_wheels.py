"""Wheels on a wheel server that an earlier run has built: they are used in place of builds, as in Fromager.

Fromager calls this server the cache wheel server. The lock pins each wheel by its hash.
"""

import logging
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename
from packaging.version import Version

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import BuildError
from fromager_gen.graph import Graph, Node, build_closure
from fromager_gen.index_file import IndexFile
from fromager_gen.interpreter import minor_version
from fromager_gen.lock import Lock, LockedFile, best_wheel, is_wheel
from fromager_gen.names import BUILT_WHEELS, FRESH_WHEELS, is_file_name
from fromager_gen.net import Index, NoSuchProjectError, Workers, download, session
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.plan import with_constraints
from fromager_gen.standards import wheel_filename, wheel_tags
from fromager_gen.terminal import counted, say

_log = logging.getLogger(__name__)


def find_cached(
    options: GlobalOptions,
    overrides: Overrides,
    graph: Iterable[Node],
    previous: Lock,
    server: str,
    any_tag: bool = False,
) -> dict[str, LockedFile]:
    """Return the wheels of a wheel server that are used in place of builds, by the graph's key.

    Args:
        options: the options before the command.
        overrides: settings, which determine the build tags.
        graph: packages of a graph.
        previous: the lock of an earlier run.
        server: address of the wheel server.
        any_tag: whether a package without a changelog may have any build tag.

    Raises:
        FetchError: the server can't be reached.
    """
    _log.info("skipping builds for versions of packages available at %s", without_credentials(server))
    with session() as client:
        tags = wheel_tags(minor_version(options.python))
        wheels = _CachedWheels(client, server, overrides, tags, options.wheels_repo, any_tag)
        found = wheels.find(graph, previous)
    say(f"{counted(len(found), 'wheel')} of {without_credentials(server)} replace builds")
    return found


def tools_of_server(
    options: GlobalOptions, overrides: Overrides, graph: Graph, node: Node, server: str
) -> dict[str, LockedFile]:
    """Return the wheels of one package's build environment, which a wheel server must have, by the graph's key.

    Raises:
        BuildError: the server lacks some. The message names them.
        FetchError: the server can't be reached.
    """
    tools = [graph.nodes[key] for key in build_closure(graph, node)]
    with session() as client:
        wheels = _CachedWheels(client, server, overrides, wheel_tags(minor_version(options.python)), None, any_tag=True)
        found = wheels.find(tools, Lock())
    missing = [str(tool) for tool in tools if tool.key not in found and not tool.pre_built]
    if missing:
        text = f"{node} needs {', '.join(missing)} for its build, which {without_credentials(server)} lacks"
        raise BuildError(f"{text}. Build and upload these wheels first", [f"MissingDependency: {text}"])
    return found


@dataclass(frozen=True)
class _CachedWheels:
    """Finds the wheels of packages by version and build tag, first in `wheels-repo` and then on the server."""

    client: requests.Session
    server: str
    overrides: Overrides
    tags: Mapping[Tag, int]
    """Wheel tags that the platform supports, each with its rank."""
    wheels_repo: Path | None
    """Folder with wheels that were built on this machine, which are not looked up on the server."""
    any_tag: bool
    """Whether a package without a changelog may have any build tag, as in Fromager's bootstrap."""

    def find(self, graph: Iterable[Node], previous: Lock) -> dict[str, LockedFile]:
        """Return the wheels to use in place of builds, by the graph's key.

        A package with a fitting wheel in `wheels-repo` is not looked up: Bazel knows whether that wheel is up to date.
        If it came from the server, it stays.

        Args:
            graph: packages. Pre-built packages are ignored.
            previous: the lock of an earlier run.

        Raises:
            FetchError: the server can't be reached.
            SettingsError: a build tag needs a constraint that the graph does not have.
        """
        graph = tuple(graph)
        asked = [node for node in graph if not node.pre_built]
        index = Index(self.client, self.server)
        wheels = replace(self, overrides=with_constraints(self.overrides, graph))
        found = Workers().run(asked, lambda node: wheels._kept(node, previous) or wheels._of_server(node, index))
        return {node.key: wheel for node, wheel in zip(asked, found, strict=True) if wheel is not None}

    def _kept(self, node: Node, previous: Lock) -> LockedFile | None:
        package = previous.packages.get(node.key)
        if package is None or not is_wheel(package):
            return None
        wheel = previous.files[package.file]
        return wheel if self._fits(wheel.filename, node) else None

    def _of_server(self, node: Node, index: Index) -> LockedFile | None:
        where, server = f"{node.name}-{node.version}", without_credentials(self.server)
        if self._is_local(node, where):
            return None
        _log.info("%s: checking if wheel was already uploaded to %s", where, server)
        try:
            files = index.files(node.name)
        except NoSuchProjectError:
            files = {}
        fitting = [name for name in files if is_file_name(name) and name.endswith(".whl") and self._fits(name, node)]
        best = best_wheel(fitting, node.name, node.version, self.tags)
        if best is None:
            _log.info("%s: did not find wheel for %s in %s", where, node.version, server)
            return None
        _log.info("%s: found built wheel on cache server", where)
        _log.info("skipping building wheel since %s-%s already exists", where, best)
        return self._pinned(best, files[best])

    def _is_local(self, node: Node, where: str) -> bool:
        if self.wheels_repo is None:
            return False
        tag = self.overrides.build_tag(node.name, node.version)
        for folder in (FRESH_WHEELS, BUILT_WHEELS):
            place = self.wheels_repo / folder
            _log.info(
                "%s: looking for existing wheel for version %s with build tag %s in %s",
                where, node.version, _shown(tag), place,
            )  # fmt: skip
            if any(self._fits(path.name, node) for path in place.glob("*.whl")):
                return True
        return False

    def _fits(self, filename: str, node: Node) -> bool:
        """Return whether a wheel is of a package version, with the build tag of its changelog."""
        try:
            project, version, build, tags = wheel_filename(filename)
        except InvalidWheelFilename as err:
            _log.debug("%s is ignored: %s", filename, err)
            return False
        if project != node.name or version != Version(node.version):
            return False
        is_pure = all(tag.platform == "any" for tag in tags)
        wanted = self.overrides.build_tag(node.name, node.version, is_pure)
        if wanted == "0" and self.any_tag:
            return True
        number, text = build or (0, "")
        return f"{number}{text}" == wanted

    def _pinned(self, filename: str, file: IndexFile) -> LockedFile:
        """Return a wheel with its hash. A wheel server may state none: Fromager's does not."""
        url, sha256, size = without_credentials(file.url), file.sha256, file.size
        if sha256 is None:
            with tempfile.TemporaryDirectory() as folder:
                fetched = download(self.client, file.url, Path(folder, "wheel"), None, lambda _: None)
            sha256, size = fetched.sha256, fetched.size
        return LockedFile(filename, sha256, size, url=url)


def _shown(tag: str) -> str:
    """Return a build tag in the form of Fromager's messages, in which 0 is no tag."""
    number = tag[: len(tag) - len(tag.lstrip("0123456789"))]
    return "()" if tag == "0" else f"({number}, {tag.removeprefix(number)!r})"


def with_cached(graph: Graph, cached: Mapping[str, LockedFile]) -> Graph:
    """Return a graph in which some packages are wheels of a wheel server, by the graph's key."""
    nodes = {
        key: replace(node, pre_built=True, is_cached=True, url=cached[key].url) if key in cached else node
        for key, node in graph.nodes.items()
    }
    return replace(graph, nodes=nodes)
