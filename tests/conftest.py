"""Options and fixtures of all tests, and settings for the tests and the programs that they start."""

import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from support.servers import Server, serving

from fromager_gen.net import session

# If a shell starts the tests in the background, or nohup starts them, they ignore SIGINT or SIGHUP. Programs that they
# start would inherit this, so the default handlers are restored.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


# Cargo may be rustup's shim, which searches for toolchains in the home folder. If the home folder has none, use the
# folders next to the shim.
_SHIMS = Path(shutil.which("cargo") or "/").parent.parent
if _SHIMS.name == ".cargo" and "RUSTUP_HOME" not in os.environ and not any(Path.home().glob(".rustup/toolchains/*")):
    os.environ |= {"RUSTUP_HOME": str(_SHIMS.with_name(".rustup")), "CARGO_HOME": str(_SHIMS)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden again; look at the diff")


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server on loopback for one test."""
    with serving() as running:
        yield running


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """Return a folder in memory, as Bazel's sandbox has it; it lists files by the time of their creation."""
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    if ["/dev/shm", "tmpfs"] not in [mount[1:3] for mount in mounts] or not os.access("/dev/shm", os.W_OK):
        pytest.skip("this machine has no file system in memory in /dev/shm")
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def client() -> Iterator[requests.Session]:
    """Return a session with the settings of pip."""
    with session() as made:
        yield made


class _Kept(logging.Handler):
    """Keeps messages with their level, such as ``INFO a-1: have sdist version 1``."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.rows: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.rows.append(f"{record.levelname} {record.getMessage()}")


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """The messages that the package logs during a test, as in a log file."""
    logger, handler = logging.getLogger("fromager_gen"), _Kept()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.rows
    logger.removeHandler(handler)
    logger.setLevel(level)
