"""Action: one prepared source and its build tools become one wheel, in a closed world."""

import sys
from typing import NamedTuple

from actions import arguments
from actions.arguments import BackendRequest
from actions.wheel.planned import Planned
from actions.world import backend, priority
from actions.world.backend import Backend


class Request(NamedTuple):
    """What the graph says of the wheel, apart from how its backend is called."""

    install_requires: tuple[str, ...]
    """Names of the graph's install edges."""
    requirement: arguments.Pairs
    """Kind and requirement of each build edge of the graph."""
    build_tag: str


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.backend_parser(__doc__)
    parser.add_list("--install-requires", help="name of an install edge of the graph")
    parser.add_list("--requirement", help="KIND=REQUIREMENT of a build edge of the graph")
    parser.add_argument("--build-tag", default="", help="build tag of the wheel's file name")
    values = parser.values(argv)
    calling = arguments.backend_request(values)
    values["requirement"] = arguments.pairs(values["requirement"])
    planned = _planned(calling, Request(**values))
    backend.call(
        calling, "could not be built", lambda ready: _build(calling, planned, ready), unpacked=priority.step_back
    )


def _load() -> None:
    """Load, while the backend works, what its wheel is packed with."""
    from actions.wheel import wheel_file  # noqa: F401


def _build(calling: BackendRequest, planned: Planned, ready: Backend) -> None:
    ready.runner.build_wheel(ready.project, ready.system, ready.place.out, ready.settings, meanwhile=_load)
    from actions.wheel import wheel_file

    built = wheel_file.find_built(ready.place.out)
    wheel_file.check(built, planned)
    doubled = wheel_file.doubled(built)
    if doubled:
        _warn(
            calling,
            f"the backend wrote {wheel_file.some(doubled)} more than once into {built.name} (the last one counts)",
        )
    wheel_file.normalise(built, calling.out, planned)


def _warn(calling: BackendRequest, text: str) -> None:
    """Write a warning to the log, and to where Bazel shows it."""
    line = f"WARNING: {calling.package} {calling.version}: {text}"
    print(line, file=sys.stderr)
    with calling.log.open("a") as log:
        log.write(f"{line}\n")


def _planned(calling: BackendRequest, request: Request) -> Planned:
    requirements: dict[str, list[str]] = {"build-system": [], "build-backend": [], "build-sdist": []}
    for kind, requirement in request.requirement:
        requirements[kind].append(requirement)
    return Planned(
        package=calling.package,
        version=calling.version,
        install_requires=frozenset(request.install_requires),
        build_tag=request.build_tag,
        # Fromager takes a wheel for its own, and so uses it again, where these are in it.
        extra_files=tuple(
            (f"fromager-{kind}-requirements.txt", "".join(f"{line}\n" for line in sorted(set(lines))))
            for kind, lines in requirements.items()
        ),
    )
