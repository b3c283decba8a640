"""A bootstrap with an index on loopback and with backends that answer from memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fromager_gen.bazel import COLLECTED, Outcome
from fromager_gen.bootstrap.discovery import Discovery
from fromager_gen.bootstrap.failures import Failures
from fromager_gen.errors import BuildError, GenError
from fromager_gen.graph import Graph, Node
from fromager_gen.lock.model import LockedFile
from fromager_gen.names import folder
from fromager_gen.overrides.model import PackageSettings, Patch
from fromager_gen.resolve.known import BUILD_REQUIRES
from fromager_gen.resolve.resolution import Collection
from support.indexes import VARIABLES, Place, asked, constraints, pkg_info, pyproject, requires

Answers = dict[str, str | Callable[[], str]]


class Bench:
    """Backends that answer from memory, by ``TARGET NAME``; the questions of each round are recorded."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.answers: Answers = {}
        self.rounds: list[list[str]] = []
        self.wheels: list[list[str]] = []
        self.guessed: list[int] = []
        """Number of targets of each build that may fail."""
        self.made: set[str] = set()
        """Packages whose wheel can be built."""
        self.locked: list[str] = []
        self.error: BuildError | None = None
        self.graph = Graph({}, ())
        self.refused: dict[str, GenError] = {}
        """Packages that can't be in a workspace, with the error of each."""
        self.sources: dict[str, Path] = {}
        self.place.mkdir()

    def build(
        self,
        graph: Graph,
        wanted: Sequence[tuple[Node, str]],
        locked: Mapping[str, LockedFile],
        guessed: Sequence[tuple[Node, str]] = (),
    ) -> Outcome:
        self.guessed.append(len(guessed))
        wanted = [*wanted, *guessed]
        asked = sorted(f"{target} {node.key}" for node, target in wanted)
        self.graph = graph
        for key, error in self.refused.items():
            if key in graph.nodes:
                raise error
        self.rounds.append([text for text in asked if not text.startswith(COLLECTED)])
        self.wheels.append([text.removeprefix("wheel ") for text in asked if text.startswith("wheel ")])
        self.locked = sorted(locked)
        outcome = Outcome(runners={"linux-sandbox": len(wanted), "total": len(wanted)}, error=self.error)
        for node, target in wanted:
            path = self._made(node, target)
            if path is not None:
                outcome.files.setdefault(folder(node.name, node.version), {})[target] = [path]
        return outcome

    def _made(self, node: Node, target: str) -> Path | None:
        if target == "source":
            return self.sources.get(node.name)
        if target in COLLECTED and node.name not in self.made:
            return None
        default = "[]" if target == BUILD_REQUIRES else pkg_info(node.name, node.version, form="2.1")
        said = self.answers.get(f"{target} {node.name}", default)
        answer = said if isinstance(said, str) else said()
        path = self.place / f"{len(self.rounds)}-{node.name}-{target}"
        path.write_text(answer)
        return None if answer == "" else path


class Recorder:
    """Records the progress messages."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.items: list[str] = []
        self.lines: list[str] = []

    def begin(self, what: str, total: int) -> None:
        self.phases.append(f"{what} {total}")

    def done(self, item: str) -> None:
        self.items.append(item)

    def say(self, text: str) -> None:
        self.lines.append(text)


class Run:
    """An index on loopback, a bench, and a discovery of requirements that uses both."""

    def __init__(self, place: Place) -> None:
        self.place, self.bench, self.progress = place, Bench(place.folder / "bench"), Recorder()
        self.settings: dict[str, PackageSettings] = {}
        self.patches: tuple[Patch, ...] = ()

    def sdist(
        self,
        name: str,
        version: str = "1",
        build: Sequence[str] = (),
        needs: Sequence[str] | None = (),
        to_compile: int = 0,
        likely: Sequence[str] = (),
    ) -> None:
        """Put an sdist into the index.

        ``needs`` is None if only the backend knows it; ``likely`` is then a guess. ``to_compile`` is a size of C code.
        """
        texts = likely if needs is None else needs
        info = pkg_info(name, version, *requires(*texts), form="2.1" if needs is None else "2.2")
        code = {"src/code.c": bytes(to_compile)} if to_compile else {}
        self.place.sdist(name, version, {"PKG-INFO": info, "pyproject.toml": pyproject(*build), **code})

    def going_on(self, *texts: str, is_test: bool, every_version: bool = False, bound: Sequence[str] = ()) -> Discovery:
        """Return a discovery that goes on after failures, and does not build wheels."""
        sources, finder = self.place.sources(**self.settings), self.place.finder(**self.settings)
        finder.is_several = every_version
        collection = Collection(asked(*texts), constraints(*bound), VARIABLES, not every_version)
        collection = replace(collection, every_version=every_version)
        failures = Failures(finder, sources, collection.without, is_test)
        return Discovery(collection, finder, sources, self.bench, self.progress, build_wheels=False, failures=failures)

    def discovery(self, *texts: str) -> Discovery:
        sources = self.place.sources(**self.settings)
        sources.overrides = replace(sources.overrides, patches=self.patches)
        collection = Collection(asked(*texts), constraints(), VARIABLES)
        return Discovery(collection, self.place.finder(**self.settings), sources, self.bench, self.progress)

    def graph(self, *texts: str) -> list[str]:
        return list(self.discovery(*texts).run().graph.nodes)
