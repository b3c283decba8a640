"""The package index: its pages in JSON and HTML, and its address."""

import json
import stat
import sys
from pathlib import Path

import pytest
import requests
from support.servers import Answer, Server, serving

from fromager_gen.errors import LockError
from fromager_gen.index_file import IndexFile
from fromager_gen.net import bodies, http, pip_settings
from fromager_gen.net.index import Index, configured_index

SHA = "0123456789abcdef" * 4
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HTML = {"Content-Type": "text/html"}


def page(*files: dict[str, object]) -> Answer:
    text = json.dumps({"meta": {"api-version": "1.1"}, "name": "a", "files": [*files], "versions": []})
    return Answer(text.encode(), 200, JSON)


def test_a_json_page(server: Server, client: requests.Session) -> None:
    first = {"filename": "a-1.tar.gz", "url": "../../files/a-1.tar.gz", "hashes": {"sha256": SHA}, "size": 7}
    third = {"filename": "a-3.zip", "url": "a-3.zip", "hashes": {}, "requires-python": ">=3.9", "yanked": "broken",
             "upload-time": "2024-05-06T07:08:09.123456Z"}  # fmt: skip
    second = {"filename": "a-2.tar.gz", "url": "http://index.test/a-2.tar.gz#x=y", "hashes": {"md5": "0"}}
    server.say("/simple/a/", page(first, second, third))

    assert Index(client, f"{server.url}/simple").files("a") == {
        "a-1.tar.gz": IndexFile(f"{server.url}/files/a-1.tar.gz", SHA, 7),
        "a-2.tar.gz": IndexFile("http://index.test/a-2.tar.gz", None, None),
        "a-3.zip": IndexFile(
            f"{server.url}/simple/a/a-3.zip", None, None, ">=3.9", True, "2024-05-06T07:08:09.123456+00:00"
        ),
    }


def test_an_html_page(server: Server, client: requests.Session) -> None:
    html = f'<!DOCTYPE html><a href="/f/a-1.tar.gz#sha256={SHA}">a-1.tar.gz</a><a href="/f/a-2%2B1.zip">a-2+1.zip</a>'
    server.say("/simple/a/", Answer(html.encode(), 200, HTML))

    assert Index(client, f"{server.url}/simple/").files("a") == {
        "a-1.tar.gz": IndexFile(f"{server.url}/f/a-1.tar.gz", SHA, None),
        "a-2+1.zip": IndexFile(f"{server.url}/f/a-2%2B1.zip", None, None),
    }


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(status=404), "has no such project"),
        (Answer(status=403), "can't be queried: 403"),
        (Answer(b"x", 200, {"Content-Type": "image/png"}), "can't be queried"),
        (Answer(b"{", 200, JSON), "can't be queried"),
        (Answer(b"[]", 200, JSON), "can't be queried"),
        (Answer(b"[" * 100_000, 200, JSON), "can't be queried: .*recursion"),
        (page({"filename": "a-1.tar.gz", "hashes": {}}), "can't be queried: its page does not follow PEP 691"),
        (page({"filename": "a-1.tar.gz", "url": "a", "hashes": {"sha256": 1}}), "can't be queried: .*hash 1"),
        (page({"filename": "a-1.tar.gz", "url": None, "hashes": {}}), "can't be queried: .*address None"),
        (page({"filename": None, "url": "a", "hashes": {}}), "can't be queried: .*name None"),
        (page({"filename": "a-1.tar.gz", "url": "a", "hashes": {}, "size": True}), "can't be queried: .*size True"),
        (
            page({"filename": "a-1.tar.gz", "url": "a", "hashes": {}, "upload-time": "x"}),
            "can't be queried: .*isoformat",
        ),
        (Answer(b'{"meta": {"api-version": "9.0"}, "files": []}', 200, JSON), "can't be queried"),
    ],
)
def test_index_without_valid_page_is_an_error(
    server: Server, client: requests.Session, answer: Answer, says: str
) -> None:
    server.say("/simple/a/", answer)

    with pytest.raises(LockError, match=f"a: the index http://127.0.0.1:.*/simple {says}"):
        Index(client, f"{server.url}/simple").files("a")


@pytest.mark.parametrize("status", [403, 404])
def test_password_of_the_index_is_not_in_messages(server: Server, client: requests.Session, status: int) -> None:
    server.say("/simple/a/", Answer(status=status))
    url = server.url.replace("http://", "http://user:secret@")

    with pytest.raises(LockError) as raised:
        Index(client, f"{url}/simple").files("a")
    assert "secret" not in str(raised.value)


def test_error_names_unreachable_index(client: requests.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(http, "_down", set())  # another test may have given up on this host
    with serving() as gone:
        url = gone.url

    with pytest.raises(LockError) as raised:
        Index(client, f"{url}/simple").files("a")
    assert str(raised.value) == (
        f"a: the index {url}/simple can't be queried: Failed to establish a new connection: [Errno 111] Connection "
        "refused (tried 4 times)"
    )


def test_index_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.test/simple")

    assert configured_index() == "http://index.test/simple"


def test_index_comes_from_pips_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A stand-in for the interpreter prints output of pip."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nprintf \"global.timeout='9'\\nglobal.index-url='http://index.test/own'\\n\"\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setattr(sys, "executable", str(program))
    pip_settings._in_files.cache_clear()
    request.addfinalizer(pip_settings._in_files.cache_clear)

    assert configured_index() == "http://index.test/own"


def test_index_that_stops_sending_is_an_error(
    server: Server, client: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "TIMEOUT", (5, 0.1))
    monkeypatch.setattr("time.sleep", lambda _: None)
    server.say("/simple/a/", Answer(b"{}", 200, JSON, cut=1, stalls=True))
    with pytest.raises(LockError, match=r"a: the index .* can't be queried: .*[Tt]imed out"):
        Index(client, f"{server.url}/simple").files("a")


@pytest.mark.parametrize("damage", ["", "{}", "5", "[]", '{"status": "", "files": {"a-1.tar.gz": {"uri": 1}}}'])
def test_damaged_cached_page_is_requested_again(
    server: Server, client: requests.Session, tmp_path: Path, damage: str
) -> None:
    server.say("/simple/a/", page({"filename": "a-1.tar.gz", "url": "a-1.tar.gz", "hashes": {"sha256": SHA}}))
    read = Index(client, f"{server.url}/simple", tmp_path).files("a")
    (kept,) = tmp_path.iterdir()
    whole = kept.read_text()
    kept.write_text(damage)

    assert Index(client, f"{server.url}/simple", tmp_path).files("a") == read
    assert [path.read_text() for path in tmp_path.iterdir()] == [whole]


@pytest.mark.parametrize("value", ["1", "true"])
def test_no_index_setting_of_pip_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", value)
    with pytest.raises(LockError, match="pip's no-index is set"):
        configured_index()
