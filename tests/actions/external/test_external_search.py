"""The search for external dependencies on a machine: a prefix in the folder of the test takes the part of /usr."""

import shutil
from pathlib import Path

import pytest
from support.elf import NEEDS_CC, compiled
from support.external import NEEDS_PKG_CONFIG, SYSTEM, library, module, program

from actions.external.definition import Definition, definition
from actions.external.search import Found, Machine, is_of_the_system, search

DEMO = Definition("dep:generic/demo", pkg_config=("demo",), config_programs=("demo-config",), headers=("demo.h",))


def machine(prefix: Path) -> Machine:
    return Machine(f"{prefix}/bin:{SYSTEM}", only_modules=f"{prefix}/lib/pkgconfig")


def found(wanted: Definition, where: Machine, specifier: str = "") -> Found:
    result = search(wanted, specifier, where)
    assert isinstance(result, Found), result
    return result


@NEEDS_PKG_CONFIG
def test_pkg_config_leads_to_headers_and_libraries(tmp_path: Path) -> None:
    library(tmp_path)
    one = found(DEMO, machine(tmp_path))

    assert one.version == "1.2.3"
    assert one.programs == {"pkg-config": shutil.which("pkg-config", path=SYSTEM)}
    assert one.modules == {"demo": f"{tmp_path}/lib/pkgconfig/demo.pc"}
    assert one.headers == (f"{tmp_path}/include/demo", f"{tmp_path}/include/demo/demo.h")
    assert one.libraries == (f"{tmp_path}/lib/libdemo.so",)
    assert one.loaded == {}


@NEEDS_PKG_CONFIG
def test_folders_of_modules_are_added_to_those_of_pkg_config(tmp_path: Path) -> None:
    library(tmp_path)

    assert found(DEMO, Machine(SYSTEM, modules=f"{tmp_path}/lib/pkgconfig")).version == "1.2.3"
    assert isinstance(search(DEMO, "", Machine(SYSTEM, only_modules=str(tmp_path))), str)


@NEEDS_PKG_CONFIG
def test_modules_that_a_module_requires_are_found_with_it(tmp_path: Path) -> None:
    library(tmp_path, "demo")
    module(tmp_path, "demo", "1", "Requires: second >= 1", "Requires.private: third")
    module(tmp_path, "second", "1", "Requires: fourth")
    module(tmp_path, "third")
    module(tmp_path, "fourth", "1", "Requires.private: third")
    module(tmp_path, "unused")

    assert sorted(found(DEMO, machine(tmp_path)).modules) == ["demo", "fourth", "second", "third"]


@NEEDS_PKG_CONFIG
def test_all_modules_must_be_there(tmp_path: Path) -> None:
    library(tmp_path)
    wanted = DEMO._replace(pkg_config=("demo", "demo-extra"), config_programs=(), headers=())

    assert search(wanted, "", machine(tmp_path)) == "pkg-config does not find demo-extra"
    module(tmp_path, "demo-extra")
    assert sorted(found(wanted, machine(tmp_path)).modules) == ["demo", "demo-extra"]


@NEEDS_PKG_CONFIG
@pytest.mark.parametrize(
    ("version", "specifier", "problem"),
    [
        ("1.2.3", ">=1.2,<2", ""),
        ("1.2.3", ">=1.3", "version 1.2.3 is there, but >=1.3 is needed"),
        ("1.2.3", "<1.2", "version 1.2.3 is there, but <1.2 is needed"),
        ("1.10", ">=1.9", ""),
    ],
)
def test_the_version_must_be_one_that_will_do(tmp_path: Path, version: str, specifier: str, problem: str) -> None:
    library(tmp_path, version=version)
    result = search(DEMO, specifier, machine(tmp_path))

    assert result == problem if problem else isinstance(result, Found)


@NEEDS_PKG_CONFIG
def test_the_config_program_is_found_beside_the_module(tmp_path: Path) -> None:
    library(tmp_path)
    path = program(tmp_path / "bin" / "demo-config", "exit 1")

    assert found(DEMO, machine(tmp_path)).programs["demo-config"] == str(path)


def test_a_config_program_leads_to_headers_and_libraries(tmp_path: Path) -> None:
    library(tmp_path)
    script = f"""case "$1" in
--cflags) echo "-O2 -I{tmp_path}/include/demo -Irelative" ;;
--libs) echo "-L{tmp_path}/lib -ldemo -lm" ;;
--version) echo "demo 4.5.6-beta" ;;
*) exit 1 ;;
esac"""
    path = program(tmp_path / "bin" / "demo-config", script)
    one = found(DEMO._replace(pkg_config=()), machine(tmp_path), ">=4.5")

    assert one.version == "4.5.6-beta" and one.modules == {}
    assert one.programs == {"demo-config": str(path)}
    assert one.headers == (f"{tmp_path}/include/demo", f"{tmp_path}/include/demo/demo.h")
    assert one.libraries[0] == f"{tmp_path}/lib/libdemo.so"


def test_a_config_program_can_print_folders_only(tmp_path: Path) -> None:
    """As `pg_config` does: https://www.postgresql.org/docs/current/app-pgconfig.html."""
    library(tmp_path)
    script = f"""case "$1" in
--includedir) echo "{tmp_path}/include/demo" ;;
--libdir) echo "{tmp_path}/lib" ;;
*) exit 1 ;;
esac"""
    program(tmp_path / "bin" / "demo-config", script)
    one = found(DEMO._replace(pkg_config=(), libraries=("demo",)), machine(tmp_path))

    assert one.version == ""
    assert one.headers == (f"{tmp_path}/include/demo", f"{tmp_path}/include/demo/demo.h")
    assert one.libraries == (f"{tmp_path}/lib/libdemo.so",)
    assert search(DEMO._replace(pkg_config=()), ">=1", machine(tmp_path)) == (
        "version unknown is there, but >=1 is needed"
    )


@NEEDS_CC
@NEEDS_PKG_CONFIG
def test_shared_libraries_and_those_that_they_load_are_found(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    other = compiled(tmp_path, "int other(void) { return 1; }", "-Wl,-soname,libother.so.2")
    (tmp_path / "lib" / "libother.so.2").write_bytes(other)
    code = "int other(void); int demo(void) { return other(); }"
    demo = compiled(tmp_path, code, "-Wl,-soname,libdemo.so.1", f"{tmp_path}/lib/libother.so.2", "-Wl,--no-as-needed")
    library(tmp_path)
    (tmp_path / "lib" / "libdemo.so").unlink()
    (tmp_path / "lib" / "libdemo.so.1.0").write_bytes(demo)
    (tmp_path / "lib" / "libdemo.so").symlink_to("libdemo.so.1.0")

    assert found(DEMO, machine(tmp_path)).loaded == {
        "libdemo.so.1": f"{tmp_path.resolve()}/lib/libdemo.so.1.0",
        "libother.so.2": f"{tmp_path.resolve()}/lib/libother.so.2",
    }


def test_a_program_states_its_version(tmp_path: Path) -> None:
    path = program(tmp_path / "bin" / "tool", 'test "$1" = --version && echo "tool version 3.25.1"')
    wanted = Definition("dep:generic/tool", programs=("tool",), headers=("no/such.h",), pkg_config=("no-such",))
    one = found(wanted, Machine(f"{tmp_path}/bin"), ">=3.20")

    assert (one.version, one.programs) == ("3.25.1", {"tool": str(path)})
    assert search(wanted, ">=4", Machine(f"{tmp_path}/bin")) == "version 3.25.1 is there, but >=4 is needed"


def test_all_programs_must_be_there(tmp_path: Path) -> None:
    program(tmp_path / "one", "exit 0")
    wanted = Definition("dep:generic/tool", programs=("one", "two", "three"))

    assert search(wanted, "", Machine(str(tmp_path))) == "no program two three on PATH"


def test_a_program_that_fails_has_no_version(tmp_path: Path) -> None:
    program(tmp_path / "tool", "echo 1.2; exit 3")

    assert found(Definition("dep:generic/tool", programs=("tool",)), Machine(str(tmp_path))).version == ""


def test_what_is_missing_is_said_for_each_way(tmp_path: Path) -> None:
    entry = {
        "pkg_config": ["d"],
        "config_programs": ["d-config", "e-config"],
        "headers": ["d/no.h"],
        "libraries": ["nod"],
    }

    assert search(definition("dep:generic/d", entry), "", Machine(str(tmp_path))) == (
        "no program pkg-config on PATH; no program d-config or e-config on PATH; "
        "no d/no.h and no libnod.so in the usual folders"
    )


@pytest.mark.skipif(not Path("/usr/include/stdio.h").exists(), reason="the C library has no headers here")
def test_a_header_in_the_usual_folders_is_found_without_programs(tmp_path: Path) -> None:
    one = found(Definition("dep:generic/c", headers=("stdio.h", "no/such.h")), Machine(str(tmp_path)))

    assert one == Found("", {}, {}, ("/usr/include/stdio.h",), (), {})


@pytest.mark.parametrize("name", ["libc.so.6", "libstdc++.so.6", "ld-linux-x86-64.so.2", "libgcc_s.so.1", "libm.so"])
def test_libraries_of_the_compiler_belong_to_the_system(name: str) -> None:
    assert is_of_the_system(name)


@pytest.mark.parametrize("name", ["libxml2.so.2", "libcrypto.so.3", "libc++.so.1", "libmagic.so.1", "libcurl.so.4"])
def test_other_libraries_do_not_belong_to_the_system(name: str) -> None:
    assert not is_of_the_system(name)
