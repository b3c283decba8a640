"""Action: build one wheel from a prepared source and its build tools, in a closed world."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.arguments import BackendRequest
from actions.wheel.planned import SETTINGS_FILE, Planned, Sbom, settings_text
from actions.world import backend, priority
from actions.world.backend import Backend
from actions.world.world import EPOCH


class Request(NamedTuple):
    """The graph's data about the wheel, without the arguments of the backend's call."""

    install_requires: tuple[str, ...]
    """Names of the graph's install edges."""
    requirement: arguments.Pairs
    """Kind and requirement of each build edge of the graph."""
    build_tag: str
    platlib_build_tag: str
    """Build tag of a wheel that is not for any platform; empty if it is the same."""
    build_settings: str
    """The package's settings as JSON; empty if it has none."""
    requires_external: tuple[str, ...]
    sbom: arguments.Pairs
    """Name and value of what the SBOMs state; empty if there are none."""
    built_with: arguments.Pairs
    """Name and version of each package in the build environment, for the SBOMs."""
    grafts: bool
    """Whether the shared libraries that the wheel loads are copied into it."""
    graft_library: arguments.Pairs
    """Names and files of libraries that may be copied, in addition to those of unpacked packages."""
    pin_requires: tuple[str, ...]
    """Requirements of the wheel that get other versions, see `pinned_metadata`."""


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.backend_parser(__doc__)
    parser.add_list("--install-requires", help="name of an install edge of the graph")
    parser.add_list("--requirement", help="KIND=REQUIREMENT of a build edge of the graph")
    parser.add_argument("--build-tag", default="", help="build tag of the wheel's file name")
    parser.add_argument("--platlib-build-tag", default="", help="the same for a wheel that is not for any platform")
    parser.add_argument("--build-settings", default="", help="settings of the package as JSON, for the wheel")
    parser.add_list("--requires-external", help="value of Requires-External in the wheel's metadata")
    parser.add_list("--sbom", help="NAME=VALUE that the wheel's SBOMs state")
    parser.add_list("--built-with", help="NAME=VERSION of a package in the build environment, for the SBOMs")
    parser.add_argument("--grafts", action="store_true", help="copy shared libraries into the wheel")
    parser.add_list("--graft-library", help="NAME=FILE of a shared library that may be copied into the wheel")
    parser.add_list("--pin-requires", help="NAME SPECIFIER of a requirement that gets other versions")
    values = parser.values(argv)
    calling = arguments.backend_request(values)
    values |= {name: arguments.pairs(values[name]) for name in ("requirement", "sbom", "built_with", "graft_library")}
    request = Request(**values)
    planned = _planned(calling, request)
    backend.call(
        calling,
        "could not be built",
        lambda ready: _build(calling, request, planned, ready),
        unpacked=priority.step_back,
    )


def _load() -> None:
    """Import the module that packs the wheel, while the backend works."""
    from actions.wheel import wheel_file  # noqa: F401


def _build(calling: BackendRequest, request: Request, planned: Planned, ready: Backend) -> None:
    if planned.sbom is not None and calling.crates is not None:
        from actions.crates import listed

        crates = listed.crates(ready.project, calling.crates.cargo_root)  # before the backend can change them
        planned = planned._replace(sbom=planned.sbom._replace(crates=crates))
    if ready.plugin is not None and ready.plugin.has("build_wheel"):
        ready.plugin.call("build_wheel", ready.runner, meanwhile=_load)
    else:
        ready.runner.build_wheel(ready.project, ready.system, ready.place.out, ready.settings, meanwhile=_load)
    from actions.wheel import wheel_file

    built = wheel_file.find_built(ready.place.out)
    if ready.plugin is not None and ready.plugin.has("add_extra_metadata_to_wheels"):
        from actions.plugin.metadata import add_metadata

        planned = add_metadata(built, planned, ready)
    wheel_file.check(built, planned)
    doubled = wheel_file.doubled(built)
    if doubled:
        _warn(
            calling,
            f"the backend wrote {wheel_file.some(doubled)} more than once into {built.name} (the last copy is used)",
        )
    if request.grafts:
        _graft(built, calling, request, ready)
    wheel_file.normalise(built, calling.out, planned)


def _graft(built: Path, calling: BackendRequest, request: Request, ready: Backend) -> None:
    """Copy the shared libraries of external dependencies into the wheel."""
    from actions.external.world import pinned_files, shared_libraries
    from actions.wheel.graft import Grafting

    libraries = shared_libraries([*pinned_files(ready.place), *(Path(path) for _, path in request.graft_library)])
    grafting = Grafting(libraries, f"{ready.place.root}/bin/patchelf", ready.runner.variables)
    grafted = grafting.graft(built, ready.place.root / "tmp" / "grafted-wheel")
    with calling.log.open("a") as log:
        log.writelines(f"copied into the wheel: {path}\n" for path in grafted)


def _warn(calling: BackendRequest, text: str) -> None:
    """Write a warning to the log and to stderr, which Bazel shows."""
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
        platlib_build_tag=request.platlib_build_tag,
        requires_external=request.requires_external,
        sbom=_sbom(calling, request) if request.sbom else None,
        pin_requires=request.pin_requires,
        # Fromager reuses a wheel only if these files are in it: they mark the wheel as built by Fromager.
        extra_files=(
            *(
                (f"fromager-{kind}-requirements.txt", "".join(f"{line}\n" for line in sorted(set(lines))))
                for kind, lines in requirements.items()
            ),
            (SETTINGS_FILE, settings_text(json.loads(request.build_settings)) if request.build_settings else ""),
        ),
    )


def _sbom(calling: BackendRequest, request: Request) -> Sbom:
    stated: dict[str, list[str]] = {"creators": [], "additions": []}
    for name, value in request.sbom:
        stated.setdefault(name, []).append(value)
    return Sbom(
        package=calling.package,
        version=calling.version,
        created=EPOCH,
        purl=stated["purl"][0],
        upstream=stated["upstream"][0],
        supplier=stated["supplier"][0],
        namespace=stated["namespace"][0],
        creators=tuple(stated["creators"]),
        additions=tuple(stated["additions"]),
        tools=request.built_with,
    )
