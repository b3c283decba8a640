"""Pages of a package index: HTML by a library, JSON as it stands."""

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
    """Return what a project's page says: its status, and of each file what `IndexFile` holds.

    Raises:
        ValueError: it is no such page, or of a version to come.
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
    """JSON says what is asked as it stands: the library makes an object of each file, and pages have thousands."""
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
