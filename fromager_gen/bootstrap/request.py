"""The request to a bootstrap, and the objects that it starts with: collection, finder and store."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import requests
from packaging.version import Version

from fromager_gen.addresses import without_credentials
from fromager_gen.bootstrap.inputs import read_constraints, read_requirements
from fromager_gen.bootstrap.plugin_sources import own_sources, source_plugins
from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.errors import InputError
from fromager_gen.graph import Graph, parse_graph
from fromager_gen.interpreter import minor_version
from fromager_gen.lock import WheelsRepo
from fromager_gen.net import read_place
from fromager_gen.overrides import Overrides
from fromager_gen.resolve import Ages, Asked, Collection, Finder, environment, indexes
from fromager_gen.standards import wheel_tags


@dataclass(frozen=True)
class BootstrapRequest:
    """The options of the command line; places are paths or addresses."""

    python: str
    """Python version with its patch level."""
    toplevel: tuple[str, ...]
    requirements_files: tuple[str, ...]
    constraints_files: tuple[str, ...]
    previous: str | None
    together: bool
    index_url: str | None
    least_age: int
    most_age: int
    sources: Path
    """Folder for fetched sources."""
    work_dir: Path
    sdists_repo: Path
    wheels_repo: Path
    """Fromager's folder of wheels, which take precedence over the index for pre-built packages."""
    cache: Path
    """Folder for cached pages and facts, by hashes; any number of runs may share it."""
    every_version: bool = False
    """Whether every version that fits a requirement is chosen."""


class Begun(NamedTuple):
    """The objects that discovery starts with."""

    collection: Collection
    finder: Finder
    store: SourceStore


def begin(request: BootstrapRequest, overrides: Overrides, client: requests.Session) -> Begun:
    """Read requirements, constraints, an earlier graph, and sources that requirements name by address.

    Raises:
        InputError: a file can't be read, or there are no requirements.
        GraphError: the earlier graph is damaged.
        FetchError: a source can't be downloaded.
        ResolutionError: a source does not state its version, or is another package.
    """
    variables = environment(request.python)
    asked = read_requirements(request.toplevel, request.requirements_files, variables, client)
    if not asked:
        raise InputError(
            "there are no requirements: name some, or files with -r, whose markers hold for this Python and platform"
        )
    return begin_with(request, overrides, client, asked)


def begin_with(
    request: BootstrapRequest, overrides: Overrides, client: requests.Session, asked: Sequence[Asked]
) -> Begun:
    """Create the objects that discovery starts with, for requirements that are already read. See `begin`."""
    variables = environment(request.python)
    constraints = read_constraints(request.constraints_files, variables, client)
    overrides.constraints.update({name: str(one.specifier) for name, one in constraints.by_name.items()})
    previous = _previous(request.previous, client)
    folders = (request.work_dir, request.wheels_repo, request.sdists_repo)
    plugins = source_plugins(overrides, folders, constraints.specifiers(), client)
    store = SourceStore(client, request.sources, request.cache / "facts", overrides, plugins=plugins)
    for_resolution, listed = own_sources(overrides, plugins, request.index_url, client)
    finder = _finder(request, for_resolution, client, variables["python_full_version"])
    finder.own_source = listed
    finder.fixed = {one.name: (store.direct(one),) for one in _direct(asked)}
    collection = Collection(
        tuple(asked), constraints, variables, request.together, previous, every_version=request.every_version
    )
    return Begun(collection, finder, store)


def _direct(asked: Iterable[Asked]) -> list[Asked]:
    """Return the requirements that name a source by its address, one for each package."""
    found: dict[str, Asked] = {}
    for one in asked:
        if one.requirement.url is not None:
            other = found.setdefault(one.name, one)
            if other.requirement.url != one.requirement.url:
                raise InputError(
                    f"{one.where}: {one.requirement} and {other.where}: {other.requirement}: keep only one of them"
                )
    return list(found.values())


def _previous(place: str | None, client: requests.Session) -> dict[str, tuple[Version, ...]]:
    """Return the versions of an earlier graph by name, the highest first."""
    graph = parse_graph(read_place(place, client), without_credentials(place)) if place is not None else Graph({}, ())
    found: dict[str, list[Version]] = {}
    for node in graph:
        found.setdefault(node.name, []).append(Version(node.version))
    return {name: tuple(sorted(versions, reverse=True)) for name, versions in found.items()}


def _finder(request: BootstrapRequest, overrides: Overrides, client: requests.Session, python: str) -> Finder:
    index_for = indexes(overrides, client, request.index_url, request.cache / "pages")
    ages = Ages(datetime.now(timezone.utc), request.least_age, request.most_age)  # noqa: UP017
    tags = wheel_tags(minor_version(request.python))
    repo = WheelsRepo(request.wheels_repo)
    return Finder(index_for, overrides, python, tags, ages, repo, is_several=request.every_version)
