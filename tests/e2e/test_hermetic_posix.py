"""POSIX programs out of pinned packages: a build sees no program of the machine."""

import hashlib
import json
import zipfile
from pathlib import Path

import pytest
from support import debian
from support.indexes import Index
from support.workspaces import Generate, GraphBuilder, Workspace, generator, in_tree_sdist

pytestmark = [pytest.mark.bazel, pytest.mark.index]

MACHINES_C = "--platforms=@platforms//host"
# A shell, a program with shared libraries, and the libraries.
PACKAGES = ("busybox-static", "make", "libc6")
# A package that says which programs it finds, and uses the shell and make.
ASKS = """
    import json, os, shutil, subprocess
    with open("Makefile", "w") as file:
        file.write("all:\\n\\t@echo made by $(MAKE) with `echo a b | awk '{print $$2}'`\\n")
    made = subprocess.run(["make", "SHELL=sh"], capture_output=True, text=True, check=True).stdout
    found = {name: shutil.which(name) for name in ("awk", "bash", "make", "perl", "sh")}
    facts = {"made": made, "programs": {name: os.path.realpath(path) for name, path in found.items() if path}}
    return write(wheel_directory, data=json.dumps(facts).encode())
"""


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    addresses = debian.packages(*PACKAGES)
    folder = tmp_path_factory.mktemp("posix")
    generator("toolchains", "add", "posix", *addresses, "--output", folder / "workspace", cwd=folder)
    url = index.add_sdist("asks", "1.0", in_tree_sdist("asks", "1.0", ASKS))
    url += f"#sha256={hashlib.sha256(index.files['asks']['asks-1.0.tar.gz']).hexdigest()}"
    made = generate(GraphBuilder().add("asks", "1.0", url), "--toolchains=hermetic", folder=folder)
    made.build("//packages/asks/1.0:wheel", MACHINES_C)
    return made


def facts(workspace: Workspace) -> dict[str, object]:
    with zipfile.ZipFile(workspace.wheel("asks", "1.0")) as wheel:
        found: dict[str, object] = json.loads(wheel.read("data"))
    return found


def test_a_build_has_only_pinned_programs(workspace: Workspace) -> None:
    programs = facts(workspace)["programs"]

    assert isinstance(programs, dict)
    assert set(programs) == {"awk", "make", "sh"}
    assert {Path(path).name for name, path in programs.items() if name != "make"} == {"busybox"}


def test_a_program_with_shared_libraries_is_started_by_its_own_loader(workspace: Workspace) -> None:
    assert facts(workspace)["made"] == "made by /tmp/fromager-build/bin/make with b\n"
