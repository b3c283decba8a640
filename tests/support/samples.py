"""Graphs, archives and local servers for many tests."""

import io
import json
import resource
import shutil
import ssl
import tarfile
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from fromager_gen import contract
from fromager_gen.graph import Graph, parse_graph

Edges = Mapping[str, Iterable[str]]
NEEDS_CARGO = pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not installed")
# File names and hashes of the libraries of the build actions, which every lock contains.
LIBRARIES = {library["distribution"]: library for library in contract.LIBRARIES.values()}


def edge(text: str) -> dict[str, str]:
    """Return an edge from ``KIND KEY [REQUIREMENT]``; the default requirement is the name without a version."""
    kind, key, *req = text.split(" ", 2)
    return {"key": key, "req_type": kind, "req": req[0] if req else key.partition("==")[0]}


def node(key: str, edges: Iterable[str] = (), **more: Any) -> dict[str, Any]:
    """Return a node as Fromager writes it."""
    name, _, version = key.partition("==")
    url = f"http://index.test/files/{name.replace('-', '_')}-{version}.tar.gz" if key else ""
    return {
        "download_url": url,
        "pre_built": False,
        "version": version or "0",
        "canonicalized_name": name,
        "constraint": None,
        "edges": [edge(text) for text in edges],
        **more,
    }


def document(nodes: Edges, **more: dict[str, Any]) -> dict[str, Any]:
    """Return a graph's JSON from edges by node; the empty key is the root, and ``more`` adds fields by package."""
    changes = {name.replace("_", "-"): fields for name, fields in more.items()}
    return {key: node(key, edges, **changes.get(key.partition("==")[0], {})) for key, edges in nodes.items()}


def make_graph(nodes: Edges, **more: dict[str, Any]) -> Graph:
    """Return the graph that `document` describes."""
    return parse_graph(json.dumps(document(nodes, **more)), "graph.json")


def tar_gz(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write an ordinary source archive."""
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def zip_file(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write an ordinary zip."""
    with zipfile.ZipFile(path, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


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
def serving(encryption: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server on a free port of 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def do_GET(self) -> None:
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

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    listener.handle_error = lambda *_: None  # type: ignore[method-assign] # of a client that closed the connection
    if encryption is not None:
        listener.socket = encryption.wrap_socket(listener.socket, server_side=True)
    server = Server(f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Limit the size of this process's files: a larger write fails as on a full disk, but with another errno."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
