"""Action: ask a source's backend for its build requirements or metadata, in the same closed world as its wheel."""

import json
from collections.abc import Callable
from pathlib import Path

from actions import arguments
from actions.errors import ActionError
from actions.world import backend
from actions.world.backend import Backend

# Functions of plugins.
BUILD_SYSTEM = "get_build_system_dependencies"
BUILD_BACKEND = "get_build_backend_dependencies"
BUILD_SDIST = "get_build_sdist_dependencies"
INSTALL = "get_install_dependencies_of_sdist"


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.backend_parser(__doc__)
    parser.add_argument("--question", required=True, choices=tuple(_QUESTIONS))
    values = parser.values(argv)
    request = arguments.backend_request(values)
    what, ask = _QUESTIONS[values["question"]]
    backend.call(request, f"could not report {what}", lambda ready: ask(request.out, ready))


def _build_system(out: Path, ready: Backend) -> None:
    """Write the requirements that a plugin states in place of build-system.requires."""
    plugin = ready.plugin
    _write(out, plugin.call(BUILD_SYSTEM, ready.runner) if plugin is not None else ready.system.requires)


def _build_requires(out: Path, ready: Backend) -> None:
    """Write the requirements of the backend, or of the plugin in its place."""
    plugin = ready.plugin
    is_overridden = plugin is not None and plugin.has(BUILD_BACKEND)
    _write(out, plugin.call(BUILD_BACKEND, ready.runner) if plugin and is_overridden else _of_backend(ready))


def _sdist_requires(out: Path, ready: Backend) -> None:
    """Write the requirements of a plugin to build the sdist."""
    plugin = ready.plugin
    _write(out, plugin.call(BUILD_SDIST, ready.runner) if plugin is not None else _of_backend(ready))


def _of_backend(ready: Backend) -> list[str]:
    given = ready.runner.build_requires(ready.project, ready.system, ready.settings)
    if not isinstance(given, list) or not all(isinstance(requirement, str) for requirement in given):
        raise ActionError(f"{ready.system.backend} returned {str(given)[:200]!r} instead of a list of requirements")
    return given


def _write(out: Path, answer: object) -> None:
    out.write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


def _metadata(out: Path, ready: Backend) -> None:
    if ready.plugin is not None and ready.plugin.has(INSTALL):
        out.write_text(ready.plugin.call(INSTALL, ready.runner), encoding="utf-8")
        return
    if ready.plugin is not None and ready.plugin.has("build_wheel"):
        ready.plugin.call("build_wheel", ready.runner)
        out.write_bytes(_of_built(ready))
        return
    folder = ready.runner.metadata(ready.project, ready.system, ready.place.out, ready.settings)
    made = ready.place.out.resolve()
    metadata = made / str(folder) / "METADATA"
    if not isinstance(folder, str) or not metadata.is_file() or not metadata.resolve().is_relative_to(made):
        raise ActionError(f"{ready.system.backend} returned the folder {folder!r}, which does not contain METADATA")
    out.write_bytes(metadata.read_bytes())


def _of_built(ready: Backend) -> bytes:
    """Return the METADATA of the wheel that a plugin builds: the backend does not know what is in it."""
    import zipfile

    from actions.wheel import wheel_file

    with wheel_file.reading(), zipfile.ZipFile(wheel_file.find_built(ready.place.out)) as opened:
        return opened.read(wheel_file.metadata_name(opened))


_QUESTIONS: dict[str, tuple[str, Callable[[Path, Backend], None]]] = {
    "build_requires": ("build requirements", _build_requires),
    "build_system": ("build requirements", _build_system),
    "metadata": ("metadata", _metadata),
    "sdist_requires": ("build requirements of the sdist", _sdist_requires),
}
