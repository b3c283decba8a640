"""The package index: which one is pip's configuration, what it says of a file is PEP 691's JSON."""

import ast
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass

import requests
from pypi_simple import PYPI_SIMPLE_ENDPOINT, NoSuchProjectError, ProjectPage, PyPISimple, UnsupportedContentTypeError

from fromager_gen.errors import LockError
from fromager_gen.lock.http import shown


@dataclass(frozen=True, slots=True)
class IndexFile:
    """What an index states of a file."""

    url: str
    sha256: str | None
    size: int | None


def configured_index() -> str:
    """Return the index that pip would use: PIP_INDEX_URL, pip.conf, else the public one."""
    if os.environ.get("PIP_INDEX_URL"):
        return os.environ["PIP_INDEX_URL"]
    command = [sys.executable, "-m", "pip", "config", "list"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in result.stdout.splitlines():
        name, _, value = line.partition("=")
        if name in ("global.index-url", "install.index-url", "download.index-url"):
            return str(ast.literal_eval(value))
    return PYPI_SIMPLE_ENDPOINT


def _reason(error: Exception) -> str:
    """Requests quotes whole addresses, passwords included."""
    return re.sub(r"//[^/@\s]+@", "//", str(error))


class Index:
    """One package index; each project's page is asked for once."""

    def __init__(self, client: requests.Session, url: str | None = None) -> None:
        """Take a session and the index's address, pip's own where it is None."""
        self._client = client
        self._url = url
        self._pages: dict[str, dict[str, IndexFile]] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The index's address, asked of pip's configuration only when it is needed, and once."""
        with self._lock:
            self._url = self._url or configured_index()
            return self._url

    def files(self, project: str) -> dict[str, IndexFile]:
        """Return a project's files by name.

        Raises:
            LockError: the index does not know the project, or can't be asked.
        """
        if project not in self._pages:
            self._pages[project] = self._ask(project)
        return self._pages[project]

    def _ask(self, project: str) -> dict[str, IndexFile]:
        simple = PyPISimple(self.url, session=self._client)
        try:
            page: ProjectPage = simple.get_project_page(project, timeout=60)
        except NoSuchProjectError:
            raise LockError(f"{project}: the index {shown(self.url)} has no such project") from None
        except (requests.RequestException, UnsupportedContentTypeError, ValueError) as err:
            raise LockError(f"{project}: the index {shown(self.url)} can't be asked: {_reason(err)}") from err
        return {
            package.filename: IndexFile(package.url.partition("#")[0], package.digests.get("sha256"), package.size)
            for package in page.packages
        }
