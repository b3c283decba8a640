"""Tokens of forges are sent only to the server that they are for."""

import pytest

from fromager_gen.net import token_headers

GITHUB, GITLAB = {"Authorization": "Bearer g"}, {"PRIVATE-TOKEN": "l"}


@pytest.fixture(autouse=True)
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_API_URL", "CI_SERVER_URL", "CI_JOB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", "g")
    monkeypatch.setenv("GITLAB_PRIVATE_TOKEN", "l")


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("https://api.github.com/repos/a/b/tags", GITHUB),
        ("https://api.github.com:443/repos", GITHUB),
        ("http://api.github.com/repos", {}),
        ("https://api.github.com:9443/repos", {}),
        ("https://api.github.com.evil.test/repos", {}),
        ("https://gitlab.com/api/v4/projects", GITLAB),
        ("https://lab.test/api/v4/projects", {}),
    ],
)
def test_each_server_gets_its_token(url: str, headers: dict[str, str]) -> None:
    assert token_headers(url) == headers


def test_servers_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_API_URL", "https://hub.test/api/v3")
    monkeypatch.setenv("CI_SERVER_URL", "https://lab.test")

    assert token_headers("https://hub.test/api/v3/repos") == GITHUB
    assert token_headers("https://lab.test/x") == GITLAB
    assert token_headers("https://gitlab.com/x") == {}


def test_a_token_of_a_job_is_the_first_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_JOB_TOKEN", "j")

    assert token_headers("https://gitlab.com/x") == {"JOB-TOKEN": "j"}
