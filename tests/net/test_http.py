"""Downloads from faulty servers. Temporary errors are retried, and other errors name the address."""

import gzip
import hashlib
from base64 import b64decode
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


@pytest.fixture(autouse=True)
def no_reported_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test without reported hosts."""
    monkeypatch.setattr(http, "_reported", set())
    monkeypatch.setattr(http, "_down", set())


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the pauses between attempts, without waiting."""
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
def test_refused_request_is_not_retried(
    server: Server, client: requests.Session, tmp_path: Path, status: int, says: str
) -> None:
    with pytest.raises(LockError, match=f"http://127.0.0.1:.*/f: .*{says}"):
        fetch(client, server.say("/f", Answer(b"no", status)), tmp_path)
    assert server.asked == ["GET /f"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_temporary_error_is_retried(server: Server, client: requests.Session, tmp_path: Path, status: int) -> None:
    fetch(client, server.say("/f", Answer(status=status), Answer(status=status), Answer(BODY)), tmp_path)

    assert len(server.asked) == 3


def test_unavailable_server_is_an_error_after_retries(
    server: Server, client: requests.Session, tmp_path: Path, pauses: list[float]
) -> None:
    with pytest.raises(LockError, match=r"/f: .*503"):
        fetch(client, server.say("/f", Answer(b"", 503)), tmp_path)
    assert 3 <= len(server.asked) <= 10
    assert sum(pauses) < 60


def test_retry_is_reported_once_per_host(
    server: Server, client: requests.Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for status in (503, 502):
        fetch(client, server.say(f"/{status}", Answer(status=status), Answer(status=status), Answer(BODY)), tmp_path)

    assert caplog.messages == ["127.0.0.1: retrying up to 5 times: the server answered 503"]


def test_refused_connection_is_an_error_after_retries(
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


def test_short_retry_after_is_respected(
    server: Server, client: requests.Session, tmp_path: Path, pauses: list[float]
) -> None:
    fetch(client, server.say("/f", Answer(b"", 429, {"Retry-After": "1"}), Answer(BODY)), tmp_path)

    assert pauses == [1]


def test_long_retry_after_is_an_error(
    server: Server, client: requests.Session, tmp_path: Path, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(LockError, match=r"asks to wait \d{5} s"):
        fetch(client, server.say("/f", Answer(b"", 429, {"Retry-After": "86400"})), tmp_path)
    assert server.asked == ["GET /f"]
    assert not pauses
    assert not caplog.messages


def test_error_of_long_retry_after_names_the_address(server: Server, client: requests.Session, tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"http://127.0.0.1:\d+/f"):
        fetch(client, server.say("/f", Answer(b"", 429, {"Retry-After": "86400"})), tmp_path)


def test_incomplete_body_is_requested_again(
    server: Server, client: requests.Session, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fetch(client, server.say("/f", Answer(BODY, cut=1000), Answer(BODY, cut=len(BODY)), Answer(BODY)), tmp_path)

    assert (tmp_path / "file").read_bytes() == BODY
    assert len(server.asked) == 3
    assert [m.startswith("127.0.0.1: retrying") for m in caplog.messages] == [True]


def test_body_that_is_always_incomplete_is_an_error(server: Server, client: requests.Session, tmp_path: Path) -> None:
    with pytest.raises(LockError, match="/f: the connection failed 5 times"):
        fetch(client, server.say("/f", Answer(BODY, cut=1)), tmp_path)
    assert len(server.asked) == 5
    assert not list(tmp_path.iterdir())


def test_error_names_unreachable_server_once(
    client: requests.Session, tmp_path: Path, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    with serving() as gone:
        url = f"{gone.url}/f"

    with pytest.raises(LockError) as raised:
        fetch(client, url, tmp_path)
    assert str(raised.value) == (
        f"{url}: Failed to establish a new connection: [Errno 111] Connection refused (tried 4 times)"
    )
    assert [text for text in caplog.messages if "retrying up to 3 times" in text]


def test_second_request_to_unavailable_server_is_not_retried(
    client: requests.Session, tmp_path: Path, pauses: list[float]
) -> None:
    with serving() as gone:
        url = gone.url
    for name, says in (("f", r"refused \(tried 4 times\)$"), ("g", "refused$")):
        with pytest.raises(LockError, match=says):
            fetch(client, f"{url}/{name}", tmp_path)
    assert len(pauses) == 2  # the first retry has no pause


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (ConnectTimeoutError(HTTPConnection("h"), "Connection to h timed out."), "Connection to h timed out."),
        (ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")), "[Errno 104] reset"),
    ],
)
def test_innermost_reason_is_reported(error: Exception, wanted: str) -> None:
    wrapped = requests.exceptions.ConnectionError(MaxRetryError(HTTPConnectionPool("h"), "/", error))

    assert http.reason(wrapped) == wanted


def test_a_reason_is_one_line_without_a_password() -> None:
    assert http.reason(ValueError("no page:\n  http://me:secret@h/x")) == "no page: http://h/x"


def test_file_with_other_hash_is_an_error_that_shows_its_start(
    server: Server, client: requests.Session, tmp_path: Path
) -> None:
    url = server.say("/f", b"<html>Please log in</html>")

    with pytest.raises(LockError, match=rf"/f: the file has sha256 .*, expected {SHA}\. It starts with b'<html>Please"):
        fetch(client, url, tmp_path)
    assert not list(tmp_path.iterdir())


def test_too_large_file_is_an_error(
    server: Server, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "LARGEST_FILE", 1000)

    with pytest.raises(LockError, match="/f: the response is larger than 1,000 bytes"):
        fetch(client, server.say("/f", BODY), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:,x"])
def test_a_redirect_to_another_scheme_is_refused(
    server: Server, client: requests.Session, tmp_path: Path, target: str
) -> None:
    url = server.say("/f", Answer(b"", 302, {"Location": target}))

    with pytest.raises(LockError, match="/f: "):
        fetch(client, url, tmp_path, None)


def test_redirect_is_followed_and_redirect_loop_is_an_error(
    server: Server, client: requests.Session, tmp_path: Path
) -> None:
    server.say("/f", Answer(b"", 302, {"Location": "/real"}))
    server.say("/real", BODY)
    fetch(client, f"{server.url}/f", tmp_path)
    server.say("/loop", Answer(b"", 302, {"Location": "/loop"}))

    with pytest.raises(LockError, match=r"/loop: .*redirects"):
        fetch(client, f"{server.url}/loop", tmp_path)
    assert len(server.asked) < 50


def test_password_is_not_in_messages(server: Server, client: requests.Session, tmp_path: Path) -> None:
    url = server.url.replace("http://", "http://user:secret@")
    server.say("/wrong", b"x")

    for path in ("/none", "/wrong"):
        with pytest.raises(LockError) as raised:
            fetch(client, url + path, tmp_path)
        assert "secret" not in str(raised.value)


def test_credentials_come_from_the_address_or_netrc(
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


def test_size_of_returns_content_length(server: Server, client: requests.Session) -> None:
    server.say("/coded", Answer(BODY, 200, {"Content-Encoding": "gzip"}))

    assert http.size_of(client, server.say("/f", BODY)) == len(BODY)
    assert server.asked == ["HEAD /f"]
    assert http.size_of(client, f"{server.url}/none") is None
    assert http.size_of(client, f"{server.url}/coded") is None


@pytest.mark.parametrize("length", ["\u00b2", "9" * 5_000, "-1", "x"])
def test_invalid_content_length_is_ignored(server: Server, client: requests.Session, length: str) -> None:
    url = server.say("/f", Answer(b"", headers={"Content-Length": length}))

    assert http.size_of(client, url) is None


def test_error_of_size_request_is_ignored(client: requests.Session) -> None:
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
def test_credentials_are_removed_from_addresses(url: str, shown: str) -> None:
    assert without_credentials(url) == shown


def test_requests_to_one_host_share_a_connection(server: Server, client: requests.Session, tmp_path: Path) -> None:
    url = server.say("/f", BODY)
    for _ in range(3):
        assert bodies.read(client, url).content == BODY
        fetch(client, url, tmp_path)
    assert bodies.read(client, server.say("/empty", b"")).content == b""

    assert server.connections == 1


def test_compressed_page_is_decompressed(server: Server, client: requests.Session) -> None:
    packed = Answer(gzip.compress(BODY), headers={"Content-Encoding": "gzip"})

    assert bodies.read(client, server.say("/f", packed)).content == BODY


def test_very_slow_server_is_an_error(
    server: Server, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte arrives in time, but the whole file would take two minutes."""
    for limit in ("LONGEST_DOWNLOAD", "LONGEST_PAGE"):
        monkeypatch.setattr(bodies, limit, 0.3)
    url = server.say("/f", Answer(BODY[:1000], pause=0.12))

    with pytest.raises(LockError, match=r"/f: the response is larger than .* bytes or takes longer than 0\.3 s"):
        fetch(client, url, tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(requests.RequestException, match=r"longer than 0\.3 s"):
        bodies.read(client, url)


@pytest.mark.parametrize("url", ["http://a..b/f", f"http://{'a' * 70}.test/f"])
def test_error_names_invalid_host(client: requests.Session, tmp_path: Path, url: str) -> None:
    with pytest.raises(LockError, match="/f: "):
        fetch(client, url, tmp_path)
    assert http.size_of(client, url) is None


def test_server_that_stops_sending_is_an_error(
    server: Server, client: requests.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "TIMEOUT", (5, 0.1))
    url = server.say("/f", Answer(BODY, cut=len(BODY) - 10, stalls=True))
    with pytest.raises(LockError, match=r"/f: the connection failed 5 times: .*Read timed out"):
        fetch(client, url, tmp_path)
    assert not list(tmp_path.iterdir())
