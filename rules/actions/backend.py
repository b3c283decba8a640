"""What every call of a build backend shares: the closed world, the environment and the unpacked source."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import world
from arguments import pairs
from beside import beside
from errors import ActionError
from outputs import whole
from templates import expand

if TYPE_CHECKING:
    from hook import HookRunner
    from project import BuildSystem


class Backend(NamedTuple):
    """A source and its backend, ready for a hook."""

    place: world.World
    project: Path
    system: "BuildSystem"
    runner: "HookRunner"
    settings: dict[str, object]


def call(
    args: argparse.Namespace,
    problem: str,
    ask: Callable[[Backend], None],
    unpacked: Callable[[Path], None] | None = None,
) -> None:
    """Make the world, the environment and the source ready, and ask the backend.

    Args:
        args: parsed by `arguments.of_backend`, with an `out`.
        problem: what an error says of the package, such as "could not be built".
        ask: calls hooks and writes what they answer.
        unpacked: is shown the project before its crates are laid out, which already takes cores from other builds.

    Raises:
        ActionError: anything went wrong; it names the package and where the whole log is.
    """
    name = f"{args.package} {args.version}"
    args.log.touch()
    try:
        with whole(args.out):
            ask(_ready(args, unpacked))
    except (ActionError, OSError) as err:
        text = f"{name} {problem}: {err}\n{_hint(args) if isinstance(err, ActionError) else ''}"
        if not args.log.stat().st_size:
            args.log.write_text(text)  # it ended before the backend began, and who looks into the log asks why
        raise ActionError(f"{text}The whole log: {args.log}") from err


def _hint(args: argparse.Namespace) -> str:
    """Say what the machine lacks, which a backend's own error only hints at."""
    if "cc" in json.loads(args.cc_tools.read_text()):
        return ""
    return "No C compiler was found: there is no `cc` on PATH (Debian: gcc), nor does CC name one.\n"


def _ready(args: argparse.Namespace, unpacked: Callable[[Path], None] | None) -> Backend:
    world.refuse_network()
    place = world.World()
    place.make(args.on_disk)
    with beside(lambda: _lay_out(args, place)) as laid_out:
        # Loaded while the other process writes files: many a hook takes a fifth of a second, and this a third of that.
        from hook import HookRunner
        from project import build_system, project_folder

        runner = HookRunner(place.python, _variables(args, place), args.log, args.timeout)
        settings = _config_settings(args.config_setting)
        project = project_folder(Path(laid_out()), args.build_dir)
    if unpacked is not None:
        unpacked(project)
    if args.cargo_root is not None:
        import crates

        crates.vendor(args, project, place.root / "tmp")
    return Backend(place, project, build_system(project), runner, settings)


def _lay_out(args: argparse.Namespace, place: world.World) -> str:
    """Write the files that the hook will find; return the source's folder."""
    import archives
    import environment

    place.link_tools(args.cc_tools)
    environment.make(place.env, str(Path(args.interpreter).absolute()), args.tool, args.inside.read_text())
    return str(archives.unpack(args.source, place.source))


def _variables(args: argparse.Namespace, place: world.World) -> dict[str, str]:
    rust = [f"{args.rust_sysroot}/bin"] if args.rust_sysroot else []
    variables = place.variables(args.version, args.jobs, args.package, rust)
    if args.debug_information:
        variables["FROMAGER_DEBUG_INFORMATION"] = "1"
    variables.update(pairs(args.toolchain_env))
    return expand(variables, pairs(args.env))


def _config_settings(arguments: list[str]) -> dict[str, object]:
    """A setting given several times is a list, as with ``pip --config-settings``."""
    settings: dict[str, list[str]] = {}
    for name, value in pairs(arguments):
        settings.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in settings.items()}
