"""A package index over HTTP: the folder `simple` of a wheels-repo, with links to all wheels.

The index follows https://peps.python.org/pep-0503/.
"""

import html
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from fromager_gen.errors import InputError
from fromager_gen.files import replacing, sha256_of
from fromager_gen.names import WHEEL_FOLDERS
from fromager_gen.terminal import warn

_TYPES = {".whl": "application/zip", ".whl.metadata": "binary/octet-stream", ".tar.gz": "application/x-tar"}
_PATH = re.compile(r"/simple(?:/(?P<project>[^/]+)(?:/(?P<file>[^/]+))?)?/?")
# Valid names of projects and files. Other entries of the folder are not served.
_NAME = re.compile(r"[A-Za-z0-9_.+!-]+")
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta name="pypi:repository-version" content="1.0"><title>{title}</title></head>
<body>
{rows}
</body>
</html>
"""


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
        self._hashes: dict[tuple[Path, int, int], str] = {}
        super().__init__((address, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the index."""
        return f"http://{self._address}:{self.server_port}/simple/"

    def sha256(self, path: Path) -> str:
        """Return the hash of a file. It is computed again only if the file has changed."""
        state = path.stat()
        key = path, state.st_mtime_ns, state.st_size
        if key not in self._hashes:
            self._hashes[key] = sha256_of(path)
        return self._hashes[key]

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
        self._page("Simple index", (f"/simple/{quote(name)}/" for name in _folders(self.server.folder)))

    def _project(self, name: str) -> None:
        project = str(canonicalize_name(name))
        if project not in _folders(self.server.folder):
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            folder, base = self.server.folder / project, f"/simple/{quote(project)}"
            links = [f"{base}/{quote(name)}#sha256={self.server.sha256(folder / name)}" for name in _files(folder)]
            self._page(f"Links for {project}", links)

    def _file(self, name: str, file: str) -> None:
        project = str(canonicalize_name(name))
        # Only listed files are opened, so that no name can refer to a file outside of the folder.
        if project not in _folders(self.server.folder) or file not in _files(self.server.folder / project):
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with (self.server.folder / project / file).open("rb") as source:
            kind = next(kind for suffix, kind in _TYPES.items() if file.endswith(suffix))
            self._head(kind, os.fstat(source.fileno()).st_size)
            if self.command == "GET":
                shutil.copyfileobj(source, self.wfile)

    def _page(self, title: str, links: Iterable[str]) -> None:
        rows = [f'<a href="{html.escape(link)}">{html.escape(unquote(_last_part(link)))}</a><br/>' for link in links]
        body = _PAGE.format(title=html.escape(title), rows="\n".join(rows)).encode()
        self._head("text/html; charset=utf-8", len(body))
        if self.command == "GET":
            self.wfile.write(body)

    def _head(self, kind: str, size: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def _moved(self, place: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _last_part(link: str) -> str:
    return link.partition("#")[0].rstrip("/").rpartition("/")[2]


def _folders(folder: Path) -> list[str]:
    return [path.name for path in _entries(folder) if path.is_dir()]


def _files(folder: Path) -> list[str]:
    return [path.name for path in _entries(folder) if path.name.endswith(tuple(_TYPES)) and path.is_file()]


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if _NAME.fullmatch(path.name))
