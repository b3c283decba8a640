"""The pages of a package index, as HTML and as JSON.

See https://packaging.python.org/en/latest/specifications/simple-repository-api/.
"""

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from actions.index.listed import METADATA_SUFFIX, Listed

FOLDER = "simple"
HTML = "text/html"
HTML_V1 = "application/vnd.pypi.simple.v1+html"
JSON_V1 = "application/vnd.pypi.simple.v1+json"
# What the server prefers, if a client accepts several types equally.
TYPES = (JSON_V1, HTML_V1, HTML)
# The version of the JSON form. HTML has had no change since version 1.0.
_JSON_VERSION = "1.1"


def root_page(kind: str, projects: Iterable[str], base: str = "") -> bytes:
    """Return the page of all projects.

    Args:
        kind: one of `TYPES`.
        projects: normalized names.
        base: address of the page, up to its last slash; empty for relative links.
    """
    names = sorted(projects)
    if kind == JSON_V1:
        return _json({"projects": [{"name": name} for name in names]})
    return _html("Simple index", [_anchor(f"{base}{quote(name)}/", name, {}) for name in names])


def project_page(kind: str, project: str, files: Iterable[Listed], base: str) -> bytes:
    """Return the page of one project.

    Args:
        kind: one of `TYPES`.
        project: normalized name.
        files: its files.
        base: address of the folder with the files, relative or not, with a slash at its end.
    """
    listed = sorted(files)
    if kind == JSON_V1:
        versions = sorted({file.version for file in listed} - {""})
        return _json({"name": project, "versions": versions, "files": [_json_file(file, base) for file in listed]})
    return _html(f"Links for {project}", [_html_file(file, base) for file in listed])


def site(files: Iterable[Listed]) -> dict[str, bytes]:
    """Return all pages of an index for a file server, by their paths in the folder that contains the files.

    Links are relative, so that the folder can be moved. A page of a project comes before the page of all projects.
    """
    projects: dict[str, list[Listed]] = {}
    for file in sorted(files):
        projects.setdefault(file.project, []).append(file)
    pages = {}
    for ending, kind in (("html", HTML), ("json", JSON_V1)):
        for project, listed in sorted(projects.items()):
            pages[f"{FOLDER}/{project}/index.{ending}"] = project_page(kind, project, listed, "../../")
    for ending, kind in (("html", HTML), ("json", JSON_V1)):
        pages[f"{FOLDER}/index.{ending}"] = root_page(kind, projects)
    return pages


def metadata_files(files: Iterable[tuple[Listed, bytes | None]]) -> dict[str, bytes]:
    """Return the metadata files of wheels, by name."""
    found = {f"{file.name}{METADATA_SUFFIX}": data for file, data in files if data is not None}
    return dict(sorted(found.items()))


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps({"meta": {"api-version": _JSON_VERSION}, **content}, indent=1) + "\n").encode()


def _json_file(file: Listed, base: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "filename": file.name,
        "url": f"{base}{quote(file.name)}",
        "hashes": {"sha256": file.sha256},
        "size": file.size,
    }
    if file.requires_python:
        entry["requires-python"] = file.requires_python
    if file.metadata_sha256:
        # The second name is that of the first clients: https://peps.python.org/pep-0714/
        entry["core-metadata"] = entry["dist-info-metadata"] = {"sha256": file.metadata_sha256}
    return entry


def _html(title: str, anchors: Sequence[str]) -> bytes:
    rows = "".join(f"{anchor}<br>\n" for anchor in anchors)
    text = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta name="pypi:repository-version" content="1.0">'
        f"<title>{html.escape(title)}</title></head><body>\n{rows}</body></html>\n"
    )
    return text.encode()


def _html_file(file: Listed, base: str) -> str:
    data = {}
    if file.requires_python:
        data["requires-python"] = file.requires_python
    if file.metadata_sha256:
        data["core-metadata"] = data["dist-info-metadata"] = f"sha256={file.metadata_sha256}"
    return _anchor(f"{base}{quote(file.name)}#sha256={file.sha256}", file.name, data)


def _anchor(address: str, text: str, data: Mapping[str, str]) -> str:
    attributes = "".join(f' data-{name}="{html.escape(value)}"' for name, value in data.items())
    return f'<a href="{html.escape(address)}"{attributes}>{html.escape(text)}</a>'
