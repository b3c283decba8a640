"""Parse pages of a package index: HTML with a library, JSON directly.

The formats are https://peps.python.org/pep-0503/ and https://peps.python.org/pep-0691/.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urljoin

import requests
from pypi_simple import (
    SUPPORTED_REPOSITORY_VERSION,
    ProjectPage,
    UnsupportedContentTypeError,
    UnsupportedRepoVersionError,
)

from fromager_gen.addresses import without_credentials

_JSON = "application/vnd.pypi.simple.v1+json"


def read_page(response: requests.Response, project: str) -> dict[str, Any]:
    """Return the content of a project's page: its status, and for each file the fields of `IndexFile`.

    Raises:
        ValueError: the page does not have a supported format or version.
    """
    if response.headers.get("Content-Type", "").partition(";")[0].strip() == _JSON:
        try:
            return _read_json(response)
        except (KeyError, TypeError, AttributeError) as err:
            raise ValueError(f"its page does not follow PEP 691: {err!r}") from err
    try:
        page = ProjectPage.from_response(response, project)
    except (UnsupportedContentTypeError, UnsupportedRepoVersionError) as err:
        raise ValueError(str(err)) from err
    entries = {
        package.filename: {
            "url": without_credentials(package.url.partition("#")[0]),
            "sha256": package.digests.get("sha256"),
            "size": package.size,
            "requires_python": package.requires_python or "",
            "yanked": bool(package.is_yanked),
            "uploaded": package.upload_time.isoformat() if package.upload_time else "",
        }
        for package in page.packages
    }
    return {"status": page.status or "", "files": entries}


def _read_json(response: requests.Response) -> dict[str, Any]:
    """Parse a JSON page directly, because the library is slow: it creates an object for each of thousands of files."""
    document = response.json()
    version = str(document["meta"]["api-version"])
    if not version.startswith("1."):
        raise ValueError(str(UnsupportedRepoVersionError(version, SUPPORTED_REPOSITORY_VERSION)))
    entries = {}
    for file in document["files"]:
        name, url, uploaded = file["filename"], file["url"], file.get("upload-time")
        sha256, size = file["hashes"].get("sha256"), file.get("size")
        if not (isinstance(name, str) and isinstance(url, str) and isinstance(sha256, str | None)):
            raise TypeError(f"name {name!r}, address {url!r} or hash {sha256!r}")
        if size is not None and type(size) is not int:
            raise TypeError(f"size {size!r} of {name!r}")
        entries[name] = {
            "url": without_credentials(urljoin(response.url, url).partition("#")[0]),
            "sha256": sha256,
            "size": size,
            "requires_python": str(file.get("requires-python") or ""),
            "yanked": bool(file.get("yanked")),
            "uploaded": datetime.fromisoformat(uploaded).isoformat() if uploaded else "",
        }
    return {"status": (document.get("project-status") or {}).get("status") or "", "files": entries}
