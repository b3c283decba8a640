"""What the files of a source say about its needs outside of Python; nothing of the source is run."""

import pytest

from fromager_gen.source.archive import SourceArchive
from fromager_gen.source.hints import Hint, hints_of


def hints(files: dict[str, str], build_dir: str = ".") -> list[Hint]:
    return hints_of(SourceArchive({name: text.encode() for name, text in files.items()}, "a-1.0.tar.gz"), build_dir)


def of(path: str, text: str, pyproject: str = "") -> list[tuple[str, str, bool]]:
    """Return the hints of one file without its path, which is checked."""
    found = hints({path: text, "pyproject.toml": pyproject})
    assert all(hint.where == path for hint in found)
    return [(hint.kind, hint.thing, hint.is_required) for hint in found]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Extension('a', libraries=['xml2', 'm'])", [("library", "xml2", True), ("library", "m", True)]),
        ("setuptools.Extension('a', [], libraries=('pq',))", [("library", "pq", True)]),
        ("CUDAExtension('a', libraries=['x'])", [("accelerator", "cuda", False), ("library", "x", True)]),
        ("Extension('a', libraries=found())", []),
        ("other('a', libraries=['xml2'])", []),
        ("pkgconfig.parse('libxml-2.0 libxslt')", [("module", "libxml-2.0", True), ("module", "libxslt", True)]),
        ("pkgconfig.exists('zlib')", [("module", "zlib", False)]),
        ("pkgconfig.parse(name)", []),
        ("other.parse('zlib')", []),
        (
            "run(['pkg-config', '--libs', 'libffi', 'zlib'])",
            [("module", "libffi", True), ("module", "zlib", True), ("program", "pkg-config", False)],
        ),
        ("run(('pkgconf', 'x'))", [("module", "x", True)]),
        ("run(['pg_config', '--libdir'])", [("program", "pg_config", True), ("program", "pg_config", False)]),
        ("NAME = 'xml2-config'", [("program", "xml2-config", False)]),
        ("NAME = 'pg_config is missing'", []),
        ("# run(['pkg-config', 'x'])", []),
        ("", []),
    ],
)
def test_calls_of_a_setup_py_are_hints(text: str, wanted: list[tuple[str, str, bool]]) -> None:
    assert sorted(of("setup.py", text)) == sorted(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = dependency('cairo', version: '>=1')", [("module", "cairo", True)]),
        ("x = dependency('cairo', required: false)", [("module", "cairo", False)]),
        ("x = dependency('cairo',\n  fallback: ['a', 'b'],\n  required : false)", [("module", "cairo", False)]),
        ("x = dependency('cairo', required: get_option('cairo'))", [("module", "cairo", False)]),
        ("x = dependency('cairo', disabler: true)", [("module", "cairo", False)]),
        ("x = dependency('cairo', required: true)", [("module", "cairo", True)]),
        ("x = dependency('threads')\ny = dependency('numpy')", []),
        ("x = cc.find_library('m', required: false)", [("library", "m", False)]),
        ("x = find_program('swig')", [("program", "swig", True)]),
        ("# dependency('cairo')", []),
        ("project('a', 'c', 'fortran', version: '1')", [("language", "fortran", True)]),
        ("project('a', 'c')\nadd_languages('fortran', required: false)", [("language", "fortran", False)]),
        ("add_languages('cuda')", [("language", "cuda", True)]),
        ("project('a', 'c', 'cpp')", []),
    ],
)
def test_calls_of_a_meson_build_are_hints(text: str, wanted: list[tuple[str, str, bool]]) -> None:
    assert of("meson.build", text, 'build-backend = "mesonpy"') == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("find_package(OpenSSL 3 REQUIRED)", [("name", "OpenSSL", True)]),
        ("FIND_PACKAGE( ZLIB )", [("name", "ZLIB", False)]),
        ("find_package(Python 3 REQUIRED)\nfind_package(pybind11)\nfind_package(Threads REQUIRED)", []),
        ("# find_package(OpenSSL REQUIRED)", []),
        ("pkg_check_modules(X REQUIRED IMPORTED_TARGET libffi)", [("module", "libffi", True)]),
        ("pkg_search_module(X a b)", [("module", "a", False), ("module", "b", False)]),
        ("pkg_check_modules(X ${NAMES})", []),
        ("project(a LANGUAGES C Fortran)", [("language", "fortran", True)]),
        ("enable_language(CUDA)", [("language", "cuda", True)]),
        ("project(a LANGUAGES CXX)", []),
    ],
)
def test_calls_of_a_cmake_file_are_hints(text: str, wanted: list[tuple[str, str, bool]]) -> None:
    assert of("CMakeLists.txt", text, 'requires = ["scikit-build-core"]') == wanted


@pytest.mark.parametrize("pyproject", ["", 'requires = ["setuptools"]'])
def test_files_of_a_build_system_that_nothing_uses_say_nothing(pyproject: str) -> None:
    assert of("CMakeLists.txt", "find_package(OpenSSL REQUIRED)", pyproject) == []
    assert of("meson.build", "dependency('cairo')", pyproject) == []


def test_a_setup_py_can_use_cmake() -> None:
    files = {"setup.py": "run(['cmake', '.'])", "CMakeLists.txt": "find_package(OpenSSL REQUIRED)"}

    assert hints(files) == [Hint("name", "OpenSSL", "CMakeLists.txt")]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[package]\nname = "a"\nrust-version = "1.74"\n', ["1.74"]),
        ('[workspace.package]\nrust-version = "1.80.1"\n', ["1.80.1"]),
        ("[package]\nrust-version.workspace = true\n", []),
        ('[package]\nname = "a"\n', []),
    ],
)
def test_the_oldest_rust_is_that_of_the_manifest(text: str, wanted: list[str]) -> None:
    assert of("Cargo.toml", text) == [("rust", version, True) for version in wanted]


@pytest.mark.parametrize(
    ("crates", "wanted"),
    [
        (["openssl-sys"], [("module", "openssl", True)]),
        (["openssl-sys", "openssl-src"], [("module", "openssl", False)]),
        (["alsa-sys", "libudev-sys"], [("module", "alsa", True), ("module", "libudev", True)]),
        (["openssl", "libz-sys"], []),
    ],
)
def test_crates_that_link_libraries_of_the_machine_are_hints(
    crates: list[str], wanted: list[tuple[str, str, bool]]
) -> None:
    text = "".join(f'[[package]]\nname = "{name}"\nversion = "1.0.0"\n\n' for name in crates)

    assert of("Cargo.lock", text) == wanted


def test_the_table_external_is_read() -> None:
    text = (
        '[external]\nbuild-requires = ["dep:virtual/compiler/c"]\nhost-requires = ["dep:generic/zlib@>=1.2"]\n'
        'dependencies = ["dep:generic/git"]\n'
    )

    assert of("pyproject.toml", text, text) == [
        ("external", "dep:virtual/compiler/c", True),
        ("external", "dep:generic/zlib@>=1.2", True),
    ]


@pytest.mark.parametrize(
    "folder",
    ["vendor", "src/third_party", "third-party/x", "subprojects/a", "examples", "tests", "external", "doc/../docs"],
)
def test_folders_with_code_of_others_are_left_out(folder: str) -> None:
    files = {
        "pyproject.toml": 'build-backend = "mesonpy"',
        "meson.build": "",
        f"{folder}/meson.build": "dependency('cairo')",
        f"{folder}/Cargo.toml": '[package]\nrust-version = "1.74"\n',
    }

    assert hints(files) == []


def test_files_in_folders_of_the_project_are_read_but_not_deep_ones() -> None:
    files = {
        "pyproject.toml": "meson",
        "meson.build": "",
        "src/a/meson.build": "dependency('a')",
        "src/a/b/meson.build": "dependency('b')",
        "src/a/b/c/meson.build": "dependency('c')",
        "src/setup.py": "run(['pkg-config', 'd'])",
        "src/pyproject.toml": '[external]\nhost-requires = ["dep:generic/zlib"]\n',
    }

    assert sorted(hint.thing for hint in hints(files)) == ["a", "b"]


def test_only_the_folder_of_the_project_is_read() -> None:
    files = {"setup.py": "pkgconfig.parse('a')", "python/setup.py": "pkgconfig.parse('b')"}

    assert hints(files) == [Hint("module", "a", "setup.py")]
    assert hints(files, "python") == [Hint("module", "b", "python/setup.py")]


def test_a_statement_is_given_once() -> None:
    assert of("setup.py", "pkgconfig.parse('a')\n" * 3) == [("module", "a", True)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.py", "print 'of Python 2', ['pkg-config', 'a']"),
        ("setup.py", "run(['pkg-config', 'a'])\0"),
        ("setup.py", "(" * 5000 + "['pkg-config', 'a']"),
        ("Cargo.toml", "[package\nrust-version = '1'"),
        ("Cargo.toml", "package = 1"),
        ("Cargo.toml", "[package]\nrust-version = 1.7"),
        ("pyproject.toml", "[external"),
        ("pyproject.toml", "external = 1"),
        ("pyproject.toml", "[external]\nhost-requires = 1"),
    ],
)
def test_a_file_that_can_not_be_read_says_nothing(path: str, text: str) -> None:
    assert hints({path: text}) == []


def test_a_file_that_can_not_be_read_does_not_hide_others(logged: list[str]) -> None:
    files = {"setup.py": "print 'x'", "Cargo.toml": '[package]\nrust-version = "1.74"\n'}

    assert hints(files) == [Hint("rust", "1.74", "Cargo.toml")]
    assert [row for row in logged if "setup.py says nothing about external needs" in row]
