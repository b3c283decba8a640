"""HTTP requests and downloads with retries, limits, and errors that name the address."""

import hashlib
import logging
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.utils import get_netrc_auth
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import LocationParseError, MaxRetryError, ProtocolError, ProxyError, SSLError
from urllib3.util import Retry

from fromager_gen.addresses import hide_credentials, without_credentials
from fromager_gen.errors import FetchError, LockError
from fromager_gen.files import path_of, sha256_of
from fromager_gen.net import bodies
from fromager_gen.net.bodies import TooLong, get, pieces
from fromager_gen.net.pip_settings import pip_setting

RETRIES = 5
# Fewer retries for a server that cannot be reached or does not respond: each retry takes seconds, or a whole timeout.
_CONNECT_RETRIES = 3
_READ_RETRIES = 2
# In seconds. A server that asks for a longer pause is treated as unavailable.
LONGEST_PAUSE = 120

_log = logging.getLogger(__name__)
# Hosts whose retries were already reported.
_reported: set[str] = set()
# Hosts for which all retries failed. The next file is still requested from them, but without retries.
_down: set[str] = set()
_partial: set[Path] = set()
_report_lock = threading.Lock()


class _GivenUp(MaxRetryError):
    """All attempts failed."""

    def __init__(self, pool: ConnectionPool | None, url: str | None, reason: Exception | None, tries: int) -> None:
        super().__init__(pool, url or "", reason)  # type: ignore[arg-type] # urllib3 itself may have no pool
        self.tries = tries


class _Retry(Retry):
    """Retries of urllib3 that are reported to the user. A long ``Retry-After`` ends them immediately."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        host = _pool.host if _pool is not None else url or ""
        if error is not None and (host in _down or _is_untrusted(error)):
            raise _GivenUp(_pool, url, error, 1)  # a retry would fail as well
        try:
            left = super().increment(method, url, response, error, _pool, _stacktrace)
        except MaxRetryError as err:
            if error is not None:
                _down.add(host)
            raise _GivenUp(_pool, url, err.reason, len(self.history) + 1) from err
        if response is not None:
            self.get_retry_after(response)  # raises an error if the pause is too long
            _report_retry(host, f"the server answered {response.status}", RETRIES)
        elif error is not None:
            times = _CONNECT_RETRIES if self._is_connection_error(error) else _READ_RETRIES
            _report_retry(host, reason(error), times)
        return left

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        pause = super().get_retry_after(response)
        if pause is not None and pause > LONGEST_PAUSE:
            raise TooLong(
                f"the server asks to wait {pause:.0f} s, which is more than {LONGEST_PAUSE} s; try again later"
            )
        return pause


def _is_untrusted(error: Exception) -> bool:
    return isinstance(error, SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


def _report_retry(host: str, why: str, times: int) -> None:
    """Warn that requests to a host are repeated. Warn once, because many files are requested at the same time."""
    with _report_lock:
        known = host in _reported
        _reported.add(host)
    if not known:
        _log.warning("%s: retrying up to %d times: %s", host, times, why)


@dataclass(frozen=True)
class Fetched:
    """A downloaded file."""

    path: Path
    sha256: str
    size: int


def session() -> requests.Session:
    """Return a session that retries temporary errors: 408, 429, 5xx and broken connections.

    Certificates are verified with the file in REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, which requests reads, else with
    pip's `cert`, else with SSL_CERT_FILE.

    Raises:
        FetchError: that file does not exist.
    """
    made = requests.Session()
    made.verify = _certificates() or True
    made.auth = _Credentials()
    made.headers["Accept-Encoding"] = "identity"  # hashes are those of the stored file
    retry = _Retry(
        total=RETRIES,
        backoff_factor=0.5,
        connect=_CONNECT_RETRIES,
        read=_READ_RETRIES,
        status_forcelist=(408, 429, 500, 502, 503, 504),
        allowed_methods=("GET", "HEAD"),
        raise_on_status=False,
    )
    for scheme in ("http://", "https://"):
        made.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=32))
    return made


def _certificates() -> str | None:
    """Return the file of trusted certificates, or None if requests finds it itself."""
    configured = {name: os.environ.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")}
    of_requests = any(configured.values())
    if not of_requests:
        configured = {"pip's cert": pip_setting("cert"), "SSL_CERT_FILE": os.environ.get("SSL_CERT_FILE")}
    named_by, trusted = next(((name, path) for name, path in configured.items() if path), ("", ""))
    if trusted and not Path(trusted).exists():
        raise FetchError(f"{named_by} is {trusted}, which does not exist")
    return None if of_requests else trusted or None


def authenticate(client: requests.Session, url: str) -> None:
    """Let a session send the user and password in an address to its host, and to no other host."""
    parts = urlsplit(url)
    if parts.hostname and parts.username and isinstance(client.auth, _Credentials):
        client.auth.learn(url, unquote(parts.username), unquote(parts.password or ""))


class _Credentials(AuthBase):
    """Credentials from addresses, by host and port, else from netrc.

    requests reads netrc only if a session has no `auth`, so this class reads it.
    """

    def __init__(self) -> None:
        self._learned: dict[tuple[str | None, int | None], HTTPBasicAuth] = {}

    def learn(self, url: str, user: str, password: str) -> None:
        parts = urlsplit(url)
        self._learned[parts.hostname, parts.port] = HTTPBasicAuth(user, password)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        parts = urlsplit(request.url or "")
        learned = self._learned.get((parts.hostname, parts.port))
        if learned is not None:
            learned(request)
        elif found := get_netrc_auth(request.url or ""):
            HTTPBasicAuth(*found)(request)
        return request


def download(
    client: requests.Session, url: str, into: Path, sha256: str | None, progress: Callable[[int], None]
) -> Fetched:
    """Download a file. An incomplete body is requested again. The file of a ``file:`` address is copied.

    Args:
        client: from `session`.
        url: the address.
        into: the file to write. It exists afterwards only if it is complete and correct.
        sha256: the expected hex sha256, or None to accept any file.
        progress: is called with the size of each chunk. An exception from it ends the download.

    Raises:
        FetchError: the server refuses the request, is unavailable, or ends each response early.
        LockError: the file has another sha256.
    """
    for attempt in range(1, RETRIES + 1):
        try:
            fetched = _copied(url, into) if url.startswith("file:") else _attempt(client, url, into, progress)
            break
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError) as err:
            if not _was_cut(err):
                raise FetchError(f"{without_credentials(url)}: {reason(err)}") from err
            if attempt == RETRIES:
                raise FetchError(
                    f"{without_credentials(url)}: the connection failed {attempt} times: {reason(err)}"
                ) from err
            _report_retry(urlsplit(url).hostname or url, reason(err), RETRIES - 1)
            time.sleep(0.5 * attempt)
        except requests.exceptions.RequestException as err:
            raise FetchError(f"{without_credentials(url)}: {reason(err)}") from err
    if sha256 is not None and fetched.sha256 != sha256:
        with into.open("rb") as file:
            start = file.read(60)
        into.unlink()
        raise LockError(
            f"{without_credentials(url)}: the file has sha256 {fetched.sha256}, expected {sha256}. It starts with "
            f"{start!r}. Either the file was changed, or a proxy answered instead of the server."
        )
    return fetched


def _copied(url: str, into: Path) -> Fetched:
    path = path_of(url)
    digest = sha256_of(path)
    shutil.copyfile(path, into)
    return Fetched(into, digest, into.stat().st_size)


def _was_cut(error: Exception) -> bool:
    """Return whether a body was incomplete, and not a failed connection, which the session has already retried."""
    return isinstance(error, requests.exceptions.ChunkedEncodingError) or "Read timed out" in str(error)


def _attempt(client: requests.Session, url: str, into: Path, progress: Callable[[int], None]) -> Fetched:
    digest = hashlib.sha256()
    size = 0
    with get(client, url) as response:
        check(response, url)
        _partial.add(into)  # removed again below in all cases
        try:
            with into.open("wb") as file:
                for chunk in pieces(response, bodies.LARGEST_FILE, bodies.LONGEST_DOWNLOAD):
                    file.write(chunk)
                    digest.update(chunk)
                    size += len(chunk)
                    progress(len(chunk))
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        finally:
            _partial.discard(into)
    return Fetched(into, digest.hexdigest(), size)


def discard_partial() -> None:
    """Remove the files of abandoned downloads."""
    for path in tuple(_partial):
        path.unlink(missing_ok=True)


def has_sha256(path: Path, sha256: str) -> bool:
    """Return whether a file exists and has this hash."""
    return path.is_file() and sha256_of(path) == sha256


def size_of(client: requests.Session, url: str) -> int | None:
    """Return a file's size as stated by its server, or None. The size is optional, so errors are ignored."""
    with requests.Session() as once:
        once.verify, once.auth = client.verify, client.auth
        try:
            response = once.head(url, timeout=(5, 10), allow_redirects=True)
        except (requests.exceptions.RequestException, LocationParseError) as err:
            _log.debug("%s: the size is unknown: %s", without_credentials(url), reason(err))
            return None
    length = response.headers.get("Content-Length", "")
    is_size = re.fullmatch("[0-9]{1,18}", length) and "Content-Encoding" not in response.headers
    return int(length) if response.ok and is_size else None


def check(response: requests.Response, url: str) -> None:
    """Check the status of a response.

    Raises:
        FetchError: the status is not a success.
    """
    if response.status_code == requests.codes.not_found:
        raise FetchError(
            f"{without_credentials(url)}: not found (404). Check the address. If the file is from a graph and was "
            "removed from the index, create the graph again."
        )
    if not response.ok:
        raise FetchError(f"{without_credentials(url)}: the server answered {response.status_code} {response.reason}")


def reason(error: Exception) -> str:
    """Return the cause of an error in one line, without credentials.

    requests wraps the cause in several exceptions, and quotes addresses with their credentials.
    """
    while error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    more, inner = "", isinstance(error, (ProtocolError, ProxyError))
    if isinstance(error, MaxRetryError) and error.reason is not None:
        tries = getattr(error, "tries", 1)
        error, inner = error.reason, True
        more = f" (tried {tries} times)" if tries > 1 else ""
    if _is_untrusted(error):
        more = (
            ". To trust the certificate of a proxy, set pip's `cert`, REQUESTS_CA_BUNDLE or SSL_CERT_FILE to its file"
        )
    text = str(error.args[-1] if error.args and inner else error)
    return hide_credentials(re.sub(r"^\w+\([^)]*\): ", "", " ".join(text.split()))) + more
