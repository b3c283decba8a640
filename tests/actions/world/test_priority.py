"""Priorities of builds that share cores: the build with most to compile goes first."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.backends import ACTIONS

from actions.world.priority import MOST, steps

needs_autogroup = pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this kernel divides cores between processes and not sessions"
)


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        (0, 16),
        (1, 16),
        (30_000, 16),
        (300_000, 16),
        (600_000, 14),
        (1 << 20, 0),
        (1 << 30, 0),
    ],
)
def test_a_build_with_little_to_compile_has_a_lower_priority(size: int, wanted: int) -> None:
    assert steps(size) == wanted


def test_a_small_build_goes_before_work_that_no_build_waits_for() -> None:
    assert steps(0) < MOST


def niceness(source: Path) -> int:
    modules = "import os, sys; from pathlib import Path; from actions.world import priority; "
    program = f"{modules}priority.step_back(Path(sys.argv[1])); print(os.nice(0))"
    command = [sys.executable, "-c", program, str(source)]
    result = subprocess.run(
        command, env={"PYTHONPATH": str(ACTIONS.parent)}, capture_output=True, text=True, check=True
    )
    return int(result.stdout)


@needs_autogroup
def test_a_new_session_gets_the_priority_of_its_creator(tmp_path: Path) -> None:
    program = """
import os, subprocess
from actions.world import priority
os.nice(7)
process = subprocess.Popen(["sleep", "60"], start_new_session=True)
priority.hand_on(process.pid)
print(open(f"/proc/{process.pid}/autogroup").read().split()[-1])
process.kill()
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ACTIONS.parent)},
        capture_output=True,
        text=True,
    )
    assert result.stdout.strip() == str(min(os.nice(0) + 7, 19)), result.stderr


@needs_autogroup
def test_giving_way_lowers_the_priority_of_process_and_session() -> None:
    program = """
import os
from actions.world import priority
if os.fork() == 0:
    priority.give_way()
    print(os.getsid(0) == os.getpid(), os.nice(0), open("/proc/self/autogroup").read().split()[-1])
else:
    os.wait()
"""
    command = [sys.executable, "-c", program]
    environment = {**os.environ, "PYTHONPATH": str(ACTIONS.parent)}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "19", "19"]


def test_only_compiled_files_count_and_vendored_crates_do_not(tmp_path: Path) -> None:
    for name in ("p/a.py", "p/vendor/crate/.cargo-checksum.json", "p/vendor/crate/src/lib.rs", "p/src/a.rs"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * (2 << 20))
    assert niceness(tmp_path) == os.nice(0)

    (tmp_path / "p/src/a.rs").unlink()
    assert niceness(tmp_path) == min(os.nice(0) + steps(0), 19)
