"""``preflight``: what a collection needs before hours are spent. Sources are read, and nothing is built."""

import logging
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from fromager_gen.bazel import Outcome
from fromager_gen.bootstrap import Begun, Discovery, Failures, Wanted, begin, begin_with
from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.errors import ResolutionError, SourceError
from fromager_gen.external import definition, install_lines
from fromager_gen.graph import Graph, Node, build_closure, read_graph
from fromager_gen.interpreter import begin_to_ask
from fromager_gen.lock import LockedFile
from fromager_gen.net import Workers, session
from fromager_gen.overrides import Overrides, read_overrides
from fromager_gen.pipeline.bootstrap import bootstrap_request
from fromager_gen.pipeline.external_search import search_machine, search_pinned
from fromager_gen.pipeline.options import BootstrapOptions, GlobalOptions
from fromager_gen.pipeline.without_graph import candidate_of
from fromager_gen.plan import PlanOptions, needs_of
from fromager_gen.preflight import (
    OPTIONAL,
    SURE,
    Available,
    Finding,
    Inspected,
    findings_of_collection,
    findings_of_package,
    wanted_dependencies,
)
from fromager_gen.resolve import Candidate
from fromager_gen.source import READ_FOR_HINTS, SourceArchive, hints_of, rust_project
from fromager_gen.terminal import Phases
from fromager_gen.toolchains import read_toolchains

_log = logging.getLogger(__name__)
_SECONDS = 30


class Report(NamedTuple):
    """The findings of a preflight, and the commands that install what is missing."""

    findings: tuple[Finding, ...]
    install: tuple[str, ...]


def preflight(
    options: GlobalOptions, graph_file: Path | None, asked: BootstrapOptions, index_url: str | None
) -> Report:
    """Find out what a collection needs.

    Args:
        options: the options before the command.
        graph_file: graph of the collection; None to resolve requirements.
        asked: the requirements.
        index_url: index that the command line names, or None for that of pip's settings.

    Raises:
        FetchError: a source can't be downloaded.
        GraphError: the graph is not valid.
        InputError: there are no requirements.
        ResolutionError: requirements contradict each other.
    """
    begin_to_ask(options.python)
    overrides = read_overrides(options.override_paths)
    with Phases() as progress:
        if graph_file is not None:
            graph, begun = read_graph(graph_file), _begun(options, overrides)
            lost: tuple[Finding, ...] = ()
        else:
            begun = begin(bootstrap_request(options, asked, index_url), overrides, session())
            graph, lost = _resolved(begun, progress)
        inspected = _inspected(graph, begun, overrides, progress)
    has = _available(options, inspected, overrides)
    chosen = PlanOptions(python=options.python, jobs=options.jobs)
    findings = [finding for one in inspected for finding in findings_of_package(one, overrides.vocabulary, has)]
    findings += findings_of_collection(graph, inspected, chosen, has)
    return Report((*lost, *findings), _install_lines(findings, overrides, options))


def _begun(options: GlobalOptions, overrides: Overrides) -> Begun:
    """Return what fetches the sources of a graph; nothing is resolved."""
    request = bootstrap_request(options, BootstrapOptions(), None)
    return begin_with(request, overrides, session(), ())


def _resolved(begun: Begun, progress: Phases) -> tuple[Graph, tuple[Finding, ...]]:
    """Return the likely graph of requirements, and the packages that no source fits."""
    failures = Failures(begun.finder, begun.store, begun.collection.without, is_test=True)
    discovery = Discovery(*begun, _Nothing(), progress, build_wheels=False, failures=failures)
    graph = discovery.likely().graph
    lost = tuple(
        Finding(str(one).replace("==", " "), "resolution", "a version with a source", SURE, one.message, "the index")
        for one in failures.found
    )
    return graph, lost


class _Nothing:
    """Builds no target: a preflight takes likely answers in place of those of backends."""

    def build(self, graph: Graph, wanted: Wanted, locked: Mapping[str, LockedFile], guessed: Wanted = ()) -> Outcome:
        raise ResolutionError("a preflight builds nothing")

    def write(self, graph: Graph, locked: Mapping[str, LockedFile], is_whole: bool = True) -> tuple[str, ...]:
        return ()


def _inspected(graph: Graph, begun: Begun, overrides: Overrides, progress: Phases) -> list[Inspected]:
    """Read the sources of all packages that are built."""
    nodes = [node for node in graph if not node.pre_built]
    candidates = Workers().run(nodes, lambda node: candidate_of(node, begun.finder.index_for(node.name, False)))
    progress.begin("reading build scripts", len(nodes))
    begun.store.fetch(candidates, lambda _: None)

    def read(pair: tuple[Node, Candidate]) -> Inspected:
        node, candidate = pair
        made = _read(graph, node, begun.store.folder / candidate.filename, overrides)
        progress.done(str(node))
        return made

    return Workers().run(list(zip(nodes, candidates, strict=True)), read)


def _read(graph: Graph, node: Node, archive: Path, overrides: Overrides) -> Inspected:
    settings = overrides.settings(node.name, node.version)
    environment = frozenset(graph.nodes[key].name for key in build_closure(graph, node))
    plain = Inspected(node, settings, needs_of(node, overrides), environment=environment)
    if not archive.is_file():
        return plain  # a source from git, which is fetched only by its build
    try:
        source = SourceArchive.of_archive(archive, READ_FOR_HINTS)
        hints = tuple(hints_of(source, settings.build_dir))
        system = source.toml(f"{settings.build_dir}/pyproject.toml").get("build-system", {})
        rust = rust_project(source, settings.build_dir)
    except (SourceError, AttributeError) as err:
        _log.debug("%s: its source can't be read, which its build reports: %s", node, err)
        return plain
    stated = tuple(hint.thing for hint in hints if hint.kind == "external")
    return replace(
        plain,
        needs=needs_of(node, overrides, stated),
        hints=hints,
        backend=str(system.get("build-backend", "")) if not system.get("backend-path") else "",
        has_rust=rust is not None,
        has_cargo_lock=rust is None or rust.has_lock or overrides.cargo_lock_for(node.name, node.version) is not None,
        size=archive.stat().st_size,
    )


def _available(options: GlobalOptions, inspected: Sequence[Inspected], overrides: Overrides) -> Available:
    """Look for what the packages need where their builds will look."""
    wanted = wanted_dependencies(inspected, overrides.vocabulary)
    if options.toolchains == "machine":
        searched = search_machine(wanted, overrides.vocabulary)
        return Available(searched.problems, _machines_rust())
    lock = read_toolchains(options.workspace / TOOLCHAINS_LOCK)
    searched = search_pinned(wanted, lock, options.platforms[0])
    rust = next((one.version for one in lock.rust), "") or _machines_rust()
    return Available(searched.problems, rust, bool(lock.cuda), f"the platform {options.platforms[0]}")


def _machines_rust() -> str:
    """Return the version of the machine's Rust; empty if it has none."""
    try:
        result = subprocess.run(
            ["rustc", "--version"], capture_output=True, text=True, check=False, timeout=_SECONDS,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout.split()[1] if result.returncode == 0 and len(result.stdout.split()) > 1 else ""


def _install_lines(findings: Iterable[Finding], overrides: Overrides, options: GlobalOptions) -> tuple[str, ...]:
    wanted = (one for one in findings if one.kind == "external" and one.problem and one.certainty != OPTIONAL)
    missing = {one.need.partition("@")[0] for one in wanted}
    if missing and options.toolchains != "machine":
        return (f"fromager-gen external lock --output {options.workspace} {' '.join(sorted(missing))}",)
    entries = overrides.vocabulary.entries
    return tuple(install_lines([definition(name, entries[name]) for name in sorted(missing)]))
