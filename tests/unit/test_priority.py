"""Builds beside each other: the more there is to compile, the sooner."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from backends import ACTIONS

from priority import MOST, steps


@pytest.mark.parametrize(
    ("size", "wanted"), [(0, MOST), (1, MOST), (30_000, MOST), (300_000, 8), (600_000, 4), (1 << 20, 0), (1 << 30, 0)]
)
def test_little_to_compile_steps_back(size: int, wanted: int) -> None:
    assert steps(size) == wanted


def niceness(source: Path) -> int:
    program = "import os, sys; from pathlib import Path; import priority; priority.step_back(Path(sys.argv[1])); "
    command = [sys.executable, "-c", f"{program}print(os.nice(0))", str(source)]
    result = subprocess.run(command, env={"PYTHONPATH": str(ACTIONS)}, capture_output=True, text=True, check=True)
    return int(result.stdout)


def test_what_counts_is_what_a_compiler_reads_without_crates(tmp_path: Path) -> None:
    for name in ("p/a.py", "p/vendor/crate/.cargo-checksum.json", "p/vendor/crate/src/lib.rs", "p/src/a.rs"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * (2 << 20))
    assert niceness(tmp_path) == os.nice(0)

    (tmp_path / "p/src/a.rs").unlink()
    assert niceness(tmp_path) == min(os.nice(0) + MOST, 19)
