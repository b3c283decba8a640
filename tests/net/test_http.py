"""Downloads from a server that misbehaves: what may pass is tried again, the rest is an error with the address."""

import gzip
import hashlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.servers import Answer, Server, serving
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, ProtocolError

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import LockError
from fromager_gen.net import bodies, http

BODY = bytes(range(256)) * 4000
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def client() -> Iterator[requests.Session]:
    with http.session() as made:
        yield made


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test with no host that was told of."""
    monkeypatch.setattr(http, "_told", set())
    monkeypatch.setattr(http, "_down", set())


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Keep the pauses between attempts and wait for none of them."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def fetch(client: requests.Session, url: str, into: Path, sha256: str | None = SHA) -> http.Fetched:
    return http.download(client, url, into / "file", sha256, lambda _: None)


def test_a_file_arrives_whole(server: Server, client: requests.Session, tmp_path: Path) -> None:
    read: list[int] = []
    fetched = http.download(client, server.say("/f", BODY), tmp_path / "file", None, read.append)

    assert fetched == http.Fetched(tmp_path / "file", SHA, len(BODY))
    assert (tmp_path / "file").read_bytes() == BODY
    assert sum(read) == len(BODY)


@pytest.mark.parametrize(
    ("status", "says"),
    [(404, r"not found \(404\)"), (403, "answered 403"), (401, "answered 401"), (410, "answered 410")],
)
def test_a_no_is_asked_for_once(
    server: Server, client: requests.Session, tmp_path: Path, status: int, says: str
) -> None:
    with pytest.raises(LockError, match=f"http://127.0.0.1:.*/f: .*{says}"):
        fetch(client, server.say("/f", Answer(b"no", status)), tmp_path)
    assert server.asked == ["GET /f"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(server: Server, client: requests.Session, tmp_path: Path, status: int) -> None:
    fetch(client, server.say("/f", Answer(status=status), Answer(status=status), Answer(BODY)), tmp_path)

    assert len(server.asked) == 3


def test_a_server_that_stays_down_is_given_up(
    server: Server, client: requests.Session, tmp_path: Path, pauses: list[float]
) -> None:
    with pytest.raises(LockError, match=r"/f: .*503"):
        fetch(client, server.say("/f", Answer(b"", 503)), tmp_path)
    assert 3 <= len(server.asked) <= 10
    assert sum(pauses) < 60


def test_asking_again_is_told_once_for_a_host(
    server: Server, client: requests.Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for status in (503, 502):
        fetch(client, server.say(f"/{status}", Answer(status=status), Answer(status=status), Answer(BODY)), tmp_path)

    assert caplog.messages == ["127.0.0.1 is asked again, 5 times at most: it answered 503"]


def test_nobody_there_is_given_up(
    client: requests.Session, tmp_path: Path, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as gone:
        url = gone.url

    with pytest.raises(LockError, match=r"http://127.0.0.1:.*/f"):
        fetch(client, f"{url}/f", tmp_path)
    assert len(pauses) <= 10
    assert sum(pauses) < 60
    (said,) = (record.getMessage() for record in caplog.records if record.name == http.__name__)
    assert said.endswith("Connection refused")


def test_a_short_pause_is_kept(server: Server, client: requests.Session, tmp_path: Path, pauses: list[float]) -> None:
    fetch(client, server.say("/f", Answer(b"", 429, {"Retry-After": "1"}), Answer(BODY)), tmp_path)

    assert pauses == [1]


def test_a_pause_of_a_day_ends_it(
    server: Server, client: requests.Session, tmp_path: Path, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(LockError, match=r"pause of \d{5} s"):
        fetch(client, server.say("/f", Answer(b"", 429, {"Retry-After": "86400"})), tmp_path)
    assert server.asked == ["GET /f"]
    assert not pauses
    assert not caplog.messages


def test_a_pause_that_is_too_long_names_the_address(server: Server, client: requests.Session, tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"http://127.0.0.1:\d+/f"):
        fetch(client, server.say("/f", Answer(b"", 429, {"Retry-After": "86400"})), tmp_path)


def test_a_body_cut_short_is_asked_for_again(
    server: Server, client: requests.Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fetch(client, server.say("/f", Answer(BODY, cut=1000), Answer(BODY, cut=len(BODY)), Answer(BODY)), tmp_path)

    assert (tmp_path / "file").read_bytes() == BODY
    assert len(server.asked) == 3
    assert [m.startswith("127.0.0.1 is asked again") for m in caplog.messages] == [True]


def test_a_body_cut_always_is_given_up(server: Server, client: requests.Session, tmp_path: Path) -> None:
    with pytest.raises(LockError, match="/f: the connection broke 5 times"):
        fetch(client, server.say("/f", Answer(BODY, cut=1)), tmp_path)
    assert len(server.asked) == 5
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_not_there_is_named_once(
    client: requests.Session, tmp_path: Path, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as gone:
        url = f"{gone.url}/f"

    with pytest.raises(LockError) as raised:
        fetch(client, url, tmp_path)
    assert str(raised.value) == (
        f"{url}: Failed to establish a new connection: [Errno 111] Connection refused (tried 4 times)"
    )
    assert [text for text in caplog.messages if "is asked again, 3 times at most" in text]


def test_a_server_that_is_down_is_not_waited_for_again_and_again(
    client: requests.Session, tmp_path: Path, pauses: list[float]
) -> None:
    with serving() as gone:
        url = gone.url
    for name, says in (("f", r"refused \(tried 4 times\)$"), ("g", "refused$")):
        with pytest.raises(LockError, match=says):
            fetch(client, f"{url}/{name}", tmp_path)
    assert len(pauses) == 2  # the first retry is at once


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (ConnectTimeoutError(HTTPConnection("h"), "Connection to h timed out."), "Connection to h timed out."),
        (ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")), "[Errno 104] reset"),
    ],
)
def test_the_innermost_reason_is_told(error: Exception, wanted: str) -> None:
    wrapped = requests.exceptions.ConnectionError(MaxRetryError(HTTPConnectionPool("h"), "/", error))

    assert http.reason(wrapped) == wanted


def test_a_reason_is_one_line_without_a_password() -> None:
    assert http.reason(ValueError("no page:\n  http://me:secret@h/x")) == "no page: http://h/x"


def test_other_bytes_are_refused_and_shown(server: Server, client: requests.Session, tmp_path: Path) -> None:
    url = server.say("/f", b"<html>Please log in</html>")

    with pytest.raises(
        LockError, match=rf"/f: the file has sha256 .*, promised was {SHA}\. It begins with b'<html>Please"
    ):
        fetch(client, url, tmp_path)
    assert not list(tmp_path.iterdir())


def test_too_large_a_file_is_given_up(
    server: Server, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_FILE", 1000)

    with pytest.raises(LockError, match="/f: more than 1,000 bytes"):
        fetch(client, server.say("/f", BODY), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_a_redirect_to_another_scheme_is_refused(
    server: Server, client: requests.Session, tmp_path: Path, target: str
) -> None:
    url = server.say("/f", Answer(b"", 302, {"Location": target}))

    with pytest.raises(LockError, match="/f: "):
        fetch(client, url, tmp_path, None)


def test_a_redirect_is_followed_and_a_loop_is_not(server: Server, client: requests.Session, tmp_path: Path) -> None:
    server.say("/f", Answer(b"", 302, {"Location": "/real"}))
    server.say("/real", BODY)
    fetch(client, f"{server.url}/f", tmp_path)
    server.say("/loop", Answer(b"", 302, {"Location": "/loop"}))

    with pytest.raises(LockError, match=r"/loop: .*redirects"):
        fetch(client, f"{server.url}/loop", tmp_path)
    assert len(server.asked) < 50


def test_a_password_stays_out_of_messages(server: Server, client: requests.Session, tmp_path: Path) -> None:
    url = server.url.replace("http://", "http://user:secret@")
    server.say("/wrong", b"x")

    for path in ("/none", "/wrong"):
        with pytest.raises(LockError) as raised:
            fetch(client, url + path, tmp_path)
        assert "secret" not in str(raised.value)


def test_credentials_are_an_addresss_own_else_netrcs(
    client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine forge.test login n password p\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    def sent(url: str) -> str | None:
        given = client.prepare_request(requests.Request("GET", url)).headers.get("Authorization")
        return b64decode(given.removeprefix("Basic ")).decode() if given else None

    assert (sent("https://forge.test/x"), sent("https://index.test/x")) == ("n:p", None)
    http.authenticate(client, "https://user:pass%40word@index.test/simple")
    http.authenticate(client, "https://other:word@index.test:8443/simple")
    assert sent("https://index.test/x") == "user:pass@word"
    assert sent("https://index.test:8443/x") == "other:word"
    assert sent("https://index.test:9000/x") is None
    assert sent("https://forge.test/x") == "n:p"


def test_sizes_are_asked_for(server: Server, client: requests.Session) -> None:
    server.say("/coded", Answer(BODY, 200, {"Content-Encoding": "gzip"}))

    assert http.size_of(client, server.say("/f", BODY)) == len(BODY)
    assert server.asked == ["HEAD /f"]
    assert http.size_of(client, f"{server.url}/none") is None
    assert http.size_of(client, f"{server.url}/coded") is None


@pytest.mark.parametrize("length", ["\u00b2", "9" * 5_000, "-1", "x"])
def test_a_size_that_is_none_is_no_error(server: Server, client: requests.Session, length: str) -> None:
    url = server.say("/f", Answer(b"", headers={"Content-Length": length}))

    assert http.size_of(client, url) is None


def test_a_size_that_can_not_be_had_is_no_error(client: requests.Session) -> None:
    with serving() as gone:
        url = gone.url

    assert http.size_of(client, f"{url}/f") is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:p@index.test:81/x?y", "https://index.test:81/x?y"),
        ("https://index.test/@x", "https://index.test/@x"),
        ("", ""),
    ],
)
def test_credentials_are_taken_out(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_one_connection_serves_all_that_is_asked_of_a_host(
    server: Server, client: requests.Session, tmp_path: Path
) -> None:
    url = server.say("/f", BODY)
    for _ in range(3):
        assert bodies.read(client, url).content == BODY
        fetch(client, url, tmp_path)
    assert bodies.read(client, server.say("/empty", b"")).content == b""

    assert server.connections == 1


def test_a_page_that_is_packed_is_read_plain(server: Server, client: requests.Session) -> None:
    packed = Answer(gzip.compress(BODY), headers={"Content-Encoding": "gzip"})

    assert bodies.read(client, server.say("/f", packed)).content == BODY


def test_a_server_that_drips_is_given_up(
    server: Server, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte comes in time, all of them would take two minutes."""
    for limit in ("LONGEST_DOWNLOAD", "LONGEST_PAGE"):
        monkeypatch.setattr(bodies, limit, 0.3)
    url = server.say("/f", Answer(BODY[:1000], pause=0.12))

    with pytest.raises(LockError, match=r"/f: more than .* bytes, or 0\.3 s"):
        fetch(client, url, tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(requests.RequestException, match=r"or 0\.3 s"):
        bodies.read(client, url)


@pytest.mark.parametrize("url", ["http://a..b/f", f"http://{'a' * 70}.test/f"])
def test_a_host_that_can_be_none_is_named(client: requests.Session, tmp_path: Path, url: str) -> None:
    with pytest.raises(LockError, match="/f: "):
        fetch(client, url, tmp_path)
    assert http.size_of(client, url) is None


def test_a_server_that_falls_silent_is_given_up(
    server: Server, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "TIMEOUT", (5, 0.1))
    url = server.say("/f", Answer(BODY, cut=len(BODY) - 10, stalls=True))
    with pytest.raises(LockError, match=r"/f: the connection broke 5 times: .*Read timed out"):
        fetch(client, url, tmp_path)
    assert not list(tmp_path.iterdir())
