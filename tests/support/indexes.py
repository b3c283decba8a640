"""Indexes of example packages: in memory for code that needs only names and versions, on loopback for downloads."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from packaging.requirements import Requirement
from packaging.tags import Tag

from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.graph import Graph
from fromager_gen.index_file import IndexFile
from fromager_gen.lock import Lock
from fromager_gen.lock.make import make_lock
from fromager_gen.lock.request import LockRequest
from fromager_gen.net.index import Index as RealIndex
from fromager_gen.net.index import NoSuchProjectError
from fromager_gen.overrides import Overrides
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.resolve.ages import Ages
from fromager_gen.resolve.candidates import Finder
from fromager_gen.resolve.markers import environment
from fromager_gen.resolve.requirements import Asked, Constraint, Constraints
from fromager_gen.terminal import Silent
from support.samples import LIBRARIES, pack, tar_gz
from support.servers import Answer, Server, project_page, serving

PYTHON = "3.12.4"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
VARIABLES = {
    **environment(PYTHON),
    "platform_machine": "x86_64",
    "sys_platform": "linux",
}
TAGS = {Tag("cp312", "cp312", "linux_x86_64"): 2, Tag("py3", "none", "any"): 1}


class Shelf:
    """An index in memory."""

    def __init__(self, *filenames: str) -> None:
        self.asked: list[str] = []
        self._files: dict[str, dict[str, IndexFile]] = {}
        for filename in filenames:
            self.add(filename)

    def add(self, filename: str, **said: Any) -> None:
        project = filename.split("-", maxsplit=1)[0].replace("_", "-").lower()
        file = IndexFile(**{"url": f"https://index.test/{filename}", "sha256": None, "size": None, **said})
        self._files.setdefault(project, {})[filename] = file

    def files(self, project: str) -> dict[str, IndexFile]:
        self.asked.append(project)
        if project not in self._files:
            raise NoSuchProjectError(f"{project}: the index has no such project")
        return self._files[project]


def shelf(packages: str) -> Shelf:
    """Return an index of sdists: ``a 1 2, b 1.5``."""
    names = (text.split() for text in packages.split(","))
    return Shelf(*(f"{name.replace('-', '_')}-{version}.tar.gz" for name, *versions in names for version in versions))


def finder_of(index: Any, ages: Ages | None = None, **settings: PackageSettings) -> Finder:
    """Return a finder that uses one index for all packages, with settings by package."""
    packages = {name.replace("_", "-"): said for name, said in settings.items()}
    return Finder(lambda name, pre_built: index, Overrides(packages=packages), PYTHON, TAGS, ages or Ages(NOW))


def asked(*texts: str) -> tuple[Asked, ...]:
    """Return requirements as of a requirements file."""
    return tuple(Asked(Requirement(text), f"r.txt:{number}") for number, text in enumerate(texts, 1))


def constraints(*texts: str) -> Constraints:
    """Return constraints as of a constraints file."""
    made = {}
    for number, text in enumerate(texts, 1):
        requirement = Requirement(text)
        made[requirement.name] = Constraint(requirement.specifier, text, f"c.txt:{number}")
    return Constraints(made)


def pkg_info(name: str, version: str, *rows: str, form: str = "2.2") -> str:
    """Return a PKG-INFO; from metadata version 2.2 on its requirements are final."""
    return "\n".join([f"Metadata-Version: {form}", f"Name: {name}", f"Version: {version}", *rows, "", "A text"])


def requires(*texts: str) -> list[str]:
    return [f"Requires-Dist: {text}" for text in texts]


def pyproject(*build: str, **project: str) -> str:
    """Return a pyproject.toml with build requirements, and the project table from TOML values by key."""
    rows = [f"{name.replace('_', '-')} = {value}" for name, value in project.items()]
    table = ["[project]", *rows] if rows else []
    return "\n".join(["[build-system]", f"requires = {json.dumps(list(build))}", *table, ""])


class Pages:
    """An index of projects as JSON or HTML, which has the libraries of our actions."""

    def __init__(self, server: Server, as_html: bool = False) -> None:
        self.server = server
        self._html = as_html
        for name, pin in LIBRARIES.items():
            self.add(name, {"filename": pin["filename"], "hashes": {"sha256": pin["sha256"]}, "size": 1})

    def add(self, project: str, *entries: dict[str, object]) -> None:
        for entry in entries:
            entry.setdefault("url", f"{self.server.url}/files/{entry['filename']}")
            entry.setdefault("hashes", {})
        if self._html:
            rows = [
                f'<a href="{e["url"]}{"".join(f"#{k}={v}" for k, v in e["hashes"].items())}">{e["filename"]}</a>'
                for e in entries
            ]
            answer = Answer("".join(rows).encode(), 200, {"Content-Type": "text/html"})
        else:
            answer = project_page(entries, project)
        self.server.say(f"/simple/{project}/", answer)

    @property
    def url(self) -> str:
        return f"{self.server.url}/simple"

    def lock(self, graph: Graph, previous: Lock | None = None, **request: object) -> Lock:
        request.setdefault("index_url", self.url)
        asked = LockRequest(**request)  # type: ignore[arg-type]
        return make_lock(graph, previous or Lock(), asked, Silent())


class Place:
    """An index on loopback, and the folders of its clients."""

    def __init__(self, server: Server, client: requests.Session, folder: Path) -> None:
        self.server, self.client, self.folder = server, client, folder
        self.pages: dict[str, list[dict[str, Any]]] = {}

    def sdist(self, name: str, version: str, files: Mapping[str, str | bytes], **said: Any) -> str:
        """Put an sdist on the server and its page, with ``said`` as fields of the page; return its URL."""
        stem = f"{name.replace('-', '_')}-{version}"
        path = tar_gz(self.folder / "made.tar.gz", {f"{stem}/{path}": text for path, text in files.items()})
        return self.file(name, f"{stem}.tar.gz", path.read_bytes(), **said)

    def file(self, project: str, filename: str, body: bytes, **said: Any) -> str:
        url = self.server.say(f"/files/{filename}", body)
        entry = {"filename": filename, "url": url, "hashes": {"sha256": hashlib.sha256(body).hexdigest()}, **said}
        self.pages.setdefault(project, []).append(entry)
        self.server.say(f"/simple/{project}/", project_page(self.pages[project], project))
        return url

    def finder(self, ages: Ages | None = None, **settings: PackageSettings) -> Finder:
        return finder_of(RealIndex(self.client, f"{self.server.url}/simple"), ages, **settings)

    def sources(self, **settings: PackageSettings) -> SourceStore:
        overrides = Overrides(packages={name.replace("_", "-"): said for name, said in settings.items()})
        return SourceStore(self.client, self.folder / "sources", self.folder / "cache", overrides)

    def fetched(self) -> list[str]:
        return [path.removeprefix("GET /files/") for path in self.server.asked if path.startswith("GET /files/")]


class Index:
    """A package index on loopback that runs until it is closed, for what Bazel and whole commands fetch."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self.server = self._running.enter_context(serving())
        self.root = self.server.url
        self.files: dict[str, dict[str, bytes]] = {}

    @property
    def url(self) -> str:
        return f"{self.root}/simple/"

    @property
    def requests(self) -> list[str]:
        """The paths of all requests so far."""
        return [text.partition(" ")[2] for text in self.server.asked]

    def add(self, name: str, filename: str, data: bytes) -> str:
        """Add a file, or replace it; return its address."""
        files = self.files.setdefault(name, {})
        files[filename] = data
        self.server.say(
            f"/simple/{name}/",
            project_page(
                {
                    "filename": one,
                    "url": f"{self.root}/files/{name}/{one}",
                    "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
                    "size": len(content),
                }
                for one, content in files.items()
            ),
        )
        return self.server.say(f"/files/{name}/{filename}", data)

    def add_sdist(self, name: str, version: str, files: Mapping[str, str | bytes]) -> str:
        top = f"{name.replace('-', '_')}-{version}"
        return self.add(name, f"{top}.tar.gz", pack(top, files))

    def remove(self, name: str) -> None:
        """Remove a project with all of its files."""
        for filename in self.files.pop(name):
            del self.server.answers[f"/files/{name}/{filename}"]
        del self.server.answers[f"/simple/{name}/"]

    def close(self) -> None:
        self._running.close()
