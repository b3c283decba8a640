"""Tokens for the interfaces of forges, from the variables that Fromager reads."""

import os
from urllib.parse import urlsplit


def token_headers(url: str) -> dict[str, str]:
    """Return the headers that authenticate a request to GitHub or GitLab; none for another server.

    GITHUB_TOKEN is for the server of GITHUB_API_URL, or else api.github.com. GITLAB_PRIVATE_TOKEN and CI_JOB_TOKEN are
    for the server of CI_SERVER_URL, which GitLab sets in its jobs, or else gitlab.com.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        return {}
    github = urlsplit(os.environ.get("GITHUB_API_URL", "")).hostname or "api.github.com"
    if parts.hostname == github and (token := os.environ.get("GITHUB_TOKEN")):
        return {"Authorization": f"Bearer {token}"}
    if parts.hostname == (urlsplit(os.environ.get("CI_SERVER_URL", "")).hostname or "gitlab.com"):
        if token := os.environ.get("GITLAB_PRIVATE_TOKEN"):
            return {"PRIVATE-TOKEN": token}
        if token := os.environ.get("CI_JOB_TOKEN"):
            return {"JOB-TOKEN": token}
    return {}
