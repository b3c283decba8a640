"""The package index: its address from pip's configuration, and its project pages.

See https://peps.python.org/pep-0691/.
"""

import hashlib
import json
import logging
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import FetchError, WriteError
from fromager_gen.files import write_text
from fromager_gen.index_file import IndexFile
from fromager_gen.net import bodies
from fromager_gen.net.http import authenticate, reason
from fromager_gen.net.pip_settings import pip_setting

_log = logging.getLogger(__name__)
# Prefer JSON, which contains the most data and is the fastest to parse.
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
# Change this if the format of cached pages changes.
_PAGE_VERSION = 1


class NoSuchProjectError(FetchError):
    """The index does not have the project. A retry does not help."""


def configured_index() -> str:
    """Return the index that pip would use: PIP_INDEX_URL, pip.conf, else the public index.

    Raises:
        FetchError: pip is configured to use no index.
    """
    if (pip_setting("no-index") or "").lower() in ("1", "true", "yes", "on"):
        raise FetchError(
            "pip's no-index is set, but sources come from an index: unset no-index, or set an index with --index-url"
        )
    if configured := pip_setting("index-url"):
        return configured
    from pypi_simple import PYPI_SIMPLE_ENDPOINT  # noqa: PLC0415 - imports two HTML parsers

    return PYPI_SIMPLE_ENDPOINT


class Index:
    """A package index. The page of each project is requested once."""

    def __init__(self, client: requests.Session, url: str | None = None, cache: Path | None = None) -> None:
        """Create an index.

        Args:
            client: a session.
            url: address of the index, or None for the index that pip would use.
            cache: folder for parsed pages.
        """
        self._client = client
        self._url = url
        self._asked: str | None = None
        self._cache = cache
        self._pages: dict[str, dict[str, IndexFile]] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The address of the index. It is read from pip's configuration at the first use."""
        with self._lock:
            if self._asked is None:
                self._asked = self._url or configured_index()
                authenticate(self._client, self._asked)
            return self._asked

    def files(self, project: str) -> dict[str, IndexFile]:
        """Return a project's files by name.

        Raises:
            NoSuchProjectError: the index does not have the project.
            FetchError: the index cannot be reached, or the project is in quarantine.
        """
        if project not in self._pages:
            self._pages[project] = self._ask(project)
        return self._pages[project]

    def _ask(self, project: str) -> dict[str, IndexFile]:
        url = f"{self.url.rstrip('/')}/{project}/"
        try:
            response = bodies.read(self._client, url, {"Accept": _ACCEPT})
            if response.status_code == requests.codes.not_found:
                raise NoSuchProjectError(f"{project}: the index {without_credentials(self.url)} has no such project")
            response.raise_for_status()
            page = self._page(response, project)
        except (requests.RequestException, ValueError, RecursionError) as err:
            raise FetchError(
                f"{project}: the index {without_credentials(self.url)} can't be queried: {reason(err)}"
            ) from err
        if page.status == "quarantined":
            raise FetchError(
                f"{project}: the index {without_credentials(self.url)} has quarantined this project, "
                "because it may be malicious"
            )
        return page.files

    def _page(self, response: requests.Response, project: str) -> "_Page":
        """Parse a page, or read it from the cache. Parsing an HTML page with a thousand files takes a second."""
        if self._cache is None:
            return _Page.of(_read(response, project))
        # The address is part of the key, because links in a page are relative to it.
        digest = hashlib.sha256(f"{_PAGE_VERSION}\n{response.url}\n".encode() + response.content).hexdigest()
        kept = self._cache / f"{digest}.json"
        try:
            return _Page.of(json.loads(kept.read_text(encoding="utf-8")))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
            _log.debug("the cached page %s cannot be read: %s", kept, err)
        page = _read(response, project)
        try:
            write_text(kept, json.dumps(page))
        except WriteError as err:
            _log.debug("a page is not cached: %s", err)
        return _Page.of(page)


@dataclass(frozen=True)
class _Page:
    status: str
    files: dict[str, IndexFile]

    @classmethod
    def of(cls, read: dict[str, Any]) -> "_Page":
        return cls(read["status"], {name: IndexFile(**entry) for name, entry in read["files"].items()})


def _read(response: requests.Response, project: str) -> dict[str, Any]:
    # Imported late: not needed if all pages are cached.
    from fromager_gen.net.pages import read_page  # noqa: PLC0415 - imports two HTML parsers

    return read_page(response, project)
