"""Options of all tests, and what they and the programs they start need of this machine."""

import os
import shutil
import signal
from pathlib import Path

import pytest

# Where a shell starts the tests in the background, or nohup does, they ignore Ctrl-C or the end of the terminal, and so
# would all programs that they start.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, handler)


# Cargo may be rustup's shim, which looks for its toolchains in the home, and a home may be new: they are beside it.
_SHIMS = Path(shutil.which("cargo") or "/").parent.parent
if _SHIMS.name == ".cargo" and "RUSTUP_HOME" not in os.environ and not any(Path.home().glob(".rustup/toolchains/*")):
    os.environ |= {"RUSTUP_HOME": str(_SHIMS.with_name(".rustup")), "CARGO_HOME": str(_SHIMS)}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew; look at the diff")
