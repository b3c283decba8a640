"""What every call of a build backend shares: arguments, the closed world, the environment and the unpacked source."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import archives
import crates
import environment
import world
from errors import ActionError
from hook import HookRunner
from project import BuildSystem, build_system, project_folder


class Backend(NamedTuple):
    """A source and its backend, ready for a hook."""

    place: world.World
    project: Path
    system: BuildSystem
    runner: HookRunner
    settings: dict[str, object]


def arguments(description: str) -> argparse.ArgumentParser:
    """Return a parser with what every program that calls a backend is given."""
    parser = argparse.ArgumentParser(description=description, fromfile_prefix_chars="@")
    add = parser.add_argument
    add("--package", required=True, help="canonical name")
    add("--version", required=True, help="planned version")
    add("--source", type=Path, required=True, help="source archive, prepared")
    add("--build-dir", default=".", help="folder in the source that holds the project")
    add("--tool", type=Path, action="append", default=[], help="tar of an installed build requirement")
    add("--interpreter", required=True, help="base interpreter")
    add("--cc-tools", type=Path, required=True, help="JSON of the programs on PATH")
    add("--rust-sysroot", default="", help="sysroot whose bin goes on PATH")
    add("--toolchain-env", action="append", default=[], help="NAME=VALUE of a toolchain")
    add("--env", action="append", default=[], help="NAME=TEMPLATE of the package's settings, in order")
    add("--config-setting", action="append", default=[], help="NAME=VALUE for the backend")
    add("--jobs", type=int, default=1, help="processes that the build may start at a time")
    add("--debug-information", action="store_true", help="compile extensions with -g where the interpreter was")
    add("--on-disk", action="store_true", help="keep what the build writes out of memory")
    add("--timeout", type=float, default=14400, help="seconds that the hook may take")
    add("--inside", type=Path, required=True, help="module that the environment's interpreter loads first")
    add("--log", type=Path, required=True, help="log to write")
    crates.add_arguments(parser)
    return parser


def call(args: argparse.Namespace, problem: str, ask: Callable[[Backend], None]) -> None:
    """Make the world, the environment and the source ready, and ask the backend.

    Args:
        args: parsed by `arguments`.
        problem: what an error says of the package, such as "could not be built".
        ask: calls hooks and writes what they answer.

    Raises:
        ActionError: anything went wrong; it names the package and where the whole log is.
    """
    name = f"{args.package} {args.version}"
    args.log.touch()
    try:
        ask(_ready(args))
    except ActionError as err:
        raise ActionError(f"{name} {problem}: {err}\n{_hint(args)}The whole log: {args.log}") from err
    except OSError as err:
        raise ActionError(f"{name} {problem}: {err}\nThe whole log: {args.log}") from err


def _hint(args: argparse.Namespace) -> str:
    """Say what the machine lacks, which a backend's own error only hints at."""
    if "cc" in json.loads(args.cc_tools.read_text()):
        return ""
    return "No C compiler was found: there is no `cc` on PATH (Debian: gcc), nor does CC name one.\n"


def _ready(args: argparse.Namespace) -> Backend:
    world.refuse_network()
    place = world.World()
    place.make(args.on_disk)
    place.link_tools(args.cc_tools)
    interpreter = str(Path(args.interpreter).absolute())
    python = environment.make(place.env, interpreter, args.tool, args.inside.read_text())
    project = project_folder(archives.unpack(args.source, place.source), args.build_dir)
    if args.cargo_root is not None:
        crates.vendor(args, project, place.root / "tmp")
    runner = HookRunner(python, _variables(args, place), args.log, args.timeout)
    return Backend(place, project, build_system(project), runner, _config_settings(args.config_setting))


def _variables(args: argparse.Namespace, place: world.World) -> dict[str, str]:
    rust = [f"{args.rust_sysroot}/bin"] if args.rust_sysroot else []
    variables = place.variables(args.version, args.jobs, args.package, rust)
    if args.debug_information:
        variables["FROMAGER_DEBUG_INFORMATION"] = "1"
    variables.update(pairs(args.toolchain_env))
    return world.expand(variables, pairs(args.env))


def _config_settings(arguments: list[str]) -> dict[str, object]:
    """A setting given several times is a list, as with ``pip --config-settings``."""
    settings: dict[str, list[str]] = {}
    for name, value in pairs(arguments):
        settings.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in settings.items()}


def pairs(arguments: list[str]) -> list[tuple[str, str]]:
    """Return NAME=VALUE arguments taken apart."""
    return [(name, value) for name, _, value in (argument.partition("=") for argument in arguments)]
