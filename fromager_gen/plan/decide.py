"""Decide which Bazel targets a graph needs.

A pure computation from graph, lock and overrides to a plan; it reads and writes no files.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from fromager_gen.contract import ACCELERATOR_VARIANTS, ANY_REQUIREMENT, DEFAULT_JOBS, LONG_BUILD_BYTES, SIZES
from fromager_gen.errors import SettingsError, listed
from fromager_gen.files import path_of, sha256_of_files, sha256_of_text
from fromager_gen.graph import BUILD_KINDS, Graph, Node, build_closure, build_order, by_longest_chain, install_closure
from fromager_gen.interpreter import marker_variables, minor_version
from fromager_gen.lock import Lock, chosen_by_cargo
from fromager_gen.names import override_name
from fromager_gen.overrides import Overrides, PackageSettings, Patch
from fromager_gen.plan.edits import fields_of_source, problems_of_edits, with_constraints
from fromager_gen.plan.external import fields_of_needs, problems_of_needs
from fromager_gen.plan.model import (
    GitCrates,
    Inputs,
    Key,
    PackagePlan,
    Plan,
    PlannedPatch,
    PlannedPlugin,
    Rules,
    Toolchains,
)
from fromager_gen.plan.sbom import planned_sbom
from fromager_gen.standards import requirement

# Gigabytes per job, and the size class that reserves that much for each of two jobs.
_CLASSES = sorted((size["gb_per_job"], name) for name, size in SIZES.items() if size["gb_per_job"])
# A build with Rust takes about as long as this many bytes of C and Python source.
_RUST_WEIGHT = 20_000_000


@dataclass(frozen=True)
class PlanOptions:
    """Options of the command line that affect a plan, in addition to graph, lock and overrides."""

    python: str
    jobs: int = DEFAULT_JOBS
    allow_unused: bool = False
    strict_prebuilt: bool = False
    rules: Rules = "copy"
    workspace_file: bool = False
    toolchains: Toolchains = "machine"
    platforms: tuple[str, ...] = ()
    exec_platform: str = ""


def make_plan(graph: Graph, lock: Lock, overrides: Overrides, options: PlanOptions) -> Plan:
    """Make the plan of a workspace.

    Raises:
        GraphError: the graph can't be built; the message names the packages.
        SettingsError: an override matches no package, or contradicts the graph.
    """
    unused = overrides.unused((node.name, node.version) for node in graph)
    if unused and not options.allow_unused:
        raise SettingsError(
            listed("overrides that match no package (--unused-overrides=warn makes this a warning)", unused)
        )
    overrides = with_constraints(overrides, graph)
    contradictions = problems_of_needs(graph, overrides)
    contradictions += [problem for node in graph for problem in _contradictions(node, lock, overrides)]
    if contradictions:
        raise SettingsError(listed("settings that contradict the graph", contradictions))
    closures = {node.key: build_closure(graph, node) for node in graph}
    order = build_order(graph, closures)
    packages = tuple(_package(graph, node, closures[node.key], lock, overrides, options) for node in graph)
    weight = {node.key: 1 + lock.size(node.key) + (_RUST_WEIGHT if lock.rust(node.key) else 0) for node in graph}
    first = by_longest_chain(closures, order, weight)
    return Plan(
        python=options.python,
        packages=packages,
        order=tuple(_key(graph, key) for key in first),
        rules=options.rules,
        workspace_file=options.workspace_file,
        toolchains=options.toolchains,
        platforms=options.platforms,
        exec_platform=options.exec_platform,
        exec_properties=overrides.exec_properties.of_all,
        external_dependencies=_own_external(packages, overrides),
        made_from=_inputs(graph, lock, overrides, packages),
        warnings=(
            *graph.warnings,
            *unused,
            *_markers(graph, options.python, lock.python),
            *_left_out(graph, overrides),
            *_pre_built(graph, lock),
            *chosen_by_cargo(graph, lock),
        ),
    )


def _inputs(graph: Graph, lock: Lock, overrides: Overrides, packages: tuple[PackagePlan, ...]) -> Inputs:
    patches = {patch.path: patch.sha256 for package in packages for patch in package.patches}
    return Inputs(
        graph=graph.sha256,
        lock=sha256_of_text(lock.to_text()),
        settings=overrides.settings_sha256,
        patches=sha256_of_files(patches),
    )


def _contradictions(node: Node, lock: Lock, overrides: Overrides) -> list[str]:
    """Return problems with settings that a finished graph does not follow, because it was made with others."""
    settings = overrides.settings(node.name, node.version)
    found = []
    if settings.pre_built and not node.pre_built:
        found.append(f"{settings.where}: pre_built, but the graph builds {node} from source; make the graph again")
    patches = ", ".join(str(patch.path) for patch in overrides.patches_for(node.name, node.version))
    if node.is_published and patches:
        found.append(f"{patches}: {node} is pre-built, so patches can't apply to it")
    found += problems_of_edits(node, overrides)
    cargo_lock = overrides.cargo_lock_for(node.name, node.version)
    # A Cargo.lock for all versions may be meant for other versions.
    lacks_rust = node.key in lock.packages and lock.rust(node.key) is None and not node.is_cached
    if cargo_lock is not None and cargo_lock.version and lacks_rust:
        why = "is pre-built" if node.pre_built else "has no Rust"
        found.append(f"{cargo_lock.path}: {node} {why}, so its Cargo.lock is never used")
    return found


def _left_out(graph: Graph, overrides: Overrides) -> Iterator[str]:
    """Yield warnings for build requirements in the settings that the graph lacks, unless a marker may exclude them."""
    for node in graph:
        settings = overrides.settings(node.name, node.version)
        has = {graph.nodes[edge.key].name for edge in node.edges if edge.kind == "build-system"}
        for text in settings.update_build_requires if not node.pre_built else ():
            update = requirement(text)
            if update.marker is None and canonicalize_name(update.name) not in has:
                yield (
                    f"{settings.where}: update_build_requires names {text}, but the graph has no such build "
                    f"requirement of {node}, which is built without it; make the graph again"
                )


def _own_external(packages: Sequence[PackagePlan], overrides: Overrides) -> dict[str, Any]:
    """Return the user's own definitions of external dependencies that builds need."""
    used = {text.partition("@")[0] for package in packages for text in package.external}
    return {name: entry for name, entry in sorted(overrides.own_external.items()) if name in used}


def _key(graph: Graph, key: str) -> Key:
    return graph.nodes[key].name, graph.nodes[key].version


def _package(
    graph: Graph, node: Node, closure: tuple[str, ...], lock: Lock, overrides: Overrides, options: PlanOptions
) -> PackagePlan:
    settings = overrides.settings(node.name, node.version)
    published = PackagePlan(
        name=node.name,
        version=node.version,
        pre_built=node.pre_built,
        strict=node.pre_built and options.strict_prebuilt,
        install_requires=install_requires(graph, node),
        install_closure=tuple(_key(graph, key) for key in install_closure(graph, node)),
    )
    if node.pre_built:
        return published
    rust = lock.rust(node.key)
    planned = replace(
        published,
        patches=_patches(overrides.patches_for(node.name, node.version)),
        **fields_of_source(node, lock, overrides),
        update_build_requires=settings.update_build_requires,
        remove_build_requires=settings.remove_build_requires,
        build_dir=settings.build_dir,
        sdist_by_backend=settings.source is not None and settings.source.builds_sdist,
        is_named_as_rebuilt=lock.published_name(node.key) == _rebuilt_name(node),
        is_rust=rust is not None,
        cargo_root=rust.root if rust else ".",
        crates=rust.crates if rust else (),
        git_crates=tuple(GitCrates(repository, source) for repository, source in rust.git) if rust else (),
        cargo_lock=sha256_of_text(rust.text) if rust and rust.text else "",
        build_system=tuple(_key(graph, key) for key in _system_closure(graph, node, closure)),
        build_requires=tuple(_key(graph, key) for key in closure),
        requirements=_requirements(node),
        env=settings.env,
        config_settings={name: tuple(values) for name, values in settings.config_settings.items()},
        **_added_to_wheel(node, overrides),
        **_sized(settings, options, overrides, is_long(rust is not None, lock.size(node.key))),
        accelerator=settings.names_variant,
        accelerator_variant=_variant_of_accelerator(settings, overrides.variant),
        plugin=_plugin(node.name, settings, overrides),
    )
    return replace(planned, **fields_of_needs(node, overrides, bool(options.platforms), lock.external(node.key)))


def _sized(settings: PackageSettings, options: PlanOptions, overrides: Overrides, is_long: bool) -> dict[str, Any]:
    """Return what is reserved for a build, and where it may run."""
    jobs, resources = jobs_and_resources(settings, options, is_long)
    return {
        "jobs": jobs,
        "resources": resources,
        "exec_properties": overrides.exec_properties.of_sizes.get(resources, ()),
    }


def _added_to_wheel(node: Node, overrides: Overrides) -> dict[str, Any]:
    """Return what is added to the wheel after its build."""
    settings = overrides.settings(node.name, node.version)
    tag = overrides.build_tag(node.name, node.version)
    platlib = overrides.build_tag(node.name, node.version, is_pure=False)
    return {
        "build_tag": tag,
        "platlib_build_tag": platlib if platlib != tag else "",
        "build_settings": settings.stated,
        "requires_external": settings.requires_external,
        "sbom": planned_sbom(overrides.sbom, settings.purl, node.name, node.version),
    }


def _plugin(name: str, settings: PackageSettings, overrides: Overrides) -> PlannedPlugin | None:
    """Return the plugin of a package that takes part in its build, or None."""
    plugin, functions = overrides.plugins.of(name), overrides.plugins.in_builds(name)
    if plugin is None or not functions:
        return None
    context = {"variant": overrides.variant, "settings": json.loads(settings.stated or "{}")}
    return PlannedPlugin(plugin.module, functions, json.dumps(context), plugin.sha256)


def _variant_of_accelerator(settings: PackageSettings, variant: str) -> str:
    """Return the variant whose accelerator a package can't be built without; empty if it needs none."""
    return variant if settings.names_variant and variant.startswith(tuple(ACCELERATOR_VARIANTS)) else ""


def _patches(patches: Sequence[Patch]) -> tuple[PlannedPatch, ...]:
    """Return patches with their file names in the package's folder, numbered in the order of application."""
    return tuple(
        PlannedPatch(
            patch.place, f"patches/{number:04d}-{re.sub(r'[^A-Za-z0-9._-]', '_', patch.path.name)}", patch.sha256
        )
        for number, patch in enumerate(patches, 1)
    )


def _rebuilt_name(node: Node) -> str:
    """Return the file name that Fromager gives to an sdist that it packs again."""
    return f"{override_name(node.name)}-{node.version}.tar.gz"


def install_requires(graph: Graph, node: Node) -> tuple[str, ...]:
    """Return the names that the wheel may always require; requirements of extras are not part of a build."""
    if node.name in graph.partial:
        return (ANY_REQUIREMENT,)
    edges = [edge for edge in node.edges if edge.kind == "install" and "extra" not in edge.req.partition(";")[2]]
    return tuple(sorted({graph.nodes[edge.key].name for edge in edges}))


def _system_closure(graph: Graph, node: Node, closure: tuple[str, ...]) -> tuple[str, ...]:
    """Return the environment in which the backend is asked; the build environment if it required nothing more."""
    if all(edge.kind in ("build-system", "install") for edge in node.edges):
        return closure
    return build_closure(graph, node, ("build-system",))


def _requirements(node: Node) -> dict[str, tuple[str, ...]]:
    """Return the build requirements as they were stated, by kind."""
    found = {kind: tuple(sorted({edge.req for edge in node.edges if edge.kind == kind})) for kind in BUILD_KINDS}
    return {kind: requirements for kind, requirements in found.items() if requirements}


def is_long(has_rust: bool, size: int) -> bool:
    """Return whether a build may take minutes, by whether it has Rust and by the bytes of its source archive."""
    return has_rust or size >= LONG_BUILD_BYTES


def jobs_and_resources(settings: PackageSettings, options: PlanOptions, is_long: bool) -> tuple[int, str]:
    """Return the number of jobs and the size class; they are part of the plan and never depend on the machine."""
    jobs = max(1, options.jobs // settings.cpu_cores_per_job)
    if settings.exclusive_build:
        return options.jobs, "exclusive"
    size = next((size for limit, size in _CLASSES if settings.memory_per_job_gb <= limit), "huge")
    return jobs, "long" if size == "small" and is_long else size


def _markers(graph: Graph, python: str, full: str) -> list[str]:
    """Return warnings for nodes that no marker selects, which indicates that the graph is for another Python."""
    wanted: dict[str, list[bool]] = {}
    for node in graph:
        for edge in node.edges:
            wanted.setdefault(edge.key, []).append(_holds(edge.req, python, full))
    wanted.update((edge.key, [True]) for edge in graph.toplevel)
    return [
        f"{graph.nodes[key]} is in the graph, but no marker selects it on Python {python}: was the graph made for "
        "another version? Name that version: fromager-gen --python X.Y ..."
        for key, holds in sorted(wanted.items())
        if not any(holds)
    ]


def _holds(req: str, python: str, full: str) -> bool:
    """Return whether a requirement's marker holds, for any patch level if the patch level is unknown."""
    if ";" not in req:
        return True
    try:
        marker = requirement(req).marker
        if marker is None or "extra" in str(marker):
            return True
        minor = minor_version(python)
        return any(
            Marker(str(marker)).evaluate(marker_variables(one))
            for one in ([full] if full else [f"{minor}.0", f"{minor}.99"])
        )
    except InvalidRequirement:
        return True


def _pre_built(graph: Graph, lock: Lock) -> Iterator[str]:
    for node in graph:
        if node.is_published:
            url = lock.url(node.key)
            origin = f", {path_of(url)}, which other machines can't fetch" if url.startswith("file:") else ""
            yield f"{node} is used as a published wheel (pre_built){origin}"
