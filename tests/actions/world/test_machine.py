"""A machine whose tools differ from the fingerprint of an action is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actions.errors import ActionError
from actions.world.machine import compare

CC = Path(__file__).parents[3] / "toolchains" / "cc" / "identify.py"
IDENTIFY = """
import json
def identify(programs):
    return json.dumps({"kind": "demo", "version": open(programs + "/version").read()})
"""


def refused(folder: Path, planned: str) -> str:
    (folder / "identify.py").write_text(IDENTIFY)
    (folder / "version").write_text("2")
    (folder / "planned").write_text(planned)
    with pytest.raises(ActionError) as error:
        compare((("//my:cc", str(folder / "planned")),), [folder / "identify.py"], folder)
    return str(error.value)


def test_an_error_has_both_values_of_what_differs(tmp_path: Path) -> None:
    said = refused(tmp_path, '{"kind": "demo", "version": "1"}')

    assert said.startswith("the tools of //my:cc on this machine differ from those for which Bazel planned this build")
    assert "\n  version: planned 1, found 2\n" in said
    assert "demo" not in said


def test_a_fact_that_was_not_planned_is_refused(tmp_path: Path) -> None:
    assert "\n  version: planned None, found 2\n" in refused(tmp_path, '{"kind": "demo"}')


@pytest.mark.parametrize("more", ["", ', "hidden here": 1'])
def test_equal_tools_are_accepted_and_what_is_hidden_is_not_compared(tmp_path: Path, more: str) -> None:
    refused(tmp_path, "{}")
    (tmp_path / "planned").write_text(f'{{"kind": "demo", "version": "2"{more}}}')
    compare((("//my:cc", str(tmp_path / "planned")),), [tmp_path / "identify.py"], tmp_path)


def identity(folder: Path) -> dict[str, object]:
    """Return what the machine's C toolchain says of compilers in a folder."""
    printed = subprocess.run([sys.executable, "-I", CC, folder], capture_output=True, text=True, check=True).stdout
    found: dict[str, object] = json.loads(printed)
    return found


def compiler(folder: Path, part: str) -> Path:
    """Make a compiler that starts one other program; return the folder that contains the compiler."""
    (folder / "bin").mkdir(parents=True)
    (folder / "cc1").write_text(part)
    script = folder / "bin" / "cc"
    script.write_text(
        f"#!/bin/sh\ncase $1 in -dumpmachine) echo cpu-os;; *cc1) echo {folder}/cc1;; *) echo none;; esac\n"
    )
    script.chmod(0o755)
    return folder / "bin"


def test_equal_compilers_in_other_folders_have_one_identity(tmp_path: Path) -> None:
    one, same, other = (
        identity(compiler(tmp_path / name, part)) for name, part in [("one", "1"), ("same", "1"), ("other", "2")]
    )

    assert one == same != other
    assert one["target of cc"] == "cpu-os"
    assert str(tmp_path) not in json.dumps(one)


def test_a_compiler_that_does_not_run_has_an_identity(tmp_path: Path) -> None:
    script = compiler(tmp_path, "1") / "cc"
    script.write_text("#!/nonexistent\n")

    assert identity(script.parent)["target of cc"] == ""


@pytest.mark.skipif(not os.path.exists("/var/lib/dpkg/status"), reason="Debian's list of packages")
def test_the_installed_development_packages_are_part_of_the_identity(tmp_path: Path) -> None:
    assert len(str(identity(tmp_path)["development packages"])) == 64
