"""Call a build backend: make the closed world, the environment and the unpacked source for any hook."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from actions.arguments import BackendRequest, Pairs
from actions.contract import LOG_NOTE
from actions.errors import ActionError
from actions.outputs import whole
from actions.world import cross, world
from actions.world.child import in_child
from actions.world.templates import expand

if TYPE_CHECKING:
    from actions.plugin.calls import Plugin
    from actions.source.project import BuildSystem
    from actions.world.hook import HookRunner


_END_OF_LOG = 1 << 16
_MOST_EXPLANATIONS = 4


class Tools(NamedTuple):
    """A closed world with tools, without an unpacked source."""

    place: world.World
    runner: "HookRunner"


class Backend(NamedTuple):
    """A source and its backend, ready for a hook."""

    place: world.World
    project: Path
    system: "BuildSystem"
    runner: "HookRunner"
    settings: dict[str, object]
    plugin: "Plugin | None" = None


def call(
    request: BackendRequest,
    problem: str,
    ask: Callable[[Backend], None],
    unpacked: Callable[[Path], None] | None = None,
) -> None:
    """Prepare the world, the environment and the source, then call the backend.

    Args:
        request: the arguments of the call.
        problem: predicate of the error message, whose subject is the package, such as "could not be built".
        ask: calls hooks and writes their results.
        unpacked: called with the project's folder before crates are laid out, which already takes cores from other
            builds.

    Raises:
        ActionError: the call failed; the text names the package and the path of the whole log.
    """

    def work() -> None:
        ready = _ready(request, unpacked)
        ask(ready)
        if ready.plugin is not None:
            ready.plugin.keep()

    _whole(request, problem, work)


def call_without_source(request: BackendRequest, problem: str, work: Callable[[Tools], None]) -> None:
    """Prepare the world and its tools for work on the archive of the source. See `call`."""

    def in_world() -> None:
        from actions.world.hook import HookRunner

        world.refuse_network()
        place = world.World()
        place.make(request.on_disk)
        _place_tools(request, place)
        variables = _variables(request, place, dict(request.toolchain_env))
        work(Tools(place, HookRunner(place.python, variables, request.log, request.timeout)))

    _whole(request, problem, in_world)


def _whole(request: BackendRequest, problem: str, work: Callable[[], None]) -> None:
    """Do an action's work; an error names the package and the log."""
    name = f"{request.package} {request.version}"
    request.log.touch()
    try:
        with whole(request.out):
            work()
    except (ActionError, OSError) as err:
        text = f"{name} {problem}: {err}\n{_hint(request) if isinstance(err, ActionError) else ''}"
        if not request.log.stat().st_size:
            request.log.write_text(text)  # the backend did not start, so the log would be empty
        raise ActionError(f"{text}{LOG_NOTE}{request.log}") from err


def _hint(request: BackendRequest) -> str:
    """Name a missing compiler, library or program, since a backend's own error is often unclear about it."""
    if any(program.name == "cc" for program in (*request.program, *request.machine_program)):
        return _missing(request)
    return "No C compiler was found: there is no `cc` on PATH (Debian: gcc), and CC is not set to one.\n"


def _missing(request: BackendRequest) -> str:
    """Explain which external dependency is missing, if the log names one."""
    if request.dependencies is None or not request.log.exists():
        return ""
    import json

    from actions.external.explain import explanations

    log = request.log.read_bytes()[-_END_OF_LOG:].decode(errors="replace")
    entries = json.loads(request.dependencies.read_bytes())
    found = explanations(log, request.package, request.external, entries)
    return "".join(f"{text}\n" for text in found[:_MOST_EXPLANATIONS])


def _ready(request: BackendRequest, unpacked: Callable[[Path], None] | None) -> Backend:
    world.refuse_network()
    place = world.World()
    place.make(request.on_disk)
    with in_child(lambda: _lay_out(request, place)) as laid_out:
        # Imported while the child process writes files: the imports take a third of the time of a short hook.
        from actions.source.project import build_system, project_folder
        from actions.world.hook import HookRunner

        tree = Path(laid_out())
        project = project_folder(tree, request.build_dir)
        system = build_system(project, must_exist=request.plugin is None)
        settings = _config_settings(request.config_setting)
    variables = dict(request.toolchain_env)
    if cross.is_cross(variables):
        variables = cross.write_files(place, variables) | variables
        cross.add_settings(settings, system.backend, place.cross)
    runner = HookRunner(place.python, _variables(request, place, variables), request.log, request.timeout)
    plugin = None
    if request.plugin is not None:
        from actions.plugin.calls import Plugin

        plugin = Plugin(request, request.plugin, place, tree)
        if plugin.has("update_extra_environ"):
            runner.variables = plugin.call("update_extra_environ", runner)
    if unpacked is not None:
        unpacked(project)
    if request.crates is not None:
        from actions.crates.vendor import vendor

        vendor(request.crates, project, place.root / "tmp")
    if request.reverse_order:
        from actions.world import order

        for folder in (place.env, place.source):
            order.reverse(str(folder))
    return Backend(place, project, system, runner, settings, plugin)


def _lay_out(request: BackendRequest, place: world.World) -> str:
    """Write the tools, the environment and the source; return the source's folder."""
    from actions.archive.unpack import unpack

    _place_tools(request, place)
    return str(unpack(request.source, place.source))


def _place_tools(request: BackendRequest, place: world.World) -> None:
    """Write the tools and the environment."""
    from actions.external import tree as external_tree
    from actions.world import environment, interpreter, machine

    place.place_tools(request.program, request.machine_program, request.place)
    place.place_folders(request.machine_folder)
    for tree in request.external_tree:
        external_tree.unpack(tree, place.external)
    python = interpreter.place(place.home, request.python_tree)
    environment.make(place.env, str(python), request.tool, request.inside.read_text())
    machine.compare(request.fingerprint, request.identify, place.root / "bin")


def _variables(request: BackendRequest, place: world.World, of_toolchains: Mapping[str, str]) -> dict[str, str]:
    variables = place.variables(request.version, request.jobs, request.package)
    if request.debug_information:
        variables["FROMAGER_DEBUG_INFORMATION"] = "1"
    variables.update(of_toolchains)
    return expand(variables, request.env)


def _config_settings(given: Pairs) -> dict[str, object]:
    """Collect settings by name; a setting that is given several times becomes a list, as in pip.

    See https://pip.pypa.io/en/stable/cli/pip_install/.
    """
    settings: dict[str, list[str]] = {}
    for name, value in given:
        settings.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in settings.items()}
