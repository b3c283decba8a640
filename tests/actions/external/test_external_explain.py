"""Explanations of failed builds: real lines of logs, and the dependencies that they lead to."""

import pytest

from actions.external.explain import explanations
from fromager_gen.external import vocabulary

ENTRIES = vocabulary().entries


def names(log: str) -> list[str]:
    """Return the names of the dependencies that a log leads to."""
    texts = explanations(log, "demo", [], ENTRIES)
    return [text.partition(" of dep:")[2].partition(", which")[0] for text in texts]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("src/lxml/etree.c:97:10: fatal error: libxml/xmlversion.h: No such file or directory", "generic/libxml2"),
        ("./psycopg/psycopg.h:36:10: fatal error: 'libpq-fe.h' file not found", "generic/libpq"),
        ("c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory", "generic/libffi"),
        ("foo.c:1:10: fatal error: openssl/x509v3.h: No such file or directory", "generic/openssl"),
        ("/usr/bin/ld: cannot find -lxml2: No such file or directory", "generic/libxml2"),
        ("/usr/bin/ld: cannot find -lodbc", "generic/unixodbc"),
        ("ld.lld: error: unable to find library -lexslt", "generic/libxslt"),
        ("Package 'libcurl', required by 'virtual:world', not found", "generic/curl"),
        ("Package libffi was not found in the pkg-config search path.", "generic/libffi"),
        ("No package 'dbus-1' found", "generic/dbus"),
        ('../cairo/meson.build:31:12: ERROR: Dependency "cairo" not found, tried pkgconfig', "generic/cairo"),
        ("Run-time dependency freetype2 found: NO (tried pkgconfig and cmake)", "generic/freetype"),
        ("../meson.build:4:0: ERROR: Unknown compiler(s): [['gfortran'], ['ifort']]", "virtual/compiler/fortran"),
        ("../meson.build:9:8: ERROR: Program 'patchelf' not found or not executable", "generic/patchelf"),
        ("Program swig found: NO", "generic/swig"),
        ("  Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)", "generic/zlib"),
        ("-- Could NOT find PkgConfig (missing: PKG_CONFIG_EXECUTABLE)", "generic/pkg-config"),
        ('  Could not find a package configuration file provided by "Eigen3" with any of', "generic/eigen"),
        ("Error: pg_config executable not found.", "generic/libpq"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'curl-config'", "generic/curl"),
        ("The headers or library files could not be found for zlib,", "generic/zlib"),
        ("  Could not find directory of OpenSSL installation, and this `-sys` crate cannot", "generic/openssl"),
        ("/bin/sh: 1: bison: not found", "generic/bison"),
        ("build.sh: line 3: /bin/sh: line 3: flex: command not found", "generic/flex"),
    ],
)
def test_a_line_of_a_log_leads_to_a_dependency(line: str, wanted: str) -> None:
    assert names(f"running build_ext\n{line}\ncompilation terminated.\n") == [wanted]


def test_a_line_can_lead_to_two_dependencies() -> None:
    assert names("Error: Please make sure the libxml2 and libxslt development packages are installed.") == [
        "generic/libxml2",
        "generic/libxslt",
    ]


def test_the_exact_name_of_a_thing_counts_more_than_a_similar_one() -> None:
    entries = {"dep:generic/demo": {"libraries": ["other"]}, "dep:generic/x": {"libraries": ["demo"]}}
    (text,) = explanations("/usr/bin/ld: cannot find -ldemo", "a", [], entries)

    assert "'demo' of dep:generic/x" in text


def test_a_thing_of_several_dependencies_leads_to_two_at_most() -> None:
    assert names('meson.build:1:0: ERROR: Dependency "openblas" not found, tried pkgconfig') == [
        "generic/openblas",
        "virtual/interface/blas",
    ]


def test_the_text_says_how_to_declare_and_how_to_install() -> None:
    log = "a.c:1:10: fatal error: libxml/tree.h: No such file or directory\n"

    assert explanations(log, "lxml", ["dep:generic/zlib"], ENTRIES) == [
        "The log names 'libxml/tree.h' of dep:generic/libxml2, which this build does not declare. Declare it: "
        "fromager-gen external add lxml dep:generic/libxml2. It comes with: apt-get install libxml2-dev; or dnf "
        "install libxml2-devel."
    ]


def test_a_dependency_without_packages_has_no_command() -> None:
    entries = {"dep:generic/own": {"headers": ["own.h"]}}
    (text,) = explanations("a.c:1:1: fatal error: own.h: No such file or directory", "demo", [], entries)

    assert text.endswith("fromager-gen external add demo dep:generic/own.")


def test_a_declared_dependency_has_another_text() -> None:
    log = "a.c:1:10: fatal error: libxml/new.h: No such file or directory\n"

    assert explanations(log, "lxml", ["dep:generic/zlib", "dep:generic/libxml2@>=2.9"], ENTRIES) == [
        "The log names 'libxml/new.h' of dep:generic/libxml2, which this build got. Its version may be too old or too "
        "new."
    ]


def test_each_dependency_is_named_once_in_the_order_of_the_log() -> None:
    log = (
        "a.c:1:10: fatal error: libxslt/xslt.h: No such file or directory\n"
        "b.c:1:10: fatal error: libxml/tree.h: No such file or directory\n"
        "/usr/bin/ld: cannot find -lxslt\n"
    )

    assert names(log) == ["generic/libxslt", "generic/libxml2"]
    assert "'libxslt/xslt.h'" in explanations(log, "demo", [], ENTRIES)[0]


@pytest.mark.parametrize(
    "line",
    [
        "demo.c:2:10: fatal error: Python.h: No such file or directory",
        "demo.c:2:10: fatal error: demo/generated.h: No such file or directory",
        "demo.c:9:3: error: 'xmlNodePtr' undeclared (first use in this function)",
        "error: command '/usr/bin/gcc' failed with exit code 1",
        "ModuleNotFoundError: No module named 'numpy'",
        "FileNotFoundError: [Errno 2] No such file or directory: 'README.md'",
        "Run-time dependency cairo found: YES 1.16.0",
        "Program cmake found: YES (/usr/bin/cmake)",
        "-- Found ZLIB: /usr/lib/libz.so (found version 1.2.13)",
        "/bin/sh: 1: cc: not found",
        "/bin/sh: 1: c++: not found",
        "/usr/bin/ld: cannot find -ldemo_of_nobody",
        "error: failed to run custom build command for `demo-sys v0.1.0`",
        "writing libxml2 and libxslt to the log",
        "",
    ],
)
def test_other_lines_lead_to_nothing(line: str) -> None:
    assert names(line) == []


def test_only_the_end_of_a_log_and_the_start_of_a_line_are_read() -> None:
    line = "/usr/bin/ld: cannot find -lxml2"

    assert names(f"{line}\n" + "x\n" * 399) == ["generic/libxml2"]
    assert names(f"{line}\n" + "x\n" * 400) == []
    assert names("x" * 1000 + line) == []


@pytest.mark.timeout(60)
def test_a_hostile_line_takes_no_long_time() -> None:
    for line in ("fatal error: " + "a/" * 5000, "Package '" + "a" * 9000, "Program " + "a." * 5000):
        assert names("\n".join([line] * 400)) == []
