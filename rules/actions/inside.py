"""The module that every Python in a build environment loads first: the last rules of the closed world.

The action writes this file into the environment, so it imports none of our modules. Every Python process of a build
loads it, so it does not import `typing` either.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any


def _fixed_temporary_names(tempfile: ModuleType) -> None:
    """Number temporary files instead of naming them at random.

    A backend that builds in a temporary folder writes the folder's name into debug information.
    """

    class Counted:
        def __init__(self) -> None:
            self.count = 0

        def __iter__(self) -> Counted:
            return self

        def __next__(self) -> str:
            self.count += 1
            return f"{self.count:08d}"

    setattr(tempfile, "_RandomNameSequence", Counted)  # noqa: B010 - type checkers do not know this attribute


def _parallel_extensions(build_ext: ModuleType) -> None:
    """Compile a package's extensions in parallel if no two write the same object file."""
    base = build_ext._du_build_ext if hasattr(build_ext, "_du_build_ext") else build_ext._build_ext
    serial = base.build_extensions
    asked = os.environ.get("MAX_JOBS", "")
    jobs = int(asked) if asked.isdigit() else 1

    def objects(extensions: list[Any]) -> list[str]:
        return [
            os.path.splitext(os.path.normpath(source))[0] for extension in extensions for source in extension.sources
        ]

    def is_safe(command: Any) -> bool:
        from setuptools.extension import Library  # type: ignore[import-untyped]

        extensions = command.extensions
        if any(isinstance(extension, Library) for extension in extensions):
            return False
        for kind in type(command).__mro__:
            owner = kind.__module__.split(".")[0]
            if owner not in ("setuptools", "distutils", "Cython", "builtins"):
                if {"build_extensions", "build_extension"} & set(vars(kind)):
                    return False
        written = objects(extensions)
        return len(written) == len(set(written)) and not any(s.endswith(".i") for e in extensions for s in e.sources)

    def build_extensions(self: Any) -> Any:
        if jobs > 1 and not self.parallel and len(self.extensions) > 1 and is_safe(self):
            self.parallel = jobs
        return serial(self)

    base.build_extensions = build_extensions


# What setuptools and others take from the interpreter to compile an extension: here the flags of CPython's own default
# build, and the compilers of the toolchain by their names. https://docs.python.org/3/using/configure.html
_FLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -O3 -Wall"
_COMPILING = {
    "AR": "ar",
    "ARFLAGS": "rcs",
    "BLDSHARED": "cc -pthread -shared",
    "CC": "cc -pthread",
    "CCSHARED": "-fPIC",
    "CFLAGS": _FLAGS,
    "CPP": "cc -E",
    "CXX": "c++ -pthread",
    "LDCXXSHARED": "c++ -pthread -shared",
    "LDSHARED": "cc -pthread -shared",
    "LINKCC": "cc -pthread",
    "MAINCC": "cc -pthread",
    "OPT": "-DNDEBUG -O3 -Wall",
    "PY_CFLAGS": _FLAGS,
}
# The machine's time zones, which the standard library reads.
_KEPT = ("TZPATH",)


def _toolchains_compiler(data: ModuleType) -> None:
    """Replace the compilers, flags and paths with which this Python itself, or that of another platform, was built.

    Bazel compiles with debug information only in the mode ``dbg``:
    https://bazel.build/docs/user-manual#compilation-mode
    """
    variables = data.build_time_vars
    if _TARGET in os.environ:
        import json

        with open(os.environ[_TARGET], encoding="utf-8") as file:
            variables.clear()
            variables.update(json.load(file))
    prefix = str(variables.get("prefix") or "")
    for name, value in variables.items():
        if isinstance(value, str) and name not in _KEPT:
            variables[name] = _without_its_build(value, prefix, sys.base_prefix)
    variables.update(_COMPILING)
    if "FROMAGER_DEBUG_INFORMATION" in os.environ:
        for name in ("CFLAGS", "OPT", "PY_CFLAGS"):
            variables[name] = f"-g {variables[name]}"


def _without_its_build(value: str, prefix: str, home: str) -> str:
    """Return a path of the interpreter at its place in this build; empty text for options and for other paths."""
    if value == prefix or value.startswith(prefix + "/"):
        value = home + value[len(prefix) :]
    elif "/" in value:
        return ""
    has_options = " -" in f" {value}" or "'-" in value
    return "" if has_options or (" " in value and "/" in value) else value


def _as_target() -> None:
    """Report the CPU that wheels are for as the machine's: packages select their sources and flags by it."""
    uname = os.uname

    def of_target() -> os.uname_result:
        return os.uname_result((*uname()[:4], os.environ["_PYTHON_HOST_PLATFORM"].partition("-")[2]))

    os.uname = of_target


# The variables of `sysconfig` of the Python that wheels are for, if that is another one than this Python.
_TARGET = "FROMAGER_TARGET_PYTHON"
_SYSCONFIG_DATA = "_sysconfigdata_"
_ACTIONS: dict[str, Callable[[ModuleType], None]] = {
    "tempfile": _fixed_temporary_names,
    "setuptools.command.build_ext": _parallel_extensions,
    _SYSCONFIG_DATA: _toolchains_compiler,
}


def _action(name: str) -> Callable[[ModuleType], None] | None:
    """Return the function that changes a module, or None.

    `sysconfig` keeps its values in a module whose name depends on the platform, and on Debian's patches.
    """
    return _ACTIONS.get(_SYSCONFIG_DATA if name.startswith(_SYSCONFIG_DATA) else name)


class _AfterImport:
    """Import hook that passes a module to a function after it is loaded; modules that are not imported cost nothing."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        action = _action(name)
        if action is None:
            return None
        for finder in sys.meta_path:
            spec: Any = finder.find_spec(name, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, action)
                return spec
        return None


class _Loader:
    def __init__(self, loader: Any, action: Callable[[ModuleType], None]) -> None:
        self._loader, self._action = loader, action

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._action(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


if _TARGET in os.environ:
    _as_target()
sys.meta_path.insert(0, _AfterImport())
for _name in list(sys.modules):
    _now = _action(_name)
    if _now is not None:
        _now(sys.modules[_name])
