"""Read the sources of candidates, and ask the index for their requirements in advance."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import canonicalize_name

from fromager_gen.bootstrap.answers import read_answer
from fromager_gen.bootstrap.bench import Bench
from fromager_gen.bootstrap.pins import pinned_facts
from fromager_gen.bootstrap.store import SourceStore
from fromager_gen.errors import about
from fromager_gen.graph import Graph, Node
from fromager_gen.lock import wanted_submodules
from fromager_gen.resolve import Candidate, Collection, Finder, is_for, needs_of
from fromager_gen.source import Facts, facts_of_source
from fromager_gen.terminal import Progress

_log = logging.getLogger(__name__)
# Target of the build requirements that only a plugin knows, and the plugin's function.
_SYSTEM, _DECIDES_SYSTEM = "build_system", "get_build_system_dependencies"
# Functions of a plugin that decide what a source states otherwise.
_DECIDES_BACKEND, _DECIDES_SDIST = "get_build_backend_dependencies", "get_build_sdist_dependencies"
_DECIDE_INSTALL = ("build_wheel", "get_install_dependencies_of_sdist")


@dataclass
class SourceReader:
    """Reads each source once and keeps its facts."""

    collection: Collection
    finder: Finder
    store: SourceStore
    bench: Bench
    progress: Progress
    is_static: bool = False
    """Whether patches are left out, so that nothing is built."""
    facts: dict[str, Facts] = field(default_factory=dict)
    """Facts of sources, by the graph's key."""

    def prefetch(self, texts: Iterable[str]) -> None:
        """Ask the index for the packages of requirements in parallel, before the resolver asks one by one."""
        held = needs_of((), texts, self.collection.variables)
        names = self.finder.unasked({str(canonicalize_name(one.name)) for one in held if one.url is None})
        if names:
            self.progress.begin("asking the index", len(names))
            self.finder.prefetch(names, self.progress.done)

    def read(self, candidates: Sequence[Candidate]) -> None:
        """Read sources, and exclude those that are not for this Python.

        Raises:
            FetchError: a source can't be downloaded.
            ResolutionError: a source contradicts the index.
            BuildError: a source can't be patched.
        """
        self.progress.begin("reading sources", len(candidates))
        patched = [one for one in candidates if not self.is_static and self._is_patched(one)]
        found = self.store.read([one for one in candidates if one not in patched], self.progress.done)
        if patched:
            self.store.fetch(patched, self.progress.done)
            found.update(self._read_patched(patched))
        for candidate in candidates:
            facts = found[candidate.key]
            if facts.external and candidate.key in self.store.locked:
                locked = self.store.locked[candidate.key]
                self.store.locked[candidate.key] = replace(locked, external=facts.external)
            found[candidate.key] = pinned_facts(facts, self.store.overrides, candidate.name, str(candidate.version))
            if not is_for(facts.requires_python, self.collection.variables["python_full_version"]):
                self.finder.refuse(candidate, f"is for Python {facts.requires_python}")
        self.facts.update(found)
        self.prefetch(text for one in candidates for text in self._requirements(one, found[one.key]))

    def _requirements(self, candidate: Candidate, facts: Facts) -> tuple[str, ...]:
        """Return the requirements of a source that are known or likely."""
        if candidate.name in self.collection.partial:
            return facts.build_system
        return *facts.build_system, *(facts.install or facts.likely_install)

    def _is_patched(self, candidate: Candidate) -> bool:
        overrides = self.store.overrides
        settings = overrides.settings(candidate.name, str(candidate.version))
        requires = settings.update_build_requires or settings.remove_build_requires
        changed = requires or overrides.edits_for(candidate.name, str(candidate.version))
        has_more = wanted_submodules(_lone(candidate), overrides) is not None
        has_more = has_more or overrides.plugins.overrides_source(candidate.name)
        return not candidate.pre_built and bool(
            changed or has_more or overrides.patches_for(candidate.name, str(candidate.version))
        )

    def _read_patched(self, candidates: Sequence[Candidate]) -> dict[str, Facts]:
        """Return the facts of sources after their patches, which may change them; Bazel applies them as for a build."""
        nodes = {one.key: _lone(one) for one in candidates}
        for one in candidates:
            for patch in self.store.overrides.patches_for(one.name, str(one.version)):
                _log.info("%s-%s: applying patch file %s", one.name, one.version, patch.path)
        plugins = self.store.overrides.plugins
        wanted = [(node, "source") for node in nodes.values()]
        wanted += [(node, _SYSTEM) for node in nodes.values() if plugins.has(node.name, _DECIDES_SYSTEM)]
        outcome = self.bench.build(Graph(nodes, ()), wanted)
        found = {}
        for candidate in candidates:
            (archive,) = outcome.of(nodes[candidate.key], "source")
            build_dir = self.store.overrides.settings(candidate.name, str(candidate.version)).build_dir
            with about(candidate.key):
                facts = facts_of_source(archive, candidate.name, str(candidate.version), build_dir)
                found[candidate.key] = self._of_plugin(candidate, facts, outcome.of(nodes[candidate.key], _SYSTEM))
        return found

    def _of_plugin(self, candidate: Candidate, facts: Facts, answer: Sequence[Path]) -> Facts:
        """Return the facts of a source without those that a plugin decides."""
        plugins = self.store.overrides.plugins
        if answer:
            facts = replace(facts, build_system=read_answer(answer[0], _lone(candidate), _SYSTEM))
        if plugins.has(candidate.name, _DECIDES_BACKEND):
            facts = replace(facts, build_requires=None)
        facts = replace(facts, states_sdist_requires=plugins.has(candidate.name, _DECIDES_SDIST))
        if any(plugins.has(candidate.name, function) for function in _DECIDE_INSTALL):
            facts = replace(facts, install=None, likely_install=facts.install or facts.likely_install)
        return facts


def _lone(candidate: Candidate) -> Node:
    return Node(candidate.key, candidate.name, str(candidate.version), candidate.url, candidate.pre_built, ())
