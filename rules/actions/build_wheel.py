"""Action: one prepared source and its build tools become one wheel, in a closed world."""

import argparse
import sys
from pathlib import Path

import arguments
import backend
import priority
from backend import Backend
from planned import Planned


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.of_backend(__doc__)
    add = parser.add_argument
    add("--install-requires", action="append", default=[], help="name of an install edge of the graph")
    add("--requirement", action="append", default=[], help="KIND=REQUIREMENT of a build edge of the graph")
    add("--build-tag", default="", help="build tag of the wheel's file name")
    add("--out", type=Path, required=True, help="folder to write the wheel to")
    args = parser.parse_args(argv)
    backend.call(args, "could not be built", lambda ready: _build(args, ready), unpacked=priority.step_back)


def _load() -> None:
    """Load, while the backend works, what its wheel is packed with."""
    import wheel  # noqa: F401


def _build(args: argparse.Namespace, ready: Backend) -> None:
    ready.runner.build_wheel(ready.project, ready.system, ready.place.out, ready.settings, meanwhile=_load)
    import wheel

    planned = _planned(args)
    built = wheel.find_built(ready.place.out)
    wheel.check(built, planned)
    doubled = wheel.doubled(built)
    if doubled:
        _warn(args, f"the backend wrote {wheel.some(doubled)} more than once into {built.name} (the last one counts)")
    wheel.normalise(built, args.out, planned)


def _warn(args: argparse.Namespace, text: str) -> None:
    """Write a warning to the log, and to where Bazel shows it."""
    line = f"WARNING: {args.package} {args.version}: {text}"
    print(line, file=sys.stderr)
    with args.log.open("a") as log:
        log.write(f"{line}\n")


def _planned(args: argparse.Namespace) -> Planned:
    requirements: dict[str, list[str]] = {"build-system": [], "build-backend": [], "build-sdist": []}
    for kind, requirement in arguments.pairs(args.requirement):
        requirements[kind].append(requirement)
    return Planned(
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
