"""Fingerprints of external dependencies: they follow the contents and not the places."""

import json
import os
from pathlib import Path

import pytest
from support.external import NEEDS_PKG_CONFIG, SYSTEM, library, module

from actions.external.definition import definition
from actions.external.fingerprint import fingerprint, identify
from actions.external.search import Found, Machine, search

ENTRY = {"pkg_config": ["demo"]}
pytestmark = NEEDS_PKG_CONFIG


def of(prefix: Path) -> str:
    found = search(definition("dep:generic/demo", ENTRY), "", Machine(SYSTEM, only_modules=f"{prefix}/lib/pkgconfig"))
    assert isinstance(found, Found)
    return fingerprint(found)


def test_a_fingerprint_does_not_depend_on_the_place(tmp_path: Path) -> None:
    one, other = library(tmp_path / "one"), library(tmp_path / "some" / "other")

    assert of(one) == of(other)
    assert str(tmp_path) not in of(one)
    assert json.loads(of(one))["version"] == "1.2.3"


def test_a_header_changes_the_fingerprint(tmp_path: Path) -> None:
    before = of(library(tmp_path))
    (tmp_path / "include/demo/demo.h").write_text("int Demo(void);\n")
    changed = of(tmp_path)
    (tmp_path / "include/demo/more.h").touch()

    assert len({before, changed, of(tmp_path)}) == 3


def test_the_name_of_a_header_changes_the_fingerprint(tmp_path: Path) -> None:
    before = of(library(tmp_path))
    (tmp_path / "include/demo/demo.h").rename(tmp_path / "include/demo/Demo.h")

    assert of(tmp_path) != before


@pytest.mark.parametrize("place", [0, 1 << 20])
def test_a_library_changes_the_fingerprint(tmp_path: Path, place: int) -> None:
    content = bytearray(b"x" * ((1 << 20) + 1))
    before = of(library(tmp_path, content=bytes(content)))
    content[place] = 0

    assert of(library(tmp_path, content=bytes(content))) != before
    assert json.loads(of(tmp_path))["headers"] == json.loads(before)["headers"]


def test_the_version_changes_the_fingerprint(tmp_path: Path) -> None:
    assert of(library(tmp_path / "one")) != of(library(tmp_path / "two", version="1.2.4"))


def test_times_and_the_order_of_folders_do_not_change_the_fingerprint(in_memory: Path) -> None:
    one, other = library(in_memory / "one"), library(in_memory / "two")
    for prefix, names in ((one, "abc"), (other, "cba")):
        for name in names:
            (prefix / "include/demo" / name).mkdir()
            (prefix / "include/demo" / name / "x.h").touch()
    os.utime(other / "include/demo/demo.h", (1, 1))

    assert of(one) == of(other)


def test_a_link_to_nothing_among_headers_is_left_out(tmp_path: Path) -> None:
    before = of(library(tmp_path))
    (tmp_path / "include/demo/gone.h").symlink_to("nowhere.h")

    assert of(tmp_path) == before


def test_a_build_identifies_a_dependency_by_the_files_next_to_its_programs(tmp_path: Path) -> None:
    before = of(library(tmp_path / "prefix"))
    programs = tmp_path / "world" / "programs"
    programs.mkdir(parents=True)
    modules = tmp_path / "world" / "external" / "pkgconfig"
    modules.parent.mkdir()
    (tmp_path / "prefix/lib/pkgconfig").rename(modules)

    assert identify(str(programs), "dep:generic/demo", ENTRY) == before
    (modules / "demo.pc").unlink()
    assert json.loads(identify(str(programs), "dep:generic/demo", ENTRY)) == {
        "missing": "pkg-config does not find demo"
    }


def test_the_version_specifier_is_not_compared_again_in_a_build(tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    path = module(tmp_path, "demo", "0.1")
    (tmp_path / "external").mkdir()
    path.parent.rename(tmp_path / "external" / "pkgconfig")

    assert json.loads(identify(str(programs), "dep:generic/demo", ENTRY))["version"] == "0.1"
