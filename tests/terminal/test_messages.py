"""Warnings are shown above progress bars, and slow modules are imported only if needed."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress
from support.samples import LIBRARIES, document

from fromager_gen.terminal.messages import start_logging, warn


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Restore the handlers of the package's logger."""
    logger = logging.getLogger("fromager_gen")
    before = list(logger.handlers)
    logger.handlers.clear()
    yield
    logger.handlers[:] = before


def test_logged_warning_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging()
    start_logging()
    log = logging.getLogger("fromager_gen.lock.http")
    log.warning("%s is requested again", "index.test")
    log.info("of no interest")

    assert capsys.readouterr().err == "fromager-gen: warning: index.test is requested again\n"


def test_warning_is_a_separate_line_above_the_bar() -> None:
    screen = StringIO()
    with Progress(console=Console(file=screen, force_terminal=True, width=60)) as bar:
        bar.add_task("building", total=3)
        bar.refresh()
        warn("look here")
        bar.refresh()

    assert "fromager-gen: warning: look here\n" in screen.getvalue()
    assert screen.getvalue().rindex("building") > screen.getvalue().index("look here")


def test_help_is_printed_without_the_lock() -> None:
    """Its import takes as long as all the rest of a command's start."""
    code = (
        "import sys; from fromager_gen.cli import commands; commands(['--help'], standalone_mode=False); "
        "print(sorted(name for name in sys.modules if name.startswith('fromager_gen.lock')))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.splitlines()[-1] == "[]"


def test_complete_lock_imports_neither_requests_nor_rich(tmp_path: Path) -> None:
    """Importing them takes longer than the rest of the run."""
    graph = document({"": ["toplevel demo==1.0"], "demo==1.0": []})
    address = graph["demo==1.0"]["download_url"]
    locked = {
        f"library_{name}": {"filename": pin["filename"], "sha256": pin["sha256"], "url": f"https://x.test/{name}"}
        for name, pin in LIBRARIES.items()
    }
    locked["sdist_demo_1.0"] = {"filename": "demo-1.0.tar.gz", "sha256": "0" * 64, "url": address}
    packages = {"demo==1.0": {"file": "sdist_demo_1.0", "source": address}}
    (tmp_path / "graph.json").write_text(json.dumps(graph))
    (tmp_path / "lock.json").write_text(json.dumps({"version": 1, "files": locked, "packages": packages}))
    code = (
        "import sys; from fromager_gen.cli import main; main(); "
        "print(sorted({'requests', 'rich', 'pypi_simple'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, "generate", "graph.json", "--lock", "lock.json", "--output", "workspace"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert result.stdout.splitlines()[-1] == "[]"
