"""The tags of projects on forges: pages, tokens, and servers that answer otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.forges import COMMIT, say_github, say_gitlab
from support.servers import Answer, Server, serving

from fromager_gen.errors import FetchError
from fromager_gen.net import session
from fromager_gen.resolve.forges import ForgeTag, github_api, github_tags, gitlab_tags

TAGS = "/api/v4/projects/a%2Fb/repository/tags?per_page=100"


@pytest.fixture(autouse=True)
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[requests.Session]:
    for name in ("GITHUB_TOKEN", "GITLAB_PRIVATE_TOKEN", "CI_JOB_TOKEN", "GITHUB_API_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with session() as made:
        yield made


def test_tags_of_all_pages_are_listed_in_the_order_of_the_forge(server: Server, client: requests.Session) -> None:
    say_gitlab(server, "group/sub/demo", {"v2": "2026-01-01T00:00:00Z", "x": ""}, {"v1": "2025-01-01T00:00:00Z"})

    assert gitlab_tags("group/sub/demo", server.url, client) == [
        ForgeTag("v2", COMMIT, "2026-01-01T00:00:00Z"),
        ForgeTag("x", COMMIT),
        ForgeTag("v1", COMMIT, "2025-01-01T00:00:00Z"),
    ]
    say_github(server, "owner/demo", "v1.0")
    assert github_tags("owner", "demo", client, server.url) == [ForgeTag("v1.0", COMMIT)]


def test_the_address_of_githubs_api_can_be_replaced(
    server: Server, client: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert github_api() == "https://api.github.com"
    monkeypatch.setenv("GITHUB_API_URL", f"{server.url}/api/v3/")
    say_github(server, "owner/demo", "v1.0")

    assert github_tags("owner", "demo", client) == [ForgeTag("v1.0", COMMIT)]


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {}),
        ({"GITLAB_PRIVATE_TOKEN": "p"}, {"PRIVATE-TOKEN": "p"}),
        ({"GITLAB_PRIVATE_TOKEN": "p", "CI_JOB_TOKEN": "j"}, {"JOB-TOKEN": "j"}),
        ({"CI_JOB_TOKEN": "j", "netrc": "me n"}, {"PRIVATE-TOKEN": "n"}),
        ({"netrc": "gitlab-ci-token n"}, {"JOB-TOKEN": "n"}),
    ],
)
def test_a_token_is_sent_to_gitlab(
    server: Server, client: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    given: dict[str, str], sent: dict[str, str],
) -> None:  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    if "netrc" in given:
        user, password = given["netrc"].split()
        (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login {user} password {password}\n")
    monkeypatch.setenv("CI_SERVER_URL", server.url)
    say_gitlab(server, "a/b", {"v1": ""})
    gitlab_tags("a/b", server.url, client)

    assert {name: value for name, value in server.headers[0].items() if name.endswith("-TOKEN")} == sent


def test_a_token_is_sent_to_github(server: Server, client: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    say_github(server, "a/b", "v1")
    github_tags("a", "b", client, server.url)
    monkeypatch.setenv("GITHUB_API_URL", server.url)
    github_tags("a", "b", client, server.url)

    assert [headers.get("Authorization") for headers in server.headers] == [None, "Bearer secret"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            Answer(status=404),
            "the server answered 404.*Check the address of the project; if it is private.*set GITLAB_",
        ),
        (Answer(b"{}"), "the answer is not a list"),
        (Answer(b"<html>"), "the answer is not JSON"),
        (Answer(b"[1]"), "can't be read"),
        (Answer(b'[{"name": 1, "commit": {"id": "x"}}]'), "can't be read"),
        (Answer(b"[]", 200, {"Link": '<https://elsewhere.test/x>; rel="next"'}), "refers to another one, https://else"),
        (Answer(b"", 302, {"Location": "https://elsewhere.test/x"}), "refers to another one, https://elsewhere.test"),
        (Answer(b"", 302, {"Location": TAGS}), "redirects more than 5 times"),
    ],
)
def test_an_odd_answer_is_an_error(server: Server, client: requests.Session, answer: Answer, says: str) -> None:
    server.say(TAGS, answer)

    with pytest.raises(FetchError, match=says):
        gitlab_tags("a/b", server.url, client)


def test_a_token_never_reaches_another_server(
    server: Server, client: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITLAB_PRIVATE_TOKEN", "secret")
    with serving() as other:
        server.say(TAGS, Answer(b"[]", 200, {"Link": f'<{other.url}{TAGS}>; rel="next"'}))
        with pytest.raises(FetchError, match="refers to another one"):
            gitlab_tags("a/b", server.url, client)
        assert other.asked == []


def test_a_project_that_was_renamed_is_followed(server: Server, client: requests.Session) -> None:
    say_gitlab(server, "a/new", {"v1": ""})
    server.say(TAGS, Answer(b"", 301, {"Location": TAGS.replace("a%2Fb", "a%2Fnew")}))

    assert [tag.name for tag in gitlab_tags("a/b", server.url, client)] == ["v1"]
