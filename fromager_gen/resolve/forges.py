"""The tags of a project on a forge.

The APIs are https://docs.github.com/en/rest/repos/repos#list-repository-tags and
https://docs.gitlab.com/api/tags/#list-project-repository-tags.
"""

import os
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import requests
from requests.utils import get_netrc_auth

from fromager_gen.errors import FetchError
from fromager_gen.net import json_pages, token_headers

GITHUB = "https://github.com"
_PER_PAGE = 100
# The user in netrc that stands for a job token, as in Fromager.
_JOB_USER = "gitlab-ci-token"


class ForgeTag(NamedTuple):
    """One tag."""

    name: str
    commit: str
    created: str = ""
    """Time in ISO 8601; empty if the forge does not state it."""


def github_tags(owner: str, repo: str, client: requests.Session, server: str = GITHUB) -> list[ForgeTag]:
    """Return the tags of a repository in the order of GitHub, which states no times.

    A token is read from netrc, else from GITHUB_TOKEN, see `token_headers`.

    Args:
        owner: user or organization.
        repo: name of the repository.
        client: a session.
        server: address of the server.

    Raises:
        FetchError: the tags can't be listed.
    """
    url = f"{github_api(server)}/repos/{quote(owner, safe='')}/{quote(repo, safe='')}/tags?per_page={_PER_PAGE}"
    headers = {"Accept": "application/vnd.github+json", **token_headers(url)}
    if token := _password(server):
        headers["Authorization"] = f"Bearer {token}"
    return _tags(client, url, headers, "sha", "GITHUB_TOKEN")


def github_api(server: str = GITHUB) -> str:
    """Return the address of the API of a GitHub server; GITHUB_API_URL replaces that of the public one."""
    if server.rstrip("/") == GITHUB:
        return os.environ.get("GITHUB_API_URL", "").rstrip("/") or "https://api.github.com"
    return f"{server.rstrip('/')}/api/v3"


def gitlab_tags(project: str, server: str, client: requests.Session) -> list[ForgeTag]:
    """Return the tags of a project in the order of GitLab.

    A token is read from netrc, else from the environment, see `token_headers`.

    Args:
        project: path of the project, such as ``group/subgroup/name``.
        server: address of the server.
        client: a session.

    Raises:
        FetchError: the tags can't be listed.
    """
    path = quote(project.strip("/"), safe="")
    url = f"{server.rstrip('/')}/api/v4/projects/{path}/repository/tags?per_page={_PER_PAGE}"
    headers = token_headers(url)
    if found := get_netrc_auth(server):
        headers = {"JOB-TOKEN" if found[0] == _JOB_USER else "PRIVATE-TOKEN": found[1]}
    return _tags(client, url, headers, "id", "GITLAB_PRIVATE_TOKEN or CI_JOB_TOKEN")


def _password(server: str) -> str | None:
    found = get_netrc_auth(server)
    return found[1] if found else None


def _tags(client: requests.Session, url: str, headers: dict[str, str], key: str, token: str) -> list[ForgeTag]:
    host = urlsplit(url).netloc.rpartition("@")[2]
    try:
        return [_tag(entry, key) for page in json_pages(client, url, headers) for entry in page]
    except (KeyError, TypeError, AttributeError) as err:
        raise FetchError(f"the tags of {url} can't be read: {err!r}") from err
    except FetchError as err:
        raise FetchError(
            f"{err}. Check the address of the project; if it is private, or {host} limits requests, set {token}"
        ) from err


def _tag(entry: Any, key: str) -> ForgeTag:
    commit = entry["commit"]
    name, sha, created = entry["name"], commit[key], entry.get("created_at") or commit.get("created_at") or ""
    if not (isinstance(name, str) and isinstance(sha, str) and isinstance(created, str)):
        raise TypeError(f"name {name!r}, commit {sha!r} or time {created!r}")
    return ForgeTag(name, sha, created)
