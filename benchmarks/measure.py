"""Functions that the benchmarks share: they time commands and print a table of ratios."""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Folders of the machine's tools, by the variable that names them.
_TOOLS = {"CARGO_HOME": ".cargo", "PYENV_ROOT": ".pyenv", "RUSTUP_HOME": ".rustup"}


@dataclass(frozen=True)
class Row:
    """One measured time and the time that it is compared with, both in seconds."""

    what: str
    ours: float
    other: float | None
    goal: str

    def __str__(self) -> str:
        """Return a row of a Markdown table."""
        other = f"{self.other:.2f}" if self.other is not None else ""
        ratio = f"{self.ours / self.other:.2f}" if self.other else ""
        return f"| {self.what} | {self.ours:.2f} | {other} | {ratio} | {self.goal} |"


HEADER = "| what | ours, s | compared with, s | ratio | goal |\n| --- | --- | --- | --- | --- |"


def run(command: Sequence[str | Path], cwd: Path, log: Path, **env: str) -> float:
    """Run a command, append its output to a log, and return its seconds. If it fails, exit with the end of the log."""
    began = time.monotonic()
    with log.open("ab") as output:
        code = subprocess.run(
            list(map(str, command)), cwd=cwd, stdout=output, stderr=output, check=False, env={**os.environ, **env}
        ).returncode
    if code:
        tail = log.read_text(errors="replace")[-2000:]
        raise SystemExit(f"{' '.join(map(str, command))} exited with {code}; the end of {log}:\n{tail}")
    return time.monotonic() - began


def machine_tools() -> dict[str, str]:
    """Return the variables with which a run in another home finds the tools in the home of this user."""
    return {name: os.environ.get(name) or str(Path.home() / folder) for name, folder in _TOOLS.items()}
