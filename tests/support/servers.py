"""Servers on this machine that answer as a test tells them, and the pages of a package index."""

import json
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """The answer of a server, without the last ``cut`` bytes of the body; if it ``stalls``, the connection stays open.

    With a ``pause`` the body is sent byte by byte, with so many seconds before each byte.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    stalls: bool = False
    pause: float = 0


@dataclass
class Server:
    """A server on loopback with answers by path; the last answer of a path is repeated, and requests are recorded."""

    url: str
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    """Headers of each request."""
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    """Set when stalled answers must end."""

    def say(self, path: str, *answers: Answer | bytes) -> str:
        """Set the answers of a path; return its URL."""
        self.answers[path] = [Answer(answer) if isinstance(answer, bytes) else answer for answer in answers]
        return self.url + path

    def next_answer(self, method: str, path: str) -> Answer:
        self.asked.append(f"{method} {path}")
        answers = self.answers.get(path, [Answer(status=404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def running(listener: ThreadingHTTPServer) -> Iterator[str]:
    """Answer requests in a thread, and yield the address."""
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.server_port}"
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()


@contextmanager
def serving(encryption: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server on a free port of 127.0.0.1."""
    server = Server("")
    listener = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    listener.daemon_threads = True
    listener.handle_error = lambda *_: None  # type: ignore[method-assign] # of a client that closed the connection
    if encryption is not None:
        listener.socket = encryption.wrap_socket(listener.socket, server_side=True)
    with running(listener) as server.url:
        try:
            yield server
        finally:
            server.over.set()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    """Return the class that gives the answers of a server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def do_GET(self) -> None:
            server.headers.append(dict(self.headers))
            answer = server.next_answer(self.command, self.path)
            self.send_response(answer.status)
            headers = {"Content-Length": str(len(answer.body)), **answer.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                body = answer.body[: len(answer.body) - answer.cut]
                for piece in [body] if not answer.pause else [bytes([byte]) for byte in body]:
                    if answer.pause:
                        self.wfile.flush()
                        server.over.wait(answer.pause)
                    self.wfile.write(piece)
            self.wfile.flush()
            if answer.stalls:
                server.over.wait()
            self.close_connection = bool(answer.cut)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    return Handler


def project_page(files: Iterable[dict[str, Any]], name: str = "") -> Answer:
    """Return a project's page of an index, by PEP 691: https://peps.python.org/pep-0691/."""
    page = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": list(files)}
    return Answer(json.dumps(page).encode(), 200, {"Content-Type": "application/vnd.pypi.simple.v1+json"})
