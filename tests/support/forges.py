"""A forge on loopback that lists tags as GitHub and GitLab do."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from support.servers import Answer, Server

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def say_github(server: Server, project: str, *tags: str) -> str:
    """List tags of a project; return its address."""
    _say(
        server,
        f"/api/v3/repos/{project}/tags?per_page=100",
        [[{"name": tag, "commit": {"sha": COMMIT}} for tag in tags]],
    )
    return f"{server.url}/{project}"


def say_gitlab(server: Server, project: str, *pages: Mapping[str, str]) -> str:
    """List tags of a project in pages, each with the time of its creation; return the project's address."""
    entries = [
        [{"name": tag, "created_at": None, "commit": {"id": COMMIT, "created_at": time}} for tag, time in page.items()]
        for page in pages
    ]
    _say(server, f"/api/v4/projects/{project.replace('/', '%2F')}/repository/tags?per_page=100", entries)
    return f"{server.url}/{project}"


def _say(server: Server, path: str, pages: Sequence[Any]) -> None:
    for number, page in enumerate(pages):
        more = f'<{server.url}{path}&page={number + 1}>; rel="next"' if number + 1 < len(pages) else ""
        place = f"{path}&page={number}" if number else path
        server.say(place, Answer(json.dumps(page).encode(), 200, {"Link": more} if more else {}))
