"""The real pip, without the machine's settings, and a plain file server as a team may have."""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def pip_install(target: Path, *arguments: str | Path) -> list[str]:
    """Install into a folder; return the names of the installed projects' metadata folders."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    command = [
        sys.executable, "-P", "-m", "pip", "install", "--target", target, "--no-cache-dir",
        "--disable-pip-version-check", "--no-compile", *arguments,
    ]  # fmt: skip
    environment = {**own, "PIP_CONFIG_FILE": os.devnull, "NO_PROXY": "*"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return sorted(path.name for path in target.glob("*.dist-info"))


@contextmanager
def file_server(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder as `python -m http.server` does; yield its address, and the paths that clients request."""
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
