"""A package repository on loopback that takes uploads as the legacy API does, and serves an index of them."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

from actions.names import normalize
from support.servers import project_page, running

USER, PASSWORD = "team", "s3cret"


@dataclass
class Repository:
    """What a repository has received. It refuses files that it has already, and those in ``refused``."""

    root: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    exists: tuple[int, str] = (400, "File already exists")
    posts: int = 0

    @property
    def url(self) -> str:
        return f"{self.root}/legacy/"

    @property
    def index(self) -> str:
        return f"{self.root}/simple/"

    def take(self, content_type: str, body: bytes) -> tuple[int, str]:
        """Take the form of an upload; return the status and reason of the answer."""
        form = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        values, name, data = {}, "", b""
        for part in form.get_payload():  # type: ignore[union-attr]
            payload = part.get_payload(decode=True)  # type: ignore[union-attr]
            if part.get_filename():  # type: ignore[union-attr]
                name, data = str(part.get_filename()), payload  # type: ignore[union-attr, assignment]
            else:
                key = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
                values[str(key)] = payload.decode()  # type: ignore[union-attr]
        if name in self.refused:
            return self.refused[name], "Refused"
        if name in self.files:
            return self.exists
        if values["sha256_digest"] != hashlib.sha256(data).hexdigest() or values[":action"] != "file_upload":
            return 400, "Wrong hash"
        self.files[name], self.fields[name] = data, values
        return 200, "OK"

    def page(self, project: str) -> tuple[int, bytes, str]:
        """Return the status, body and type of a project's page."""
        entries = [
            {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": hashlib.sha256(data).hexdigest()}}
            for name, data in self.files.items()
            if normalize(name.partition("-")[0]) == project
        ]
        answer = project_page(entries, project)
        return (200 if entries else 404), answer.body, answer.headers["Content-Type"]


@contextmanager
def repository() -> Iterator[Repository]:
    """Run a repository on a free port of 127.0.0.1."""
    made = Repository()
    with running(ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))) as made.root:
        yield made


def _handler(made: Repository) -> type[BaseHTTPRequestHandler]:
    expected = f"Basic {base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.posts += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Authorization") != expected:
                self._answer(403, b"", "text/plain", "Forbidden")
                return
            status, reason = made.take(self.headers["Content-Type"], body)
            self._answer(status, b"", "text/plain", reason)

        def do_GET(self) -> None:
            parts = unquote(self.path).strip("/").split("/")
            if parts[0] == "simple" and len(parts) == 2:
                self._answer(*made.page(parts[1]))
            elif parts[-1] in made.files:
                self._answer(200, made.files[parts[-1]], "application/zip")
            else:
                self._answer(404, b"", "text/plain")

        def _answer(self, status: int, body: bytes, kind: str, reason: str | None = None) -> None:
            self.send_response(status, reason)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
