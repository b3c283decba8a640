"""Downloads that are interrupted by Ctrl-C or a full disk: one message, and no files are left."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.indexes import Pages
from support.samples import contents, document
from support.servers import Answer, serving

from fromager_gen import cli
from fromager_gen.net import bodies

BODY = bytes(1_000_000)


@pytest.fixture
def index() -> Iterator[Pages]:
    """An index that states no hash for its only package, so that the file is downloaded."""
    with serving() as server:
        made = Pages(server)
        made.add("a", {"filename": "a-1.tar.gz"})
        yield made


@pytest.fixture(params=["generate", "lock", "download-sequence"])
def command(request: pytest.FixtureRequest, index: Pages, tmp_path: Path) -> list[str]:
    program = [sys.executable, "-m", "fromager_gen", request.param]
    url = f"{index.server.url}/files/a-1.tar.gz"
    if request.param == "download-sequence":
        row = {"dist": "a", "version": "1", "prebuilt": False, "source_url": url, "source_url_type": "sdist"}
        (tmp_path / "graph.json").write_text(json.dumps([row]))
        return [*program, "graph.json", index.url]
    (tmp_path / "graph.json").write_text(
        json.dumps(document({"": ["toplevel a==1"], "a==1": []}, a={"download_url": url}))
    )
    output = "workspace" if request.param == "generate" else "lock.json"
    return [*program, "graph.json", "--output", output, "--record-hash", "a", "--index-url", index.url]


def start(command: list[str], folder: Path) -> subprocess.Popen[str]:
    (folder / "tmp").mkdir()
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(folder / "tmp")}
    return subprocess.Popen(command, cwd=folder, env=env, stderr=subprocess.PIPE, text=True, start_new_session=True)


def left(folder: Path) -> list[str]:
    """Return the files that exist, except those of the test."""
    return [name for name in contents(folder) if name != "graph.json"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_does_not_wait_for_a_server(
    index: Pages, command: list[str], tmp_path: Path, number: signal.Signals
) -> None:
    index.server.say("/files/a-1.tar.gz", Answer(BODY, cut=500_000, stalls=True))
    process = start(command, tmp_path)
    while "GET /files/a-1.tar.gz" not in index.server.asked:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, said = process.communicate(timeout=bodies.TIMEOUT[1] / 2)

    assert process.returncode == 128 + number
    assert said.splitlines()[-1] == "fromager-gen: interrupted; no partial files were left"
    assert left(tmp_path) == []


def test_git_waiting_for_a_server_ends_with_the_program(index: Pages, tmp_path: Path) -> None:
    """Find the processes of git and of its transport helper by the port in their command lines."""
    index.server.say("/repository/info/refs?service=git-upload-pack", Answer(BODY, cut=500_000, stalls=True))
    url = f"git+{index.server.url}/repository@v1"
    (tmp_path / "graph.json").write_text(
        json.dumps(document({"": ["toplevel a==1"], "a==1": []}, a={"download_url": url}))
    )
    command = [sys.executable, "-m", "fromager_gen", "lock", "graph.json"]
    process = start(command, tmp_path)
    while not any(asked.startswith("GET /repository") for asked in index.server.asked):
        assert process.poll() is None
        time.sleep(0.01)
    assert running(index.server.url)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=bodies.TIMEOUT[1] / 2)

    assert process.returncode == 128 + signal.SIGTERM
    assert running(index.server.url) == []


def running(text: str) -> list[str]:
    """Return the command lines of processes that contain a text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if text in line]


@pytest.mark.parametrize("module", ["fromager_gen.cli", "fromager_gen.overrides", "click"])
def test_ctrl_c_while_modules_are_loaded(module: str) -> None:
    program = f"""
import sys
class Interrupt:
    def find_spec(self, name, *_):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
from fromager_gen.__main__ import main
main()
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert result.returncode == 128 + signal.SIGINT
    assert result.stderr == "fromager-gen: interrupted\n"


def test_unexpected_error_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(**_: object) -> None:
        raise ZeroDivisionError("by\nchance https://user:secret@h.test/x")

    monkeypatch.setattr(cli, "commands", fails)
    assert cli._run() == 1
    said = capsys.readouterr().err
    assert said.startswith("fromager-gen: error: unexpected error: ZeroDivisionError: by chance https://h.test/x. Set ")
    assert said.count("\n") == 1

    monkeypatch.setenv("FROMAGER_GEN_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        cli._run()


def test_full_disk_during_a_download_is_an_error(index: Pages, command: list[str], tmp_path: Path) -> None:
    index.server.say("/files/a-1.tar.gz", BODY)
    process = start(["prlimit", "--fsize=100000", *command], tmp_path)
    _, said = process.communicate(timeout=60)

    assert process.returncode in (1, 12)
    assert said.splitlines()[-1].startswith("fromager-gen: error: ")
    assert said.splitlines()[-1].endswith(": File too large")
    assert "Traceback" not in said
    assert left(tmp_path) == []
