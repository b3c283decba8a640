"""The interpreter at a constant path: only its own parts are there, and it finds its standard library there."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from actions.world import environment, interpreter

SAYS = """
import json, os, sys, sysconfig
print(json.dumps([sys.base_prefix, os.__file__, sysconfig.get_path("include")]))
"""


def test_an_environment_uses_the_interpreter_at_its_place(tmp_path: Path) -> None:
    home = tmp_path / "python"
    environment.make(tmp_path / "env", str(interpreter.place(home)), [], "")
    asked = subprocess.run([tmp_path / "env" / "bin" / "python", "-c", SAYS], capture_output=True, check=True)
    prefix, module, include = json.loads(asked.stdout)

    assert prefix == str(home)
    assert module == str(home / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "os.py")
    assert Path(include, "Python.h").read_bytes() == Path(sysconfig.get_path("include"), "Python.h").read_bytes()
    assert sorted(path.name for path in home.iterdir()) == ["bin", "include", "lib"]
    assert [path.name for path in (home / "bin").iterdir()] == [Path(interpreter.place(tmp_path / "other")).name]


def test_debians_header_of_this_cpu_replaces_the_one_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    include = tmp_path / "include" / "python3"
    own = tmp_path / "include" / "cpu-linux" / "python3"
    for folder, text in ((include, "#include <cpu-linux/python3/pyconfig.h>"), (own, "#define SIZE 8")):
        folder.mkdir(parents=True)
        (folder / "pyconfig.h").write_text(text)
    (include / "Python.h").write_text("header")
    paths = {"include": str(include), "stdlib": str(tmp_path / "lib"), "platstdlib": str(tmp_path / "lib")}
    monkeypatch.setattr(sysconfig, "get_path", lambda name, vars=None: paths[name])
    monkeypatch.setattr(sysconfig, "get_config_var", {"MULTIARCH": "cpu-linux"}.get)
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    interpreter.place(tmp_path / "home")

    headers = tmp_path / "home" / "include" / "python3"
    assert (headers / "pyconfig.h").read_text() == "#define SIZE 8"
    assert (headers / "Python.h").read_text() == "header"
