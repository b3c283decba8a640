"""Call one function of a plugin as Fromager does: with the arguments that it takes, by name."""

import importlib
import json
import logging
import pathlib
import traceback
from collections.abc import Iterable
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from fromager import _build, build_environment, context, overrides, packagesettings

_log = logging.getLogger("fromager")


class _Lines(logging.Handler):
    """Writes each record as a line of JSON: the host logs it again after the build."""

    def __init__(self, path: str) -> None:
        super().__init__(logging.DEBUG)
        self._file = open(path, "a", encoding="utf-8")

    def emit(self, record: logging.LogRecord) -> None:
        line = {"level": record.levelno, "logger": record.name, "text": record.getMessage()}
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def answer(call: dict[str, Any]) -> object:
    """Call the function that the data names; return its checked result as data of JSON.

    Raises:
        SystemExit: the function raised an exception, whose traceback is printed, or its result has another form.
    """
    logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger().addHandler(_Lines(call["log"]))
    _build.begin(call)
    function = call["function"]
    try:
        method = getattr(importlib.import_module(call["module"]), function)
        arguments = _arguments(call)
        result = overrides.invoke(method, **arguments)
        _log.info("%s: override method %s returned %s", call["package"], function, result)
        return _ANSWERS[function](result, arguments)
    except Exception as err:
        traceback.print_exc()
        raise SystemExit(f"{function} of the plugin {call['module']} failed: {type(err).__name__}: {err}") from err


def _arguments(call: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments that Fromager gives to the function."""
    ctx = context.WorkContext.of_build(call)
    req = Requirement(call["package"])
    root = pathlib.Path(call["source_root"])
    build_dir = root / call["build_dir"]
    build_env = build_environment.BuildEnvironment(ctx=ctx, req=req, sdist_root_dir=root)
    of_source = {"ctx": ctx, "req": req, "sdist_root_dir": root}
    of_env = {**of_source, "build_env": build_env, "extra_environ": dict(call["extra_environ"])}
    version = Version(call["version"])
    settings = packagesettings.config_settings(call)
    by_function: dict[str, dict[str, Any]] = {
        "add_extra_metadata_to_wheels": {
            **of_source,
            "version": version,
            "extra_environ": dict(call["extra_environ"]),
            "dist_info_dir": pathlib.Path(call.get("dist_info_dir", "")),
        },
        "build_sdist": {**of_env, "version": version, "build_dir": build_dir},
        "build_wheel": {**of_env, "version": version, "build_dir": build_dir},
        "get_build_backend_dependencies": {**of_env, "build_dir": build_dir},
        "get_build_sdist_dependencies": {**of_env, "build_dir": build_dir},
        "get_build_system_dependencies": {**of_source, "build_dir": build_dir},
        "get_install_dependencies_of_sdist": {
            **of_env,
            "version": version,
            "build_dir": build_dir,
            "config_settings": settings,
        },
        "prepare_source": {
            "ctx": ctx,
            "req": req,
            "source_filename": pathlib.Path(call.get("source_filename", "")),
            "version": version,
        },
        "update_extra_environ": {**of_env, "version": version},
    }
    return by_function[call["function"]]


def _requirements(result: Any, _: dict[str, Any]) -> list[str]:
    if isinstance(result, str) or not isinstance(result, Iterable):
        raise TypeError(f"it must return a list of requirements, not {result!r}")
    texts = list(result)
    if not all(isinstance(one, str | Requirement) for one in texts):
        raise TypeError(f"it must return requirements as texts or objects, not {texts!r}")
    return sorted({str(Requirement(str(one))) for one in texts})


def _metadata(result: Any, arguments: dict[str, Any]) -> str:
    head = f"Metadata-Version: 2.1\nName: {arguments['req'].name}\nVersion: {arguments['version']}\n"
    return head + "".join(f"Requires-Dist: {one}\n" for one in _requirements(result, arguments))


def _variables(_: Any, arguments: dict[str, Any]) -> dict[str, str]:
    """Return the variables, which the function changed in place."""
    variables: dict[str, str] = arguments["extra_environ"]
    if not all(isinstance(one, str) for pair in variables.items() for one in pair):
        raise TypeError("names and values of extra_environ must be texts")
    return variables


def _source(result: Any, arguments: dict[str, Any]) -> str:
    folder = result[0] if isinstance(result, tuple) and len(result) == 2 else result
    if not isinstance(folder, pathlib.Path):
        raise TypeError(f"prepare_source must return a path, or a path and a bool, not {result!r}")
    if folder.resolve().parent.parent != arguments["ctx"].work_dir.resolve():
        raise ValueError(f"prepare_source returned {folder}, which is not a folder WORK_DIR/NAME/NAME")
    return str(folder)


def _sdist(result: Any, _: dict[str, Any]) -> str:
    if not isinstance(result, pathlib.Path):
        raise TypeError(f"build_sdist must return a path, not {result!r}")
    return str(result)


def _built(_: Any, arguments: dict[str, Any]) -> None:
    folder = arguments["ctx"].wheels_build
    if len(list(folder.glob("*.whl"))) != 1:
        raise ValueError(f"it must write one wheel to ctx.wheels_build, which has {sorted(folder.iterdir())}")


def _added(result: Any, _: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(result, dict):
        _log.warning("add_extra_metadata_to_wheels must return a dict, not %r; nothing is added", result)
        return {}
    return result


_ANSWERS = {
    "add_extra_metadata_to_wheels": _added,
    "build_sdist": _sdist,
    "build_wheel": _built,
    "get_build_backend_dependencies": _requirements,
    "get_build_sdist_dependencies": _requirements,
    "get_build_system_dependencies": _requirements,
    "get_install_dependencies_of_sdist": _metadata,
    "prepare_source": _source,
    "update_extra_environ": _variables,
}
