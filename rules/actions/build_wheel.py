"""Action: one prepared source and its build tools become one wheel, in a closed world."""

import argparse
import json
from pathlib import Path

import archives
import crates
import environment
import wheel
import world
from errors import ActionError
from hook import HookRunner
from project import build_system, project_folder


def main(argv: list[str]) -> None:
    """Run the action; an error names the package and where its whole log is."""
    args = _parser().parse_args(argv)
    name = f"{args.package} {args.version}"
    args.log.touch()
    try:
        _build(args)
    except ActionError as err:
        raise ActionError(f"{name} could not be built: {err}\n{_hint(args)}The whole log: {args.log}") from err
    except OSError as err:
        raise ActionError(f"{name} could not be built: {err}\nThe whole log: {args.log}") from err


def _hint(args: argparse.Namespace) -> str:
    """Say what the machine lacks, which a backend's own error only hints at."""
    if "cc" in json.loads(args.cc_tools.read_text()):
        return ""
    return "No C compiler was found: there is no `cc` on PATH (Debian: gcc), nor does CC name one.\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
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
    add("--install-requires", action="append", default=[], help="name of an install edge of the graph")
    add("--requirement", action="append", default=[], help="KIND=REQUIREMENT of a build edge of the graph")
    add("--jobs", type=int, default=1, help="processes that the build may start at a time")
    add("--on-disk", action="store_true", help="keep what the build writes out of memory")
    add("--build-tag", default="", help="build tag of the wheel's file name")
    add("--timeout", type=float, default=14400, help="seconds that the hook may take")
    add("--inside", type=Path, required=True, help="module that the environment's interpreter loads first")
    add("--log", type=Path, required=True, help="log to write")
    crates.add_arguments(parser)
    add("--out", type=Path, required=True, help="folder to write the wheel to")
    return parser


def _build(args: argparse.Namespace) -> None:
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
    runner.build_wheel(project, build_system(project), place.out, _config_settings(args.config_setting))
    planned = _planned(args)
    built = wheel.find_built(place.out)
    wheel.check(built, planned)
    wheel.normalise(built, args.out, planned)


def _variables(args: argparse.Namespace, place: world.World) -> dict[str, str]:
    rust = [f"{args.rust_sysroot}/bin"] if args.rust_sysroot else []
    variables = place.variables(args.version, args.jobs, args.package, rust)
    variables.update(_pairs(args.toolchain_env))
    return world.expand(variables, _pairs(args.env))


def _config_settings(arguments: list[str]) -> dict[str, object]:
    """A setting given several times is a list, as with ``pip --config-settings``."""
    settings: dict[str, list[str]] = {}
    for name, value in _pairs(arguments):
        settings.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in settings.items()}


def _planned(args: argparse.Namespace) -> wheel.Planned:
    requirements: dict[str, list[str]] = {"build-system": [], "build-backend": [], "build-sdist": []}
    for kind, requirement in _pairs(args.requirement):
        requirements[kind].append(requirement)
    return wheel.Planned(
        package=args.package,
        version=args.version,
        install_requires=frozenset(args.install_requires),
        build_tag=args.build_tag,
        # Fromager takes a wheel for its own, and so uses it again, where these are in it.
        extra_files=tuple(
            (f"fromager-{kind}-requirements.txt", "".join(f"{line}\n" for line in sorted(set(lines))))
            for kind, lines in requirements.items()
        ),
    )


def _pairs(arguments: list[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (argument.partition("=") for argument in arguments)]
