"""Fromager's own end-to-end scripts with our command in its place: those that take seconds."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fromager_gen.interpreter import candidates

TOP = Path(__file__).parents[2]
# A shim of pyenv may be on PATH although it does not start.
PYTHON = next((path for _, path in candidates("3.12") if path is not None and path.parent.name != "shims"), None)
MISSING = [name for name in ("bash", "curl", "jq", "unzip", "zip") if not shutil.which(name)]
SCRIPTS = (
    "bootstrap", "bootstrap_constraints", "bootstrap_sdist_only", "build_order", "download_sequence",
    "graph_to_constraints", "lint_requirements", "migrate_graph", "post_bootstrap_hook",
)  # fmt: skip
pytestmark = [
    pytest.mark.bazel, pytest.mark.index, pytest.mark.slow,
    pytest.mark.skipif(PYTHON is None, reason="Fromager needs Python 3.12"),
    pytest.mark.skipif(bool(MISSING), reason=f"the scripts need {', '.join(MISSING)}"),
]  # fmt: skip


@pytest.mark.timeout(1800)
def test_scripts_of_fromager_pass(tmp_path: Path) -> None:
    command = [sys.executable, TOP / "benchmarks" / "fromager_e2e.py", tmp_path, "--python", str(PYTHON), *SCRIPTS]
    ran = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)

    results = dict(re.findall(r"^\| (\w+) \| (pass|fail) \|", ran.stdout, re.MULTILINE))
    assert results == dict.fromkeys(SCRIPTS, "pass"), f"{ran.stdout}\n{ran.stderr}"
