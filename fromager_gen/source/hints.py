"""What the files of a source say about libraries and programs outside of Python. Nothing of the source is run.

Build scripts are programs, so most of what can be read in them is a guess: a search may be optional, or for another
platform. https://mesonbuild.com/Reference-manual_functions.html and https://cmake.org/cmake/help/latest/ describe the
calls.
"""

import ast
import logging
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from fromager_gen.errors import SourceError
from fromager_gen.source.archive import SourceArchive

_log = logging.getLogger(__name__)
READ_FOR_HINTS = (
    "pyproject.toml", "setup.py", "setup.cfg", "meson.build", "CMakeLists.txt", "Cargo.toml", "Cargo.lock", "PKG-INFO",
)  # fmt: skip
# Folders with code of others, which a source builds itself, and with code that no wheel contains.
_OTHERS = re.compile(
    r"\b(vendor(ed)?|third[_-]?party|subprojects|extern(al)?s?|deps|bundled|contrib|examples?|tests?|docs?|"
    r"benchmarks?|fuzz)\b"
)
# What uses each build system, in pyproject.toml or setup.py.
_USERS = {"CMakeLists.txt": re.compile(r"scikit[-_]build|skbuild|cmake"), "meson.build": re.compile(r"meson")}
_DEPTH = 3
_OPTIONAL = re.compile(r"required\s*:\s*(false|get_option)|disabler\s*:\s*true")
_MESON_CALL = re.compile(
    r"\b(dependency|find_library|find_program)\s{0,9}\(\s{0,9}'([\w.+/-]{1,80})'([^()]{0,500}(?:\([^()]{0,500}\)[^()]{0,500}){0,3})\)"
)
_MESON_LANGUAGES = re.compile(r"\b(?:project|add_languages)\s{0,9}\(([^()]{0,2000})\)")
_CMAKE_PACKAGE = re.compile(r"\bfind_package\s{0,9}\(\s{0,9}([\w+-]{1,80})([^()]{0,2000})\)", re.IGNORECASE)
_CMAKE_MODULES = re.compile(
    r"\bpkg_(?:check|search)_modules?\s{0,9}\(\s{0,9}\w{1,80}\s([^()]{0,2000})\)", re.IGNORECASE
)
_CMAKE_LANGUAGES = re.compile(r"\b(?:enable_language|project)\s{0,9}\(([^()]{0,2000})\)", re.IGNORECASE)
_CONFIG = re.compile(r"[a-z0-9_.+]{2,40}[-_]config(-\d+)?")
# Words of the calls of CMake that are no names of modules.
_CMAKE_WORDS = {"REQUIRED", "QUIET", "IMPORTED_TARGET", "GLOBAL", "NO_CMAKE_PATH", "NO_CMAKE_ENVIRONMENT_PATH"}
# Packages that CMake finds in the build environment or in itself.
_CMAKE_OWN = {"python", "python3", "pythoninterp", "pythonlibs", "pybind11", "nanobind", "numpy", "cython", "threads",
              "git", "pkgconfig", "swig", "doxygen", "openmp", "skbuild", "scikit-build"}  # fmt: skip
_CUDA = re.compile(r"\bCUDAExtension\b|\bfind_package\s*\(\s*CUDA|\benable_language\s*\(\s*CUDA|cuda_add_library")
# Crates that build or link a C library of the machine, and the modules of pkg-config that they look for. Others bring
# their library along.
_SYSTEM_CRATES = {"openssl-sys": "openssl", "libdbus-sys": "dbus-1", "alsa-sys": "alsa", "libudev-sys": "libudev"}


class Hint(NamedTuple):
    """One statement of a file."""

    kind: str
    """``module``, ``library``, ``program``, ``name``, ``language``, ``accelerator``, ``rust`` or ``external``."""
    thing: str
    """The module of pkg-config, or the name of another kind."""
    where: str
    """File in the source."""
    is_required: bool = True


def hints_of(source: SourceArchive, build_dir: str = ".") -> list[Hint]:
    """Return what a source says about its needs, each once.

    Args:
        source: the source, read with READ_FOR_HINTS.
        build_dir: folder with the project.
    """
    start = "" if build_dir == "." else f"{build_dir}/"
    scripts = [_text(source, f"{start}{name}") for name in ("pyproject.toml", "setup.py")]
    found: list[Hint] = []
    for name, reader in _READERS.items():
        if name in _USERS and not (source.has(f"{start}{name}") and _USERS[name].search("".join(scripts))):
            continue
        for path in source.paths(name):
            if path.startswith(start) and _is_own(name, path.removeprefix(start)):
                found += _hints(reader, source, path)
    return list(dict.fromkeys(found))


def _text(source: SourceArchive, path: str) -> str:
    return (source.data(path) or b"").decode("utf-8", "replace")


def _is_own(name: str, path: str) -> bool:
    """Return whether a file belongs to the build of the project itself."""
    is_nested = "/" in path and name in ("setup.py", "pyproject.toml")
    return not is_nested and not _OTHERS.search(path) and path.count("/") <= _DEPTH


def _hints(reader: Callable[[str, str], Iterator[Hint]], source: SourceArchive, path: str) -> list[Hint]:
    try:
        return list(reader(_text(source, path), path))
    except (SourceError, SyntaxError, ValueError, RecursionError, MemoryError, TypeError, AttributeError) as err:
        _log.debug("%s: %s says nothing about external needs: %s", source.name, path, err)
        return []


def _pyproject(text: str, path: str) -> Iterator[Hint]:
    table = tomllib.loads(text).get("external", {})
    for key in ("build-requires", "host-requires"):
        for one in table.get(key, []):
            yield Hint("external", str(one), path)


def _setup(text: str, path: str) -> Iterator[Hint]:
    """Read the calls and texts of a setup.py."""
    if _CUDA.search(text):
        yield Hint("accelerator", "cuda", path, is_required=False)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield from _call(node, path)
        elif isinstance(node, ast.List | ast.Tuple):
            words = _texts(node)
            if words and words[0] in ("pkg-config", "pkgconf"):
                yield from (Hint("module", word, path) for word in words[1:] if not word.startswith("-"))
            elif words and _CONFIG.fullmatch(words[0]):
                yield Hint("program", words[0], path)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _CONFIG.fullmatch(node.value):
            yield Hint("program", node.value, path, is_required=False)


def _call(node: ast.Call, path: str) -> Iterator[Hint]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    owner = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
    if name.endswith("Extension"):
        for keyword in node.keywords:
            if keyword.arg == "libraries":
                yield from (Hint("library", one, path) for one in _texts(keyword.value))
    elif owner == "pkgconfig" and node.args:
        yield from (
            Hint("module", word, path, name != "exists") for one in _texts(node.args[0]) for word in one.split()
        )


def _texts(node: ast.AST) -> list[str]:
    """Return the texts of a text or a list."""
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _meson(text: str, path: str) -> Iterator[Hint]:
    text = re.sub(r"(?m)#.*$", "", text)
    kinds = {"dependency": "module", "find_library": "library", "find_program": "program"}
    for call, name, rest in _MESON_CALL.findall(text):
        if call == "dependency" and name in ("python", "python3", "numpy", "pybind11", "threads", "openmp", "cython"):
            continue
        yield Hint(kinds[call], name, path, _OPTIONAL.search(rest) is None)
    for arguments in _MESON_LANGUAGES.findall(text):
        languages = set(re.findall(r"'(\w+)'", arguments))
        for language in ("fortran", "cuda", "rust"):
            if language in languages:
                yield Hint("language", language, path, _OPTIONAL.search(arguments) is None)


def _cmake(text: str, path: str) -> Iterator[Hint]:
    text = re.sub(r"(?m)#.*$", "", text)
    for name, rest in _CMAKE_PACKAGE.findall(text):
        if name.lower() not in _CMAKE_OWN:
            yield Hint("name", name, path, "REQUIRED" in rest)
    for arguments in _CMAKE_MODULES.findall(text):
        words = arguments.split()
        for word in words:
            if word not in _CMAKE_WORDS and re.fullmatch(r"[\w.+-]+", word):
                yield Hint("module", word, path, "REQUIRED" in words)
    for arguments in _CMAKE_LANGUAGES.findall(text):
        for language in ("Fortran", "CUDA"):
            if language in arguments.split():
                yield Hint("language", language.lower(), path)


def _cargo(text: str, path: str) -> Iterator[Hint]:
    document: dict[str, Any] = tomllib.loads(text)
    tables = (document.get("package", {}), document.get("workspace", {}).get("package", {}))
    for version in (table.get("rust-version") for table in tables):
        if isinstance(version, str):
            yield Hint("rust", version, path)


def _crates(text: str, path: str) -> Iterator[Hint]:
    names = set(re.findall(r'(?m)^name = "([\w-]+)"$', text))
    for crate, module in _SYSTEM_CRATES.items():
        if crate in names:
            # A vendored openssl is built from its source.
            yield Hint("module", module, path, f"{crate.removesuffix('-sys')}-src" not in names)


_READERS: dict[str, Callable[[str, str], Iterator[Hint]]] = {
    "setup.py": _setup,
    "meson.build": _meson,
    "CMakeLists.txt": _cmake,
    "Cargo.toml": _cargo,
    "Cargo.lock": _crates,
    "pyproject.toml": _pyproject,
}
