"""Make the graph for a command that has none: of the packages in a build order, or of one package to build.

Fromager needs no graph for these commands: it installs into each build environment what a wheel server has. Here the
versions of build requirements are resolved first, and pinned.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from fromager_gen.addresses import without_credentials
from fromager_gen.bazel import find_bazel
from fromager_gen.bootstrap import Begun, Discovery, begin_with
from fromager_gen.errors import ResolutionError
from fromager_gen.files import alone
from fromager_gen.graph import Node, Step
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.lock import LockedFile, origin_of, read_lock
from fromager_gen.net import Index, NoSuchProjectError, Workers, session
from fromager_gen.overrides import Overrides, PackageSettings, read_overrides
from fromager_gen.pipeline.bootstrap import bootstrap_request, discover
from fromager_gen.pipeline.build import Prepared
from fromager_gen.pipeline.cached_wheels import find_cached
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, GlobalOptions, LockOptions
from fromager_gen.pipeline.workbench import Workbench
from fromager_gen.resolve import Asked, Candidate
from fromager_gen.terminal import Phases


def prepare_order(
    options: GlobalOptions, place: Path, steps: Sequence[Step], locking: LockOptions, building: BuildOptions
) -> Prepared:
    """Resolve the packages in a build order among each other, and write their workspace.

    Args:
        options: the options before the command.
        place: path of the build order, for messages.
        steps: its packages. No other package is used.
        locking: how files are pinned.
        building: how Bazel builds.

    Raises:
        ResolutionError: the build order lacks a package that another one requires.
    """
    overrides = read_overrides(options.override_paths)
    asked = [Asked(Requirement(f"{step.name}=={step.version}"), str(place)) for step in steps]
    begun = _begin(options, overrides, asked, together=False)
    begun.finder.closed = str(place)
    cached = _cached(options, overrides, steps, building)

    def candidate(step: Step) -> Candidate:
        wheel = cached.get(f"{step.name}=={step.version}")
        if wheel:
            return _of_wheel(step, wheel)
        return candidate_of(_node(step), begun.finder.index_for(step.name, step.prebuilt))

    found = Workers().run(steps, candidate)
    for one in sorted(found, key=lambda one: one.version, reverse=True):
        begun.finder.fixed[one.name] = (*begun.finder.fixed.get(one.name, ()), one)
    return _prepared(options, overrides, begun, locking, building)


def prepare_package(
    options: GlobalOptions,
    name: str,
    version: str,
    sdist_server: str | None,
    wheel_server: str | None,
    building: BuildOptions,
) -> Prepared:
    """Resolve the build requirements of one package, and write its workspace.

    Args:
        options: the options before the command.
        name: canonical name of the package.
        version: its version.
        sdist_server: index of its source, or None for that of pip's settings.
        wheel_server: index whose wheels are its build environment, or None to build them from source.
        building: how Bazel builds.

    Raises:
        ResolutionError: an index has no fitting version.
    """
    overrides = read_overrides(options.override_paths)
    if wheel_server is not None:
        overrides = _with_wheels_of(overrides, name, wheel_server)
    asked = [Asked(Requirement(f"{name}=={version}"), "the command line")]
    begun = _begin(options, overrides, asked, together=True)
    begun = begun._replace(collection=replace(begun.collection, partial=frozenset({name})))
    begun.store.records = wheel_server is not None
    if sdist_server is not None:
        elsewhere, own = begun.finder.index_for, Index(begun.store.client, sdist_server)
        begun.finder.index_for = lambda one, pre_built: own if one == name else elsewhere(one, pre_built)
    try:
        return _prepared(options, overrides, begun, LockOptions(), building)
    except ResolutionError as err:
        if wheel_server is None:
            raise
        missing = f"MissingDependency: the wheel server {without_credentials(wheel_server)} lacks wheels for {name}"
        raise ResolutionError(str(err), (*err.logged, missing)) from err


def _with_wheels_of(overrides: Overrides, name: str, wheel_server: str) -> Overrides:
    """Return overrides with which all packages except one are wheels of a server."""
    patches = tuple(patch for patch in overrides.patches if patch.package == name)
    others = PackageSettings(where="--wheel-server-url", pre_built=True, wheel_server_url=wheel_server)
    return replace(overrides, packages={name: overrides.settings(name)}, others=others, patches=patches)


def _begin(options: GlobalOptions, overrides: Overrides, asked: Sequence[Asked], together: bool) -> Begun:
    request = bootstrap_request(options, BootstrapOptions(skip_constraints=not together), None)
    # As in Fromager, age limits do not apply to commands that build named versions.
    return begin_with(replace(request, least_age=0, most_age=0), overrides, session(), asked)


def _prepared(
    options: GlobalOptions, overrides: Overrides, begun: Begun, locking: LockOptions, building: BuildOptions
) -> Prepared:
    begin_to_ask(options.python)
    bazel = find_bazel(options.workspace)
    options.repos.check()
    with alone(options.work_dir):
        bench = Workbench(bazel, options, overrides, locking, Phases(), begun.store.folder, building.flags())
        resolution = discover(Discovery(*begun, bench, bench.phases), bench)
    return Prepared(resolution.graph, options, bazel, overrides, (bench.distdir,))


def _cached(
    options: GlobalOptions, overrides: Overrides, steps: Sequence[Step], building: BuildOptions
) -> dict[str, LockedFile]:
    """Return the wheels of the wheel server that are used in place of builds, by the graph's key."""
    if building.cache_wheel_server_url is None or building.force:
        return {}
    server = building.cache_wheel_server_url
    return find_cached(options, overrides, map(_node, steps), read_lock(options.lock_file), server)


def _node(step: Step) -> Node:
    return Node(f"{step.name}=={step.version}", step.name, step.version, step.source_url, step.prebuilt, ())


def _of_wheel(step: Step, wheel: LockedFile) -> Candidate:
    return Candidate(
        step.name, Version(step.version), wheel.url, wheel.filename, wheel.sha256, wheel.size, pre_built=True,
        is_cached=True,
    )  # fmt: skip


def candidate_of(node: Node, index: Index) -> Candidate:
    """Return the candidate of a package version. Its hash is that of the index, if the index has the file."""
    origin = origin_of(node)
    sha256, size = origin.sha256, None
    if sha256 is None and not origin.git:
        try:
            listed = index.files(node.name).get(origin.filename)
        except NoSuchProjectError:
            listed = None
        if listed is not None and without_credentials(listed.url).partition("#")[0] == origin.url:
            sha256, size = listed.sha256, listed.size
    url = node.url if origin.git else origin.url
    version = Version(node.version)
    return Candidate(node.name, version, url, origin.filename, sha256, size, pre_built=node.pre_built)
