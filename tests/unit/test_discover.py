"""Rounds of reading, asking and resolving, with backends that answer from memory."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from indexes import VARIABLES, Place, asked, constraints, pkg_info, pyproject, requires
from samples import make_graph, serving, tar_gz

from fromager_gen.bootstrap import discover
from fromager_gen.bootstrap.discover import Discovery
from fromager_gen.build import Outcome
from fromager_gen.errors import BuildCycleError, BuildError, LockError, ResolutionError
from fromager_gen.graph import Graph, Node
from fromager_gen.lock.http import session
from fromager_gen.lock.model import LockedFile
from fromager_gen.names import folder
from fromager_gen.overrides.model import PackageSettings, Patch
from fromager_gen.resolve.resolution import BUILD_REQUIRES, METADATA, Collection, Question, Resolution

Answers = dict[str, str | Callable[[], str]]


class Bench:
    """Backends that answer from memory, by ``TARGET NAME``; what they were asked is kept, round by round."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.answers: Answers = {}
        self.rounds: list[list[str]] = []
        self.wheels: set[str] = set()
        self.locked: list[str] = []
        self.error: BuildError | None = None
        self.sources: dict[str, Path] = {}
        self.place.mkdir()

    def build(self, graph: Graph, wanted: Sequence[tuple[Node, str]], locked: Mapping[str, LockedFile]) -> Outcome:
        asked = sorted(f"{target} {node.key}" for node, target in wanted)
        self.rounds.append([text for text in asked if not text.startswith("wheel ")])
        self.wheels.update(text for text in asked if text.startswith("wheel "))
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
        if target == "wheel":
            return None
        default = "[]" if target == BUILD_REQUIRES else pkg_info(node.name, node.version, form="2.1")
        answer = self.answers.get(f"{target} {node.name}", default)
        path = self.place / f"{len(self.rounds)}-{node.name}-{target}"
        path.write_text(answer if isinstance(answer, str) else answer())
        return None if answer == "" else path


class Told:
    """Progress that is kept."""

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
    """An index on loopback, a bench, and a discovery of requirements in them."""

    def __init__(self, place: Place) -> None:
        self.place, self.bench, self.told = place, Bench(place.folder / "bench"), Told()
        self.settings: dict[str, PackageSettings] = {}
        self.patches: tuple[Patch, ...] = ()

    def sdist(self, name: str, version: str = "1", build: Sequence[str] = (), needs: Sequence[str] | None = ()) -> None:
        """Put an sdist into the index; ``needs`` is None where only the backend can tell."""
        info = pkg_info(name, version, *requires(*(needs or ())), form="2.1" if needs is None else "2.2")
        self.place.sdist(name, version, {"PKG-INFO": info, "pyproject.toml": pyproject(*build)})

    def discovery(self, *texts: str) -> Discovery:
        sources = self.place.sources(**self.settings)
        sources.overrides = replace(sources.overrides, patches=self.patches)
        collection = Collection(asked(*texts), constraints(), VARIABLES)
        return Discovery(collection, self.place.finder(**self.settings), sources, self.bench, self.told)

    def graph(self, *texts: str) -> list[str]:
        return list(self.discovery(*texts).run().graph.nodes)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    with serving() as server, session() as client:
        yield Run(Place(server, client, tmp_path))


def test_rounds_go_on_until_nothing_is_left(run: Run) -> None:
    """``a`` is built with ``b``, whose backend asks for ``c``; only the backend knows that ``a`` needs ``d``."""
    run.sdist("a", build=["b"], needs=None)
    for name in "bcd":
        run.sdist(name)
    run.bench.answers = {
        "build_requires b": json.dumps(["c>=1"]),
        "metadata a": pkg_info("a", "1", "Requires-Dist: d", form="2.1"),
    }
    discovery = run.discovery("a")
    found = discovery.run()

    assert run.bench.rounds == [
        ["build_requires b==1"],
        ["build_requires c==1"],
        ["build_requires a==1"],
        ["metadata a==1"],
        ["build_requires d==1"],
    ]
    assert {key: [f"{edge.kind} {edge.key}" for edge in node.edges] for key, node in found.graph.nodes.items()} == {
        "a==1": ["build-system b==1", "install d==1"],
        "b==1": ["build-backend c==1", "build-sdist c==1"],
        "c==1": [],
        "d==1": [],
    }
    assert run.bench.locked == ["a==1", "b==1", "c==1", "d==1"]
    assert discovery.actions["total"] >= 5
    assert run.told.phases.count("reading sources 1") == 4
    assert run.told.lines[0] == "1 questions wait for b 1 (1)"


def test_what_can_be_asked_at_once_is_one_round(run: Run) -> None:
    for name in "abc":
        run.sdist(name)

    assert run.graph("a", "b", "c") == ["a==1", "b==1", "c==1"]
    assert run.bench.rounds == [["build_requires a==1", "build_requires b==1", "build_requires c==1"]]


def test_a_source_that_is_not_for_this_python_is_passed_over(run: Run) -> None:
    """The index does not say so, the source does."""
    run.sdist("a", "1")
    run.place.sdist("a", "2", {"PKG-INFO": pkg_info("a", "2", "Requires-Python: >=3.13")})
    run.place.sdist("a", "3", {"PKG-INFO": pkg_info("a", "3"), "pyproject.toml": pyproject("x", requires_python='"<3.12.4"')})

    assert run.graph("a") == ["a==1"]
    with pytest.raises(ResolutionError, match=r"a>1 is asked for by r\.txt:1"):
        run.graph("a>1")


def test_a_package_of_which_no_version_is_for_this_python_says_so(run: Run) -> None:
    run.place.sdist("a", "2", {"PKG-INFO": pkg_info("a", "2", "Requires-Python: >=3.13")})

    with pytest.raises(ResolutionError, match=r"a 2 is for Python >=3\.13"):
        run.graph("a")


def test_a_requires_python_that_is_none_is_held_against_nobody(run: Run) -> None:
    run.place.sdist("a", "2", {"PKG-INFO": pkg_info("a", "2", "Requires-Python: soon"), "pyproject.toml": pyproject()})

    assert run.graph("a") == ["a==2"]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ('["b=1"]', "asks for what is no requirement"),
        ("[1]", "asks for what is no requirement"),
        ("5", "asks for what is no requirement"),
        ("{", "asks for what is no requirement"),
        ('["b\\u001b[31m <"]', "asks for what is no requirement"),
        pytest.param(
            "[" * 100_000,
            "asks for what is no requirement",
            marks=pytest.mark.xfail(strict=True, reason="discover._answer lets RecursionError through"),
        ),
        ('"' + "x" * 200 + '"', "answer has 202 bytes"),
    ],
    ids=["requirement", "number", "no list", "no JSON", "escape", "deep", "large"],
)
def test_a_backends_answer_that_is_no_list_of_requirements_is_refused(
    run: Run, answer: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discover, "_LARGEST_ANSWER", 150 if "bytes" in says else 1 << 20)
    run.sdist("a")
    run.bench.answers["build_requires a"] = answer

    with pytest.raises(ResolutionError, match=rf"a 1: its backend.* {says}") as raised:
        run.graph("a")
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (pkg_info("b", "1"), "a 1: its backend says that it is b 1"),
        (pkg_info("a", "2"), "a 1: its backend says that it is a 2"),
        ("nothing", "a 1: its metadata can't be read"),
        (pkg_info("a", "1", "Requires-Dist: b=1"), "a 1: its metadata has 'b=1'"),
    ],
)
def test_metadata_of_something_else_is_refused(run: Run, answer: str, says: str) -> None:
    run.sdist("a", needs=None)
    run.bench.answers["metadata a"] = answer

    with pytest.raises(ResolutionError, match=says):
        run.graph("a")


def test_answers_that_never_settle_end_the_run(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With ``b`` 2 the backend asks for ``c``, which wants ``b`` 1; with ``b`` 1 it does not ask for it."""
    monkeypatch.setattr(discover, "_ROUNDS", 30)
    run.sdist("a", build=["b"])
    run.sdist("b", "1")
    run.sdist("b", "2")
    run.sdist("c", needs=["b<2"])
    count = itertools.count()
    run.bench.answers["build_requires a"] = lambda: "[]" if next(count) % 2 else '["c"]'

    with pytest.raises(ResolutionError, match=r"after 30 rounds backends still answer differently .*: a==1\. Constrain"):
        run.graph("a")


def test_a_question_that_bazel_cannot_answer_is_named(run: Run) -> None:
    run.sdist("a")
    run.sdist("b")
    run.bench.answers["build_requires b"] = ""

    with pytest.raises(BuildError, match=r"Bazel made nothing\nNot answered: b 1 \(build_requires\)"):
        run.graph("a", "b")
    run.bench.error = BuildError("the build failed")
    with pytest.raises(BuildError, match=r"the build failed\nNot answered: b 1"):
        run.graph("a", "b")


def test_a_cycle_of_builds_is_left_to_the_plan_to_name(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", build=["a"])

    with pytest.raises(ResolutionError, match=r"[ab]==1 waits for [ab]==1"):
        run.graph("a")
    assert len(run.bench.rounds) == 1

    class Plans(Bench):
        def build(self, *_: object) -> Outcome:
            raise BuildCycleError("a needs b needs a")

    run.bench = Plans(run.place.folder / "plans")
    with pytest.raises(BuildCycleError, match="a needs b needs a"):
        run.graph("a")


def patched(run: Run, name: str = "a") -> None:
    """Let Bazel make a source that needs ``p``."""
    files = {f"{name}-1/PKG-INFO": pkg_info(name, "1", "Requires-Dist: p"), f"{name}-1/pyproject.toml": pyproject()}
    run.bench.sources[name] = tar_gz(run.place.folder / f"{name}-1.tar.gz", files)


@pytest.mark.parametrize("how", ["patch", "update", "remove"])
def test_a_patched_source_is_read_as_patched(run: Run, how: str) -> None:
    run.sdist("a", needs=["unpatched"])
    run.sdist("p")
    if how == "patch":
        run.patches = (Patch(Path("x.patch"), "a", "1"), Patch(Path("y.patch"), "p", "7"))
    else:
        change = {"update_build_requires": ("x",)} if how == "update" else {"remove_build_requires": ("x",)}
        run.settings = {"a": PackageSettings(**change)}  # type: ignore[arg-type]
    patched(run)

    assert run.graph("a") == ["a==1", "p==1"]
    assert run.bench.rounds[0] == ["source a==1"]


def test_a_patch_of_another_version_changes_nothing(run: Run) -> None:
    run.sdist("a")
    run.patches = (Patch(Path("x.patch"), "a", "2"),)

    assert run.graph("a") == ["a==1"]
    assert run.bench.rounds == [["build_requires a==1"]]


def test_a_source_that_cannot_be_patched_is_named(run: Run) -> None:
    run.sdist("a")
    run.patches = (Patch(Path("x.patch"), "a", None),)
    run.bench.error = BuildError("a 1: x.patch does not fit")

    with pytest.raises(BuildError, match=r"x\.patch does not fit\nNot answered: a 1 \(source\)"):
        run.graph("a")


def test_what_an_earlier_run_asked_is_asked_at_once(run: Run) -> None:
    run.sdist("a", build=["b"], needs=None)
    run.sdist("b")
    discovery = run.discovery("a")
    first = discovery.run()
    questions = discovery.questions(first)
    run.bench.rounds.clear()
    run.told.phases.clear()

    again = run.discovery("a").run(first.graph, questions)
    assert again.graph == first.graph
    assert run.bench.rounds == [["build_requires a==1", "build_requires b==1", "metadata a==1"]]
    assert run.told.phases[0] == "asking what was asked in the last run 3"


def test_what_an_earlier_run_asked_may_be_gone_or_outdated(run: Run) -> None:
    """Gone from the graph, not answered any more, or asked in another environment."""
    run.sdist("a", build=["b"])
    run.sdist("b")
    earlier = make_graph({"": ["toplevel a==1"], "a==1": [], "c==1": []})
    questions = [Question("a==1", BUILD_REQUIRES, ("b==0",)), Question("gone==1", METADATA, ())]

    found = run.discovery("a").run(earlier, questions)
    assert list(found.graph.nodes) == ["a==1", "b==1"]
    assert run.bench.rounds == [["build_requires a==1"], ["build_requires b==1"], ["build_requires a==1"]]

    run.bench.rounds.clear()
    assert run.discovery("a").run(None, questions).graph == found.graph


def test_a_package_of_an_earlier_run_that_is_not_needed_any_more_is_no_reason_to_fail(run: Run) -> None:
    run.sdist("a")
    run.sdist("b")
    discovery = run.discovery("a", "b")
    first = discovery.run()
    run.place.folder = run.place.folder / "new"
    run.place.folder.mkdir()
    run.place.server.answers.pop("/files/b-1.tar.gz")

    assert list(run.discovery("a").run(first.graph, discovery.questions(first)).graph.nodes) == ["a==1"]


def test_only_questions_of_the_result_are_kept(run: Run) -> None:
    run.sdist("a")
    discovery = run.discovery("a")
    found = discovery.run()
    discovery.answers[METADATA]["gone==1"] = discovery.answers[BUILD_REQUIRES]["a==1"]

    assert discovery.questions(found) == [Question("a==1", BUILD_REQUIRES, ())]


def test_an_index_that_lies_about_a_hash_ends_the_run(run: Run) -> None:
    run.sdist("a")
    run.place.server.say("/files/a-1.tar.gz", b"something else")

    with pytest.raises(LockError, match=r"a-1\.tar\.gz: the file has sha256 .*, promised was"):
        run.graph("a")
