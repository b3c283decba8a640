"""A package index over HTTP: the folder `simple` of a wheels-repo, with links to all wheels.

The index follows https://packaging.python.org/en/latest/specifications/simple-repository-api/.
"""

import io
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from fromager_gen.errors import InputError
from fromager_gen.files import replacing
from fromager_gen.names import WHEEL_FOLDERS
from fromager_gen.serve.accept import select
from fromager_gen.terminal import warn
from fromager_gen.wheel_index import (
    METADATA_SUFFIX,
    TYPES,
    Listed,
    describe,
    metadata_of,
    project_page,
    root_page,
)

_FILES = {".whl": "application/zip", ".tar.gz": "application/x-tar"}
_METADATA = "binary/octet-stream"
_PATH = re.compile(r"/simple(?:/(?P<project>[^/]+)(?:/(?P<file>[^/]+))?)?/?")
# Valid names of projects and files. Other entries of the folder are not served.
_NAME = re.compile(r"[A-Za-z0-9_.+!-]+")


class Server(ThreadingHTTPServer):
    """A package index of a folder with one subfolder for each project. Disconnecting clients are ignored."""

    daemon_threads = True

    def __init__(self, folder: Path, address: str, port: int) -> None:
        """Start to listen.

        Raises:
            OSError: the port is in use, or the address does not belong to this machine.
        """
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.folder = folder
        self._address = f"[{address}]" if ":" in address else address
        self._described: dict[Path, tuple[tuple[int, int], Listed]] = {}
        super().__init__((address, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the index."""
        return f"http://{self._address}:{self.server_port}/simple/"

    def describe(self, path: Path) -> Listed:
        """Return what the index states about a file. The file is read again only if it has changed."""
        state = path.stat()
        stamp = state.st_mtime_ns, state.st_size
        known = self._described.get(path)
        if known is None or known[0] != stamp:
            known = self._described[path] = stamp, describe(path)
        return known[1]

    def server_bind(self) -> None:
        """Bind without a DNS query for this machine's full name, which may take long if there is no DNS server."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self._address, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore I/O errors: the client has disconnected, or a file was removed."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def make_server(folder: Path, address: str, port: int) -> Server:
    """Return a server that listens.

    Raises:
        InputError: it cannot listen on this address and port.
    """
    try:
        return Server(folder, address, port)
    except (OSError, UnicodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "not a valid address"
        raise InputError(
            f"cannot listen on port {port} of {address}: {reason}; choose others with --port and --address"
        ) from err


def link_wheels(repo: Path) -> None:
    """Link each wheel in `WHEEL_FOLDERS` into ``simple``, unless it is already there.

    Raises:
        WriteError: a link cannot be created.
    """
    for wheel in sorted(wheel for folder in WHEEL_FOLDERS for wheel in (repo / folder).glob("*.whl")):
        try:
            link = repo / "simple" / parse_wheel_filename(wheel.name)[0] / wheel.name
            if not link.is_file():
                with replacing(link) as temporary:
                    temporary.symlink_to(os.path.relpath(wheel, link.parent))
        except InvalidWheelFilename:
            warn(f"{wheel} is not served: its name is not a valid wheel file name")


class _Handler(BaseHTTPRequestHandler):
    """Serves the index, projects and files. All other paths are not found."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        """Respond to a request."""
        path = urlsplit(self.path).path
        found = _PATH.fullmatch(path)
        if path == "/":
            self._moved("/simple/")
        elif found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
        elif found["project"] is None:
            self._index()
        elif found["file"] is None:
            self._project(unquote(found["project"]))
        else:
            self._file(unquote(found["project"]), unquote(found["file"]))

    do_HEAD = do_GET

    def _index(self) -> None:
        kind = self._accepted()
        if kind:
            self._send(kind, root_page(kind, _folders(self.server.folder), "/simple/"))

    def _project(self, name: str) -> None:
        project = str(canonicalize_name(name))
        if project not in _folders(self.server.folder):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif kind := self._accepted():
            self._send(kind, project_page(kind, project, self._listed(project), f"/simple/{quote(project)}/"))

    def _listed(self, project: str) -> Iterator[Listed]:
        folder = self.server.folder / project
        for name in _files(folder):
            with suppress(OSError):  # the file was removed, or can't be read
                yield self.server.describe(folder / name)

    def _accepted(self) -> str | None:
        """Return the type of page that the client accepts. If there is none, respond with an error."""
        kind = select(self.headers.get_all("Accept", []))
        if kind is None:
            body = f"the pages of this index are {', '.join(TYPES)}\n".encode()
            self._send("text/plain", body, HTTPStatus.NOT_ACCEPTABLE)
        return kind

    def _file(self, name: str, file: str) -> None:
        project = str(canonicalize_name(name))
        of_metadata = file.endswith(f".whl{METADATA_SUFFIX}")
        stored = file.removesuffix(METADATA_SUFFIX) if of_metadata else file
        # Only listed files are opened, so that no name can refer to a file outside of the folder.
        if project not in _folders(self.server.folder) or stored not in _files(self.server.folder / project):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        path = self.server.folder / project / stored
        if of_metadata:
            self._metadata(path)
            return
        with path.open("rb") as source:
            kind = next(kind for suffix, kind in _FILES.items() if file.endswith(suffix))
            self._head(kind, os.fstat(source.fileno()).st_size)
            self._body(source)

    def _metadata(self, wheel: Path) -> None:
        data = metadata_of(wheel)
        if data is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self._head(_METADATA, len(data))
        self._body(io.BytesIO(data))

    def _send(self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        shown = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        self._head(shown, len(body), status, varies=True)
        self._body(io.BytesIO(body))

    def _body(self, source: IO[bytes]) -> None:
        if self.command == "GET":
            shutil.copyfileobj(source, self.wfile)

    def _head(self, kind: str, size: int, status: HTTPStatus = HTTPStatus.OK, varies: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        if varies:
            self.send_header("Vary", "Accept")
        self.end_headers()

    def _moved(self, place: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _folders(folder: Path) -> list[str]:
    return [path.name for path in _entries(folder) if path.is_dir()]


def _files(folder: Path) -> list[str]:
    return [path.name for path in _entries(folder) if path.name.endswith(tuple(_FILES)) and path.is_file()]


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if _NAME.fullmatch(path.name))
