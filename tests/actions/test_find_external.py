"""The program that finds the external dependencies of a collection, and the one error about what is missing."""

import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import pytest
from support.elf import NEEDS_CC, compiled
from support.external import NEEDS_PKG_CONFIG, SYSTEM, library, module, program

from actions.errors import ActionError
from actions.find_external import main, target_name, wanted_by

DEMO, TOOL, OTHER = "dep:generic/demo", "dep:generic/tool", "dep:virtual/other/thing"
DEFINITIONS: dict[str, Any] = {
    DEMO: {
        "pkg_config": ["demo"],
        "packages": {"apt-get": ["libdemo-dev"], "dnf": ["demo-devel"], "apk": ["demo-dev"], "brew": ["demo"]},
    },
    TOOL: {"programs": ["tool-of-nobody"], "packages": {"apt-get": ["tool"], "dnf": ["tool"]}},
    OTHER: {"programs": ["other-of-nobody"]},
}


class Finder:
    """Runs the program with a prefix as the machine."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self.prefix, self.out = folder / "prefix", folder / "out"

    def find(self, packages: dict[str, list[str]], own: dict[str, Any] | None = None, *options: str) -> dict[str, Any]:
        (self.folder / "definitions.json").write_text(json.dumps(DEFINITIONS))
        external = {"packages": packages, "dependencies": own or {}}
        (self.folder / "external.json").write_text(json.dumps(external))
        modules = options or ("--only-modules", f"{self.prefix}/lib/pkgconfig")
        main(
            ["--definitions", f"{self.folder}/definitions.json", "--external", f"{self.folder}/external.json",
             "--path", f"{self.prefix}/bin:{SYSTEM}", "--out", str(self.out), *modules]
        )  # fmt: skip
        found: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        return found


@pytest.fixture
def finder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Finder:
    return Finder(tmp_path, capsys)


@NEEDS_PKG_CONFIG
def test_a_dependency_has_modules_programs_and_a_version(finder: Finder) -> None:
    library(finder.prefix)
    module(finder.prefix, "demo", "2.5", "Requires: base")
    module(finder.prefix, "base")
    found = finder.find({"a 1": [f"{DEMO}@>=2"], "b 1": [DEMO]})

    assert (found["missing"], found["problem"]) == ({}, "")
    (one,) = found["found"].values()
    assert one["modules"] == ["base", "demo"] and one["version"] == "2.5" and one["target"] == "generic_demo"
    assert os.path.basename(one["programs"]["pkg-config"]) == "pkg-config" and one["libraries"] == {}
    assert sorted(path.name for path in (finder.out / "external/pkgconfig").iterdir()) == ["base.pc", "demo.pc"]


@NEEDS_PKG_CONFIG
def test_folders_of_modules_can_be_added(finder: Finder) -> None:
    library(finder.prefix)

    assert DEMO in finder.find({"a 1": [DEMO]}, None, "--modules", f"{finder.prefix}/lib/pkgconfig")["found"]


@NEEDS_CC
@NEEDS_PKG_CONFIG
def test_shared_libraries_are_named_for_the_wheels(finder: Finder) -> None:
    finder.prefix.mkdir()
    library(finder.prefix, content=compiled(finder.prefix, "int demo(void) { return 1; }", "-Wl,-soname,libdemo.so.7"))

    assert finder.find({"a 1": [DEMO]})["found"][DEMO]["libraries"] == {
        "libdemo.so.7": f"{finder.prefix.resolve()}/lib/libdemo.so"
    }


@NEEDS_PKG_CONFIG
def test_a_copied_module_names_the_folder_that_it_was_in(finder: Finder) -> None:
    module(finder.prefix, "demo", "1", "libdir=${pcfiledir}/..", "Libs: -L${libdir}")
    finder.find({"a 1": [DEMO]})
    text = (finder.out / "external/pkgconfig/demo.pc").read_text()

    assert f"libdir={finder.prefix.resolve()}/lib/pkgconfig/.." in text and "pcfiledir" not in text


@NEEDS_PKG_CONFIG
def test_the_file_for_builds_identifies_the_same_dependency(finder: Finder) -> None:
    library(finder.prefix)
    own = {"dep:generic/it's": {"pkg_config": ["demo"], "headers": ["demo.h"]}}
    target = finder.find({"a 1": ["dep:generic/it's"]}, own)["found"]["dep:generic/it's"]["target"]
    (finder.out / "programs").mkdir()
    spec = importlib.util.spec_from_file_location("identify", finder.out / target / "identify.py")
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    stated = (finder.out / target / "fingerprint.json").read_text()

    assert made.identify(str(finder.out / "programs")) == stated
    assert json.loads(stated)["version"] == "1.2.3"
    (finder.prefix / "include/demo/demo.h").write_text("changed")
    assert made.identify(str(finder.out / "programs")) != stated


@NEEDS_PKG_CONFIG
def test_one_error_names_all_that_is_missing_and_how_to_install_it(finder: Finder) -> None:
    library(finder.prefix)
    found = finder.find({"b 2": [f"{DEMO}@>=9", TOOL], "a 1": [TOOL, DEMO], "c 3": [OTHER]})

    assert found["missing"] == {
        f"{DEMO}@>=9": "version 1.2.3 is there, but >=9 is needed",
        TOOL: "no program tool-of-nobody on PATH",
        OTHER: "no program other-of-nobody on PATH",
    }
    assert list(found["found"]) == [DEMO]
    assert found["problem"] == "\n".join(
        [
            "3 of the 4 external dependencies of this collection are not on this machine:",
            "  dep:generic/demo@>=9     for b 2: version 1.2.3 is there, but >=9 is needed",
            "  dep:generic/tool         for a 1, b 2: no program tool-of-nobody on PATH",
            "  dep:virtual/other/thing  for c 3: no program other-of-nobody on PATH",
            "Install them:",
            "  apt-get install libdemo-dev tool",
            "  dnf install demo-devel tool",
            "  apk add demo-dev",
            "  brew install demo",
            "Or pin them for hermetic builds: fromager-gen external lock. Or provide targets of your own, or remove a "
            "wrong declaration: docs/how-to/external-dependencies.md",
        ]
    )


def test_many_packages_are_counted(finder: Finder) -> None:
    problem = finder.find({f"p{number} 1": [TOOL] for number in range(6)})["problem"]

    assert "for p0 1, p1 1, p2 1, p3 1 and 2 more: no program" in problem


def test_without_known_packages_there_is_no_command_to_install(finder: Finder) -> None:
    assert "Install them" not in finder.find({"a 1": [OTHER]})["problem"]


def test_a_definition_of_the_user_replaces_the_known_one(finder: Finder) -> None:
    path = program(finder.prefix / "bin" / "my-tool", "echo 7.1")
    found = finder.find({"a 1": [f"{TOOL}@>=7"]}, {TOOL: {"programs": ["my-tool"]}})

    assert found["found"][TOOL] == {
        "libraries": {}, "modules": [], "programs": {"my-tool": str(path)}, "target": "generic_tool", "version": "7.1",
    }  # fmt: skip


def test_an_unknown_dependency_is_an_error_with_a_package(finder: Finder) -> None:
    with pytest.raises(ActionError, match="dep:generic/no@>=1, which a 1 needs, is not a known dependency"):
        finder.find({"b 1": ["dep:generic/no@>=1"], "a 1": ["dep:generic/no@>=1"]})


def test_a_faulty_definition_is_an_error(finder: Finder) -> None:
    with pytest.raises(ActionError, match=r"dep:generic/tool: '\.\./x' in programs is not valid"):
        finder.find({"a 1": [TOOL]}, {TOOL: {"programs": ["../x"]}})


def test_a_collection_without_needs_has_none(finder: Finder) -> None:
    assert finder.find({}) == {"found": {}, "missing": {}, "problem": ""}


def test_dependencies_are_listed_with_their_packages() -> None:
    assert wanted_by({"b 1": ["y", "x"], "a 1": ["x"]}) == {"x": ["a 1", "b 1"], "y": ["b 1"]}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("dep:generic/libxml2", "generic_libxml2"),
        ("dep:virtual/compiler/fortran", "virtual_compiler_fortran"),
        ("dep:generic/gtk+3", "generic_gtk_3"),
    ],
)
def test_targets_have_names_of_bazel(name: str, wanted: str) -> None:
    assert target_name(name) == wanted
