"""A remote cache on loopback in the protocol of Bazel's HTTP caches, which stores its files in a folder.

https://bazel.build/remote/caching#http-caching
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from support.servers import running

_PATH = re.compile(r"/(ac|cas)/[0-9a-f]{64}")


@dataclass
class HttpCache:
    """The cache, and how it fails."""

    folder: Path
    url: str = ""
    dies_after: int | None = None
    """Number of requests that are answered; the connections of later ones are closed."""
    is_readonly: bool = False
    headers: list[dict[str, str]] = field(default_factory=list)
    """Headers of the requests until now."""

    def files(self, kind: str) -> list[Path]:
        return sorted((self.folder / kind).glob("*"))

    def flip_a_byte_in_each_file(self) -> list[str]:
        """Damage the results of actions, and return their digests."""
        for path in self.files("cas"):
            data = bytearray(path.read_bytes())
            if data:
                data[len(data) // 2] ^= 1
                path.write_bytes(data)
        return [path.name for path in self.files("cas")]

    def forge(self, old: bytes, new: bytes) -> None:
        """Put other bytes in place of an output, and in all that names its digest, as a writer of the cache could."""
        assert old != new and len(old) == len(new)
        (self.folder / "cas" / sha256(new).hexdigest()).write_bytes(new)
        before, after = (sha256(data).hexdigest().encode() for data in (old, new))
        for path in self.files("ac"):
            path.write_bytes(path.read_bytes().replace(before, after))
        for path in self.files("cas"):  # the list of an output folder
            data = path.read_bytes()
            if before in data:
                self.forge(data, data.replace(before, after))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, cache: HttpCache) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cache = cache
        self.lock = threading.Lock()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the errors of connections that this cache closed."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.server.cache.folder / self.path[1:]
        if self._is_dead():
            return
        if _PATH.fullmatch(self.path) and path.is_file():
            self._answer(200, path.read_bytes())
        else:
            self._answer(404)

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_dead():
            return
        if self.server.cache.is_readonly or not _PATH.fullmatch(self.path):
            self._answer(403)
            return
        path = self.server.cache.folder / self.path[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.parent / f".{path.name}.{threading.get_ident()}"
        temporary.write_bytes(data)
        temporary.replace(path)
        self._answer(201)

    def _is_dead(self) -> bool:
        cache = self.server.cache
        with self.server.lock:
            cache.headers.append(dict(self.headers))
            self.close_connection = cache.dies_after is not None and len(cache.headers) > cache.dies_after
        return self.close_connection

    def _answer(self, status: int, data: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def http_cache(folder: Path) -> Iterator[HttpCache]:
    """Run a cache on a free port of 127.0.0.1."""
    cache = HttpCache(folder)
    with running(_Server(cache)) as cache.url:
        yield cache
