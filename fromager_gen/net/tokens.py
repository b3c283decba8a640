"""Tokens for the interfaces of forges, from the variables that Fromager reads."""

import os
from urllib.parse import urlsplit


def token_headers(url: str) -> dict[str, str]:
    """Return the headers that authenticate a request to GitHub or GitLab; none for another server.

    GITHUB_TOKEN is for the server of GITHUB_API_URL, or else api.github.com. CI_JOB_TOKEN and GITLAB_PRIVATE_TOKEN are
    for the server of CI_SERVER_URL, which GitLab sets in its jobs, or else gitlab.com.
    """
    if _is_of(url, os.environ.get("GITHUB_API_URL") or "https://api.github.com"):
        if token := os.environ.get("GITHUB_TOKEN"):
            return {"Authorization": f"Bearer {token}"}
    elif _is_of(url, os.environ.get("CI_SERVER_URL") or "https://gitlab.com"):
        for variable, header in (("CI_JOB_TOKEN", "JOB-TOKEN"), ("GITLAB_PRIVATE_TOKEN", "PRIVATE-TOKEN")):
            if token := os.environ.get(variable):
                return {header: token}
    return {}


def _is_of(url: str, server: str) -> bool:
    """Return whether an address is on a server; scheme and port count, too, so that no token is sent without TLS."""
    one, other = urlsplit(url), urlsplit(server)
    ports = {"http": 80, "https": 443}
    places = [(parts.scheme, parts.hostname, parts.port or ports.get(parts.scheme)) for parts in (one, other)]
    return places[0] == places[1]
