"""Resolve a collection from the known facts: its graph, and the open questions about sources and backends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.errors import GraphError, ResolutionError, about
from fromager_gen.graph import Edge, Graph, Node, build_closure
from fromager_gen.resolve.candidates import Candidate, Finder
from fromager_gen.resolve.known import BUILD_REQUIRES, METADATA, SDIST_REQUIRES, Answer, Known, Question
from fromager_gen.resolve.provider import Need, Provider, needs_of
from fromager_gen.resolve.recipes import Recipes
from fromager_gen.resolve.requirements import Asked, Constraints, is_pin
from fromager_gen.resolve.solve import TOPLEVEL, Solution, solve
from fromager_gen.resolve.without import Without, every_version


@dataclass(frozen=True)
class Collection:
    """The requirements to resolve, and the options of the resolution."""

    asked: tuple[Asked, ...]
    constraints: Constraints
    variables: Mapping[str, str]
    together: bool = True
    """Whether the whole top level gets one solution, so that it can be installed together."""
    previous: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    """Versions of an earlier graph, which are preferred if they still fit."""
    partial: frozenset[str] = frozenset()
    """Packages whose install requirements are left out, because only their build matters."""
    every_version: bool = False
    """Whether every version that fits a requirement is chosen, regardless of other requirements."""
    without: Without = field(default_factory=Without)
    """What is left out after failures."""


@dataclass(frozen=True)
class Resolution:
    """A graph; it is complete if no sources and questions are left."""

    graph: Graph
    unread: tuple[Candidate, ...]
    """Sources that must be read."""
    ready: tuple[Question, ...]
    """Questions whose environment can be built."""
    waiting: tuple[Question, ...]
    """Questions whose environment depends on other answers."""
    buildable: frozenset[str]
    """Nodes whose wheels can be built with the known facts."""
    settled: frozenset[str]
    """Buildable nodes without open questions."""
    environments: Mapping[str, tuple[str, ...]]
    """Build environment of each node: its build requirements and their install requirements."""
    recipes: Recipes
    installed: Mapping[str, Candidate]
    """Solution of the top level, by name; empty if it has several solutions."""
    left: tuple[str, ...] = ()
    """Versions that are higher than those in the graph, each with the reason why it was not chosen."""

    def recipe_of(self, question: Question) -> str:
        """Return the recipe of a question's environment."""
        return self.recipes.of_environment(question.environment)


def resolve(collection: Collection, finder: Finder, known: Known) -> Resolution:
    """Resolve a collection from the known facts, and from likely answers if `known` is guessing.

    Raises:
        ResolutionError: no versions fit all requirements.
    """
    return _Resolving(collection, finder, known).run()


class _Resolving:
    def __init__(self, collection: Collection, finder: Finder, known: Known) -> None:
        self._collection = collection
        self._finder = finder
        self._known = known
        self._unread: dict[str, Candidate] = {}
        self._nodes: dict[str, Candidate] = {}
        self._edges: dict[str, dict[Edge, None]] = {}
        self._todo: list[str] = []
        self._environments: dict[str, tuple[str, ...]] = {}
        self._recipes = Recipes({})
        self._questions: dict[tuple[str, str], Question] = {}
        self._solved: dict[tuple[str, ...], Solution] = {}
        self._preferred: dict[str, list[Version]] = {
            name: list(versions) for name, versions in collection.previous.items()
        }
        self._buildable: dict[str, bool] = {}
        self._installed: Mapping[str, Candidate] = {}
        self._left: dict[str, tuple[Candidate, str]] = {}
        self._without = collection.without
        self._partial = set(collection.partial)
        self._expand: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = {}
        """Nodes and extras of which every version of their install requirements is needed, and who requires them."""
        self._fitting: dict[tuple[str, bool], list[Candidate]] = {}
        self._expanded: set[tuple[str, tuple[str, ...]]] = set()

    def run(self) -> Resolution:
        toplevel = self._install()
        while self._todo or self._expanded != self._expand.keys():
            for key, extras in sorted(self._expand.keys() - self._expanded):
                self._expanded.add((key, extras))
                self._install_each(key, extras)
            if not self._todo:
                continue
            candidate = self._nodes[self._todo.pop()]
            with about(candidate.key, ResolutionError):
                self._build(candidate)
        graph = self._graph(toplevel)
        for node in graph:
            if node.key in self._known.facts and not node.pre_built:
                with about(node.key, GraphError):
                    self._environments[node.key] = build_closure(graph, node)
        self._recipes = Recipes(self._environments, graph.nodes)
        for node in graph:
            self._ask(graph, node)
        ready: list[Question] = []
        waiting: list[Question] = []
        for question in self._questions.values():
            (ready if all(map(self._usable, question.environment)) else waiting).append(question)
        return Resolution(
            graph=graph,
            unread=tuple(self._unread[key] for key in sorted(self._unread)),
            ready=tuple(ready),
            waiting=tuple(waiting),
            buildable=frozenset(key for key in self._nodes if self._can_be_built(key)),
            settled=frozenset(key for key in self._nodes if self._usable(key)),
            environments=self._environments,
            recipes=self._recipes,
            installed=self._installed,
            left=self._left_out(graph),
        )

    def _install(self) -> list[Edge]:
        """Solve the top level, together or each requirement separately, and return the root's edges."""
        needs = [Need(one.requirement, (one.where,)) for one in self._collection.asked]
        needs = [need for need in needs if str(need.requirement) not in self._without.requirements]
        groups = [needs] if self._collection.together else [[need] for need in needs]
        pinned = frozenset(need.identifier[0] for need in needs if is_pin(need.requirement.specifier))
        if self._collection.every_version:
            provider = self._provider(pinned)
            return [
                edge for need in needs for edge in self._edges_to(need.requirement, "toplevel", need.chain, provider)
            ]
        toplevel, taken = [], dict[str, set[Version]]()
        for group in groups:
            solution = solve(group, self._provider(pinned), TOPLEVEL)
            for name, candidate in solution.chosen.items():
                taken.setdefault(name, set()).add(candidate.version)
            self._add(solution)
            if self._collection.together:
                self._installed = {name: one for name, one in solution.chosen.items() if one.key in self._nodes}
            keys = [(solution.chosen[need.identifier[0]].key, need) for need in group]
            toplevel += [Edge(key, "toplevel", str(need.requirement)) for key, need in keys if key in self._nodes]
        for name, versions in taken.items():
            first = sorted(versions, reverse=True)
            self._preferred[name] = first + [one for one in self._preferred.get(name, []) if one not in versions]
        return toplevel

    def _provider(self, pinned: frozenset[str] = frozenset(), first: Mapping[str, Candidate] | None = None) -> Provider:
        preferred: dict[str, Sequence[Version]] = dict(self._preferred)
        preferred.update({name: [candidate.version] for name, candidate in (first or {}).items()})
        return Provider(
            self._finder, self._collection.constraints, self._install_of, self._collection.variables, preferred, pinned
        )

    def _install_of(self, candidate: Candidate) -> tuple[str, ...]:
        if candidate.key in self._without.broken:
            return ()
        if candidate.key not in self._known.facts:
            self._unread[candidate.key] = candidate
        if candidate.name in self._collection.partial:
            return ()
        texts = self._known.install_of(candidate.key) or ()
        kept = self._without.keep(texts)
        if len(kept) < len(texts):
            self._partial.add(candidate.name)
        return kept

    def _add(self, solution: Solution) -> None:
        """Add a solution's packages, and the install edges between them."""
        for left, why in solution.left.values():
            self._left.setdefault(left.key, (left, why))
        for name, candidate in solution.chosen.items():
            if candidate.key in self._without.broken:
                continue
            self._take(candidate)
            texts = self._install_of(candidate)
            for requirement in needs_of(solution.extras[name], texts, self._collection.variables):
                key = solution.chosen[str(canonicalize_name(requirement.name))].key
                if key in self._without.broken:
                    self._partial.add(name)
                else:
                    self._edges[candidate.key][Edge(key, "install", str(requirement))] = None

    def _take(self, candidate: Candidate) -> None:
        """Add a node; its build environment is solved later."""
        if candidate.key not in self._nodes:
            self._nodes[candidate.key] = candidate
            self._edges[candidate.key] = {}
            self._todo.append(candidate.key)

    def _edges_to(self, asked: Requirement, kind: str, where: Sequence[str], provider: Provider) -> list[Edge]:
        """Return edges to all versions that fit a requirement, and add these with their install requirements."""
        edges, extras = [], tuple(sorted(asked.extras))
        fitting = (str(asked), kind == "toplevel")
        if fitting not in self._fitting:
            self._fitting[fitting] = every_version(asked, where, provider)
        for candidate in self._fitting[fitting]:
            if candidate.key in self._without.broken:
                continue
            edges.append(Edge(candidate.key, kind, str(asked)))
            self._take(candidate)
            self._expand.setdefault((candidate.key, extras), (*where, str(candidate)))
        return edges

    def _install_each(self, key: str, extras: tuple[str, ...]) -> None:
        """Add the install edges of a node to all versions that fit its requirements."""
        candidate, chain = self._nodes[key], self._expand[key, extras]
        for requirement in needs_of(extras, self._install_of(candidate), self._collection.variables):
            if canonicalize_name(requirement.name) == candidate.name:  # its own extras
                found = [Edge(key, "install", str(requirement))]
                self._expand.setdefault((key, tuple(sorted(requirement.extras))), chain)
            else:
                found = self._edges_to(requirement, "install", chain, self._provider())
            self._edges[key].update(dict.fromkeys(found))

    def _build(self, candidate: Candidate) -> None:
        """Solve a package's build environment."""
        key = candidate.key
        facts = self._known.facts.get(key)
        if facts is None or candidate.pre_built:
            return
        system = self._hold(facts.build_system)
        what = f"the build environment of {candidate}"
        chain = (f"{candidate} to be built",)
        backend = self._hold(self._known.build_requires_of(key) or ())
        sdist = self._hold(self._known.sdist_requires_of(key) or ())
        more = [*backend, *(one for one in sdist if one not in backend)]
        by_kind = (("build-system", system), ("build-backend", backend), ("build-sdist", sdist))
        self._without.check_build(candidate, [*system, *more], ())
        if self._collection.every_version:
            for kind, asked in by_kind:
                for requirement in asked:
                    found = self._edges_to(requirement, kind, chain, self._provider())
                    self._edges[key].update(dict.fromkeys(found))
            return
        whole = self._environment(system, what, chain, {})
        if more:
            whole = self._environment([*system, *more], what, chain, whole.chosen)
        self._without.check_build(candidate, (), whole.chosen.values())
        for kind, requirements in by_kind:
            for requirement in requirements:
                chosen = whole.chosen[str(canonicalize_name(requirement.name))]
                self._edges[key][Edge(chosen.key, kind, str(requirement))] = None
        self._add(whole)

    def _ask(self, graph: Graph, node: Node) -> None:
        """Add the open questions to a package's backend, in the environments that follow from the graph's edges.

        These are the environments of the build. They may differ from the solution for this package alone, because nodes
        in the graph are shared with other packages.
        """
        facts = self._known.facts.get(node.key)
        if facts is None or node.pre_built:
            return
        if facts.build_requires is None:
            asked_in = build_closure(graph, node, ("build-system",))
            self._ask_unless(self._known.build_requires.get(node.key), Question(node.key, BUILD_REQUIRES, asked_in))
        if facts.states_sdist_requires:
            asked_in = build_closure(graph, node, ("build-system",))
            self._ask_unless(self._known.sdist_requires.get(node.key), Question(node.key, SDIST_REQUIRES, asked_in))
        if node.name in self._collection.partial:
            return
        known = None not in (self._known.build_requires_of(node.key), self._known.sdist_requires_of(node.key))
        if facts.install is None and known:
            asked_in = self._environments[node.key]
            self._ask_unless(self._known.install.get(node.key), Question(node.key, METADATA, asked_in))

    def _ask_unless(self, answer: Answer | None, question: Question) -> None:
        """Add a question unless it was answered in the same environment."""
        if answer is None or answer.recipe != self._recipes.of_environment(question.environment):
            self._questions[question.key, question.target] = question

    def _hold(self, texts: Iterable[str]) -> list[Requirement]:
        """Return the requirements whose markers hold, in Fromager's order."""
        held = needs_of((), texts, self._collection.variables)
        return sorted(held, key=lambda one: (one.name, str(one)))

    def _environment(
        self, requirements: Sequence[Requirement], what: str, chain: tuple[str, ...], first: Mapping[str, Candidate]
    ) -> Solution:
        asked = (*sorted(map(str, requirements)), *sorted(one.key for one in first.values()))
        if asked not in self._solved:
            needs = [Need(requirement, chain) for requirement in requirements]
            self._solved[asked] = solve(needs, self._provider(first=first), what)
        return self._solved[asked]

    def _left_out(self, graph: Graph) -> tuple[str, ...]:
        """Return the reasons why versions higher than those in the graph were not chosen."""
        taken = {node.name: Version(node.version) for node in graph}  # the highest of several versions comes last
        left = (self._left[key] for key in sorted(self._left))
        return tuple(why for one, why in left if one.name in taken and one.version > taken[one.name])

    def _usable(self, key: str) -> bool:
        """Return whether a package can be in a build environment: it can be built, and its requirements are known."""
        if not self._known.guessing and (key, METADATA) in self._questions:
            return False  # its metadata is from another environment
        return self._known.install_of(key) is not None and self._can_be_built(key)

    def _can_be_built(self, key: str) -> bool:
        if key not in self._buildable:
            self._buildable[key] = False  # packages of a cycle can't be built
            waits = (key, BUILD_REQUIRES) in self._questions or (key, SDIST_REQUIRES) in self._questions
            answered = self._nodes[key].pre_built or not waits
            known = key in self._known.facts and (answered or self._known.guessing)
            self._buildable[key] = known and all(map(self._usable, self._environments.get(key, ())))
        return self._buildable[key]

    def _graph(self, toplevel: list[Edge]) -> Graph:
        nodes = [self._node(candidate) for candidate in self._nodes.values()]
        nodes.sort(key=lambda node: (node.name, Version(node.version)))
        return Graph({node.key: node for node in nodes}, tuple(toplevel), partial=frozenset(self._partial))

    def _node(self, candidate: Candidate) -> Node:
        return Node(
            key=candidate.key,
            name=candidate.name,
            version=str(candidate.version),
            url=candidate.url,
            pre_built=candidate.pre_built,
            edges=tuple(sorted(self._edges[candidate.key], key=_edge_order)),
            constraint=self._collection.constraints.text(candidate.name),
            is_cached=candidate.is_cached,
        )


_KINDS = ("build-system", "build-backend", "build-sdist", "install")


def _edge_order(edge: Edge) -> tuple[int, str, str]:
    return _KINDS.index(edge.kind), edge.req, edge.key
