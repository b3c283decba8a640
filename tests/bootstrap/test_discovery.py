"""Rounds of reading, asking and resolving, with fake backends."""

import json
from pathlib import Path

import pytest
from support.benches import Run
from support.indexes import pkg_info, pyproject
from support.samples import make_graph, tar_gz

from fromager_gen.bootstrap.earlier import repeatable
from fromager_gen.errors import BuildError, ResolutionError
from fromager_gen.overrides.model import PackageSettings, Patch
from fromager_gen.resolve.known import BUILD_REQUIRES, METADATA, Question


def test_rounds_continue_until_no_question_is_left(run: Run) -> None:
    """``a`` is built with ``b``, whose backend requires ``c``; only the backend knows that ``a`` requires ``d``."""
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
        ["build_requires a==1", "build_requires b==1", "metadata a==1"],
        ["build_requires a==1", "build_requires c==1", "metadata a==1"],
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
    assert [text for text in run.progress.phases if "reading" in text] == [
        "reading sources 1",
        "reading sources 1",
        "reading sources 2",
    ]
    assert run.progress.lines == []


def test_questions_that_can_be_asked_together_are_one_round(run: Run) -> None:
    for name in "abc":
        run.sdist(name)

    assert run.graph("a", "b", "c") == ["a==1", "b==1", "c==1"]
    assert run.bench.rounds == [["build_requires a==1", "build_requires b==1", "build_requires c==1"]]


def test_questions_behind_a_long_build_are_asked_last_alongside_all_wheels(run: Run) -> None:
    """``slow`` takes minutes to compile; ``mid`` is built with it, and ``a`` with ``mid``."""
    run.sdist("slow", to_compile=2 << 20)
    run.sdist("mid", build=["slow"])
    run.sdist("a", build=["mid"])
    run.sdist("b", build=["c"])
    run.sdist("c")

    assert run.graph("a", "b") == ["a==1", "b==1", "c==1", "mid==1", "slow==1"]
    assert run.bench.rounds == [
        ["build_requires b==1", "build_requires c==1", "build_requires slow==1"],
        ["build_requires a==1", "build_requires mid==1"],
    ]
    assert run.bench.wheels == [[], ["a==1", "b==1", "c==1", "mid==1", "slow==1"]]
    assert run.progress.lines == [
        "2 questions wait for mid 1 (1), slow 1 (1)",
        "5 of the wheels are built alongside the next questions",
    ]


def test_wheels_that_were_built_without_unexpected_requirements_are_not_used(run: Run) -> None:
    """``mid`` is built alongside its question; ``a`` is asked only after ``mid`` was built with its requirements."""
    run.sdist("slow", to_compile=2 << 20)
    run.sdist("mid", build=["slow"], to_compile=2 << 20)
    run.sdist("a", build=["mid"])
    run.sdist("more")
    run.bench.answers["build_requires mid"] = json.dumps(["more"])
    run.bench.made = {"slow", "mid"}

    run.graph("a")
    assert run.bench.rounds == [
        ["build_requires slow==1"],
        ["build_requires a==1", "build_requires mid==1"],
        ["build_requires more==1"],
        ["build_requires a==1"],
    ]
    assert run.bench.wheels == [[], ["a==1", "mid==1", "slow==1"], [], ["a==1", "mid==1", "more==1", "slow==1"]]
    assert (
        "mid 1 unexpectedly requires more; wheels that were built on the wrong guess are not used" in run.progress.lines
    )


def test_a_wheel_that_was_built_alongside_its_question_is_not_waited_for(run: Run) -> None:
    run.sdist("slow", to_compile=2 << 20)
    run.sdist("mid", build=["slow"], to_compile=2 << 20)
    run.sdist("a", build=["mid"])
    run.bench.made = {"slow", "mid"}

    run.graph("a")
    assert run.bench.rounds == [["build_requires slow==1"], ["build_requires a==1", "build_requires mid==1"]]
    assert run.bench.wheels == [[], ["a==1", "mid==1", "slow==1"]]


def test_metadata_of_a_long_build_is_asked_last(run: Run) -> None:
    """A backend without the metadata hook builds the wheel to answer."""
    run.sdist("slow", needs=None, to_compile=2 << 20)
    run.sdist("b", build=["c"])
    run.sdist("c")

    run.graph("slow", "b")
    assert run.bench.rounds == [
        ["build_requires b==1", "build_requires c==1", "build_requires slow==1"],
        ["metadata slow==1"],
    ]


def test_no_wheels_are_built_alongside_questions_if_none_are_wanted(run: Run) -> None:
    run.sdist("slow", to_compile=2 << 20)
    run.sdist("a", build=["slow"])
    discovery = run.discovery("a")
    discovery.asker.build_wheels = False

    discovery.run()
    assert run.bench.rounds == [["build_requires slow==1"], ["build_requires a==1"]]
    assert run.bench.wheels == [[], []]


def test_a_source_that_is_not_for_this_python_is_excluded(run: Run) -> None:
    """The index does not state it, only the source does."""
    run.sdist("a", "1")
    run.place.sdist("a", "2", {"PKG-INFO": pkg_info("a", "2", "Requires-Python: >=3.13")})
    run.place.sdist(
        "a", "3", {"PKG-INFO": pkg_info("a", "3"), "pyproject.toml": pyproject("x", requires_python='"<3.12.4"')}
    )

    assert run.graph("a") == ["a==1"]
    with pytest.raises(ResolutionError, match=r"a>1 is required by r\.txt:1"):
        run.graph("a>1")


def test_the_error_for_a_package_without_a_version_for_this_python_has_the_reason(run: Run) -> None:
    run.place.sdist("a", "2", {"PKG-INFO": pkg_info("a", "2", "Requires-Python: >=3.13")})

    with pytest.raises(ResolutionError, match=r"a 2 is for Python >=3\.13"):
        run.graph("a")


def test_an_invalid_requires_python_excludes_the_source_as_in_fromager(run: Run) -> None:
    run.sdist("a", "1")
    run.place.sdist("a", "2", {"PKG-INFO": pkg_info("a", "2", "Requires-Python: soon"), "pyproject.toml": pyproject()})

    assert run.graph("a") == ["a==1"]


def patched(run: Run, name: str = "a") -> None:
    """Let Bazel make a source that requires ``p``."""
    files = {f"{name}-1/PKG-INFO": pkg_info(name, "1", "Requires-Dist: p"), f"{name}-1/pyproject.toml": pyproject()}
    run.bench.sources[name] = tar_gz(run.place.folder / f"{name}-1.tar.gz", files)


@pytest.mark.parametrize("how", ["patch", "update", "remove"])
def test_the_facts_of_a_source_are_read_after_its_patches(run: Run, how: str, logged: list[str]) -> None:
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
    assert ("INFO a-1: applying patch file x.patch" in logged) == (how == "patch")


def test_a_patch_for_another_version_is_not_applied(run: Run) -> None:
    run.sdist("a")
    run.patches = (Patch(Path("x.patch"), "a", "2"),)

    assert run.graph("a") == ["a==1"]
    assert run.bench.rounds == [["build_requires a==1"]]


def test_a_patch_that_does_not_apply_is_an_error(run: Run) -> None:
    run.sdist("a")
    run.patches = (Patch(Path("x.patch"), "a", None),)
    run.bench.error = BuildError("a 1: x.patch does not fit")

    with pytest.raises(BuildError, match=r"x\.patch does not fit\nNot answered: a 1 \(source\)"):
        run.graph("a")


def test_a_version_that_is_finally_chosen_is_not_reported(run: Run) -> None:
    """b 1 does not fit d 1 at first, and a 2 goes for another reason."""
    run.sdist("a", "1", needs=["b"])
    run.sdist("a", "2", needs=["d<2", "b", "c"])
    run.sdist("b", "1", needs=["d>=2"])
    run.sdist("c", "1", needs=["a<2"])
    run.sdist("d", "1")
    run.sdist("d", "2")

    graph = run.graph("a")
    assert "b==1" in graph
    assert not [line for line in run.progress.lines if line.startswith("b 1 is not chosen")]


def test_only_versions_higher_than_the_chosen_ones_are_reported(run: Run) -> None:
    """d 1 does not fit c 3 at first; finally c is 1, and d is the higher version."""
    run.sdist("a", "1", needs=["d", "c"])
    run.sdist("c", "1", needs=["d>=2"])
    run.sdist("c", "2", needs=["d<2", "b"])
    run.sdist("b", "1", needs=["c<2"])
    run.sdist("d", "1")
    run.sdist("d", "2")

    graph = run.graph("a")
    reported = [line.split()[:2] for line in run.progress.lines if "is not chosen" in line]
    taken = {key.partition("==")[0]: key.partition("==")[2] for key in graph}
    assert all(version > taken[name] for name, version in reported)


def test_a_version_that_is_not_chosen_is_reported_once_with_the_reason(run: Run) -> None:
    run.sdist("a", needs=["b", "c>=2"])
    run.sdist("b", "1")
    run.sdist("b", "2", needs=["c<2"])
    run.sdist("b", "3", needs=["c<2"])
    run.sdist("c", "1")
    run.sdist("c", "2")

    assert run.graph("a") == ["a==1", "b==1", "c==2"]
    assert [line for line in run.progress.lines if "not chosen" in line] == [
        "b 3 is not chosen: no version fits c>=2 (a 1, required by r.txt:1) and c<2 "
        "(b 3, required by a 1, required by r.txt:1)"
    ]


def test_questions_of_an_earlier_run_are_asked_together(run: Run) -> None:
    run.sdist("a", build=["b"], needs=None)
    run.sdist("b")
    discovery = run.discovery("a")
    first = discovery.run()
    questions = discovery.questions(first)
    run.bench.rounds.clear()
    run.bench.guessed.clear()
    run.progress.phases.clear()

    again = run.discovery("a").run(first.graph, questions)
    assert again.graph == first.graph
    assert run.bench.rounds == [["build_requires a==1", "build_requires b==1", "metadata a==1"]]
    assert run.progress.phases[0] == "asking the questions of the last run 3"
    assert run.bench.guessed == [3]


def test_questions_about_a_git_source_or_with_it_are_not_asked_together(run: Run) -> None:
    """The branch may be another commit by now, with another answer."""
    url = "git+https://forge.test/b@main"
    earlier = make_graph(
        {"": ["toplevel a==1", "toplevel c==1"], "a==1": ["build-system b==1"], "b==1": [], "c==1": []},
        b={"download_url": url},
    )
    questions = [Question("a==1", BUILD_REQUIRES, ("b==1",)), Question("b==1", METADATA, ())]
    other = Question("c==1", BUILD_REQUIRES, ())

    assert repeatable(earlier, [*questions, other, Question("gone==1", METADATA, ())]) == [other]


def test_questions_of_another_collection_in_the_same_folder_are_not_asked(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b")
    run.sdist("c", build=["b"])
    run.sdist("c", "2", build=["b"])
    discovery = run.discovery("a", "c==1")
    first = discovery.run()
    questions = discovery.questions(first)

    def asked_again(*texts: str) -> list[str]:
        run.bench.rounds.clear()
        run.discovery(*texts).run(first.graph, questions)
        return [text for text in run.bench.rounds[0] if "c==" in text or "a==" in text]

    assert asked_again("a", "c") == ["build_requires a==1", "build_requires c==1"]
    assert asked_again("a") == ["build_requires a==1"]
    assert asked_again("a", "c>=2") == ["build_requires a==1"]
    assert run.progress.phases.count("asking the questions of the last run 2") == 2
    run.progress.phases.clear()
    asked_again("b")
    assert not [phase for phase in run.progress.phases if "last run" in phase]


def test_questions_of_an_earlier_run_may_be_gone_or_outdated(run: Run) -> None:
    """They are not in the graph, can't be answered any more, or were asked in another environment."""
    run.sdist("a", build=["b"])
    run.sdist("b")
    earlier = make_graph({"": ["toplevel a==1"], "a==1": [], "c==1": []})
    questions = [Question("a==1", BUILD_REQUIRES, ("b==0",)), Question("gone==1", METADATA, ())]

    found = run.discovery("a").run(earlier, questions)
    assert list(found.graph.nodes) == ["a==1", "b==1"]
    assert run.bench.rounds == [["build_requires a==1"], ["build_requires a==1", "build_requires b==1"]]

    run.bench.rounds.clear()
    assert run.discovery("a").run(None, questions).graph == found.graph


def test_a_failing_package_of_an_earlier_run_that_is_not_needed_any_more_is_ignored(run: Run) -> None:
    run.sdist("a", needs=["b"])
    run.sdist("b")
    discovery = run.discovery("a")
    first = discovery.run()
    run.place.folder = run.place.folder / "new"
    run.place.folder.mkdir()
    run.sdist("a")
    run.place.server.answers.pop("/files/b-1.tar.gz")

    assert list(run.discovery("a").run(first.graph, discovery.questions(first)).graph.nodes) == ["a==1"]


def test_only_questions_about_the_result_are_stored(run: Run) -> None:
    run.sdist("a")
    discovery = run.discovery("a")
    found = discovery.run()
    discovery.asker.answers.take(Question("gone==1", METADATA, ()), (), "", sure=True)
    discovery.asker.answers.take(Question("a==1", METADATA, ()), (), "", sure=True)

    assert discovery.questions(found) == [Question("a==1", BUILD_REQUIRES, ())]
