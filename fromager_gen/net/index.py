"""The package index: which one is pip's configuration, what it says of a file is PEP 691's JSON."""

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
# JSON first, since it says most and is read soonest.
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
# Changed with what is kept of a page.
_PAGE_VERSION = 1


class NoSuchProjectError(FetchError):
    """The index answers, and does not know the project: no matter of trying again."""


def configured_index() -> str:
    """Return the index that pip would use: PIP_INDEX_URL, pip.conf, else the public one.

    Raises:
        FetchError: pip is told to use none.
    """
    if (pip_setting("no-index") or "").lower() in ("1", "true", "yes", "on"):
        raise FetchError("pip's no-index is set, and sources come from an index: unset it, or name one by --index-url")
    if configured := pip_setting("index-url"):
        return configured
    from pypi_simple import PYPI_SIMPLE_ENDPOINT  # noqa: PLC0415 - brings two parsers of HTML

    return PYPI_SIMPLE_ENDPOINT


class Index:
    """One package index; each project's page is asked for once."""

    def __init__(self, client: requests.Session, url: str | None = None, cache: Path | None = None) -> None:
        """Take a session, the index's address (pip's own where it is None) and a folder for pages that were read."""
        self._client = client
        self._url = url
        self._asked: str | None = None
        self._cache = cache
        self._pages: dict[str, dict[str, IndexFile]] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """The index's address, asked of pip's configuration only when it is needed, and once."""
        with self._lock:
            if self._asked is None:
                self._asked = self._url or configured_index()
                authenticate(self._client, self._asked)
            return self._asked

    def files(self, project: str) -> dict[str, IndexFile]:
        """Return a project's files by name.

        Raises:
            NoSuchProjectError: the index does not know the project.
            FetchError: the index can't be asked, or holds the project back.
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
                f"{project}: the index {without_credentials(self.url)} can't be asked: {reason(err)}"
            ) from err
        if page.status == "quarantined":
            raise FetchError(
                f"{project}: the index {without_credentials(self.url)} has it in quarantine, as it may be malicious"
            )
        return page.files

    def _page(self, response: requests.Response, project: str) -> "_Page":
        """Reading an HTML page of a thousand files takes a second: what was read is kept, by the page's own hash."""
        if self._cache is None:
            return _Page.of(_read(response, project))
        # Links in a page are relative to where it came from.
        digest = hashlib.sha256(f"{_PAGE_VERSION}\n{response.url}\n".encode() + response.content).hexdigest()
        kept = self._cache / f"{digest}.json"
        try:
            return _Page.of(json.loads(kept.read_text(encoding="utf-8")))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as err:
            _log.debug("the page that was kept as %s can't be read: %s", kept, err)
        page = _read(response, project)
        try:
            write_text(kept, json.dumps(page))
        except WriteError as err:
            _log.debug("a page is not kept: %s", err)
        return _Page.of(page)


@dataclass(frozen=True)
class _Page:
    status: str
    files: dict[str, IndexFile]

    @classmethod
    def of(cls, read: dict[str, Any]) -> "_Page":
        return cls(read["status"], {name: IndexFile(**entry) for name, entry in read["files"].items()})


def _read(response: requests.Response, project: str) -> dict[str, Any]:
    # Where all pages were read before, nothing needs what reads them.
    from fromager_gen.net.pages import read_page  # noqa: PLC0415 - two parsers of HTML

    return read_page(response, project)
