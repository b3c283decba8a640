"""Rounds with guesses: correct guesses need one round for a chain of builds, wrong ones don't change the result."""

import json

import pytest
from support.benches import Run
from support.indexes import pkg_info

from fromager_gen.errors import BuildError, GenError, LockError, ResolutionError, SettingsError
from fromager_gen.resolve.recipes import Recipes


def metadata(name: str, *needs: str) -> str:
    return pkg_info(name, "1", *(f"Requires-Dist: {need}" for need in needs), form="2.1")


def test_a_chain_of_builds_is_one_round(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", build=["c"])
    run.sdist("c", build=["d"], needs=None, likely=["e"])
    run.sdist("d")
    run.sdist("e")
    run.bench.answers["metadata c"] = metadata("c", "e")

    assert run.graph("a") == ["a==1", "b==1", "c==1", "d==1", "e==1"]
    assert run.bench.rounds == [[*(f"build_requires {name}==1" for name in "abcde"), "metadata c==1"]]


def test_questions_that_depend_on_a_wrong_guess_are_asked_again(run: Run) -> None:
    """``c`` has an unexpected build requirement, which affects ``b``, built with it, and the answer about ``a``."""
    run.sdist("a", build=["b"])
    run.sdist("b", build=["c"])
    run.sdist("c")
    run.sdist("d")
    run.sdist("apart")
    run.bench.answers["build_requires c"] = json.dumps(["d"])

    run.graph("a", "apart")
    assert run.bench.rounds == [
        ["build_requires a==1", "build_requires apart==1", "build_requires b==1", "build_requires c==1"],
        ["build_requires a==1", "build_requires b==1", "build_requires d==1"],
    ]


def test_a_backend_that_requires_its_own_dependencies_is_expected(run: Run) -> None:
    """As hatchling does: its backend requires its own dependencies."""
    own = '[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'
    run.sdist("a", build=["b"])
    run.place.sdist("b", "1", {"PKG-INFO": pkg_info("b", "1", "Requires-Dist: c"), "pyproject.toml": own})
    run.sdist("c")
    run.bench.answers["build_requires b"] = json.dumps(["c"])

    assert run.graph("a") == ["a==1", "b==1", "c==1"]
    assert run.bench.rounds == [["build_requires a==1", "build_requires b==1", "build_requires c==1"]]


def test_a_backend_that_requires_nothing_more_is_not_asked(run: Run) -> None:
    poetry = '[build-system]\nrequires = ["b"]\nbuild-backend = "poetry.core.masonry.api"\n'
    run.place.sdist("a", "1", {"PKG-INFO": pkg_info("a", "1"), "pyproject.toml": poetry})
    run.sdist("b")

    assert run.graph("a") == ["a==1", "b==1"]
    assert run.bench.rounds == [["build_requires b==1"]]


def test_a_requirement_whose_marker_does_not_hold_is_not_a_wrong_guess(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b")
    run.bench.answers["build_requires b"] = json.dumps(["tomli; python_version < '3'"])

    assert run.graph("a") == ["a==1", "b==1"]
    assert len(run.bench.rounds) == 1


@pytest.mark.parametrize("said", [(), ("e>1",), ("e", "f")], ids=["less", "another", "more"])
def test_unexpected_metadata_replaces_the_guess(run: Run, said: tuple[str, ...]) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", needs=None, likely=["e"])
    run.sdist("e")
    run.sdist("e", "2")
    run.sdist("f")
    run.bench.answers["metadata b"] = metadata("b", *said)

    found = run.discovery("a").run()
    needs = {"e==2", "f==1"} if "f" in said else {"e==2"} if said else set()
    assert set(found.graph.nodes) == {"a==1", "b==1", *needs}
    assert {edge.key for edge in found.graph.nodes["b==1"].edges} == needs


def test_likely_requirements_that_are_invalid_are_ignored(run: Run) -> None:
    run.sdist("a", needs=None, likely=["two words"])
    run.sdist("b")
    run.bench.answers["metadata a"] = metadata("a", "b")

    assert run.graph("a") == ["a==1", "b==1"]


@pytest.mark.parametrize("likely", ["nowhere", "a"], ids=["nothing fits", "a cycle"])
def test_likely_requirements_that_cannot_be_resolved_are_ignored(run: Run, likely: str) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", needs=None, likely=[likely])
    run.bench.answers["metadata b"] = metadata("b")

    assert run.graph("a") == ["a==1", "b==1"]
    assert run.bench.rounds[0] == ["build_requires b==1"]


@pytest.mark.parametrize("said", ["", "no list", json.dumps(["no requirement !"])], ids=["nothing", "text", "what"])
def test_an_invalid_answer_that_depends_on_a_wrong_guess_is_not_an_error(
    run: Run, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "fromager_gen")
    run.sdist("a", build=["b"])
    run.sdist("b")
    run.sdist("c")
    run.bench.answers = {
        "build_requires b": json.dumps(["c"]),
        "build_requires a": lambda: said if len(run.bench.rounds) == 1 else "[]",
    }

    assert run.graph("a") == ["a==1", "b==1", "c==1"]
    assert len(run.bench.rounds) == 2
    assert "a guess was wrong; these packages are asked again: a 1" in caplog.messages
    assert not any("guess" in line for line in run.progress.lines)


def test_a_missing_answer_that_depends_on_no_guess_is_an_error(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b")
    run.bench.answers["build_requires a"] = ""
    run.bench.error = BuildError("the build failed")

    with pytest.raises(BuildError, match=r"the build failed\nNot answered: a 1 \(build_requires\)"):
        run.graph("a")
    assert run.bench.rounds == [["build_requires a==1", "build_requires b==1"], ["build_requires a==1"]]


def test_a_wheel_that_depends_on_a_wrong_guess_is_built_again(run: Run) -> None:
    """``b``, a long build with ``slow``, could not be built without the install requirements of ``tool``."""
    run.sdist("slow", build=["tool"], to_compile=2 << 20)
    run.sdist("b", build=["slow"], to_compile=2 << 20)
    run.sdist("tool", to_compile=2 << 20, needs=None)
    run.sdist("more")
    run.bench.answers["metadata tool"] = metadata("tool", "more")
    run.bench.made = {"tool"}

    assert run.graph("b") == ["b==1", "more==1", "slow==1", "tool==1"]
    assert run.bench.wheels[1] == ["b==1", "slow==1", "tool==1"]
    assert run.bench.wheels[-1] == ["b==1", "more==1", "slow==1", "tool==1"]


def test_answers_that_contradict_the_index_are_errors_once_they_are_certain(run: Run) -> None:
    run.sdist("a", build=["b"], needs=None)
    run.sdist("b")
    run.bench.answers["metadata a"] = metadata("other")

    with pytest.raises(ResolutionError, match="a 1: its metadata is that of other 1"):
        run.graph("a")


def test_a_guess_that_changes_the_build_of_a_tool_does_not_change_certain_answers(run: Run) -> None:
    """``b`` is built with ``s``, which requires ``x``, in another version if the guess about ``p`` were correct."""
    run.sdist("a", build=["b"])
    run.sdist("p", build=["b"], needs=None, likely=["x<2"])
    run.sdist("b", build=["s"])
    run.sdist("s", needs=["x"])
    run.sdist("x", "1")
    run.sdist("x", "2")
    run.sdist("more")
    run.bench.answers = {
        "metadata p": metadata("p"),
        "build_requires a": lambda: '["more"]' if "x==1" in run.bench.graph.nodes else "[]",
        "build_requires b": lambda: '["more"]' if "x==1" in run.bench.graph.nodes else "[]",
    }

    assert run.graph("a", "p") == ["a==1", "b==1", "p==1", "s==1", "x==2"]


def test_metadata_from_an_environment_without_the_backends_requirements_is_asked_again(run: Run) -> None:
    run.sdist("a", build=["k"])
    run.sdist("k", build=["t"], needs=None)
    for name in ("t", "m", "right", "wrong"):
        run.sdist(name)
    run.bench.answers = {
        "build_requires k": json.dumps(["m"]),
        "metadata k": lambda: metadata("k", "right" if "m==1" in run.bench.graph.nodes else "wrong"),
    }

    assert run.graph("a") == ["a==1", "k==1", "m==1", "right==1", "t==1"]


def test_a_source_of_a_guess_that_cannot_be_fetched_does_not_affect_others(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", needs=None, likely=["gone"])
    run.sdist("gone")
    run.sdist("d")
    run.place.server.answers.pop("/files/gone-1.tar.gz")
    run.bench.answers["metadata b"] = metadata("b", "d")

    assert run.graph("a") == ["a==1", "b==1", "d==1"]


def test_a_cycle_that_is_only_likely_is_not_an_error(run: Run) -> None:
    poetry = '[build-system]\nrequires = ["{}"]\nbuild-backend = "poetry.core.masonry.api"\n'
    for name, tool in (("n", "k"), ("e", "n")):
        run.place.sdist(name, "1", {"PKG-INFO": pkg_info(name, "1"), "pyproject.toml": poetry.format(tool)})
    run.sdist("k", needs=None, likely=["e"])
    run.bench.answers["metadata k"] = metadata("k")

    assert run.graph("n") == ["k==1", "n==1"]


@pytest.mark.parametrize("error", [LockError("no Cargo.lock"), SettingsError("pre-built, with patches")])
def test_a_workspace_error_that_is_only_likely_is_not_an_error(run: Run, error: GenError) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b", needs=None, likely=["odd"])
    run.sdist("odd")
    run.bench.refused["odd==1"] = error
    run.bench.answers["metadata b"] = metadata("b")

    assert run.graph("a") == ["a==1", "b==1"]
    run.bench.answers["metadata b"] = metadata("b", "odd")
    with pytest.raises(type(error), match=str(error)):
        run.graph("a")


def test_recipes_differ_if_any_dependency_differs() -> None:
    one = Recipes({"a": ("b",), "b": ("c", "d")})
    same = Recipes({"a": ("b",), "b": ("d", "c"), "other": ("a",)})
    deep = Recipes({"a": ("b",), "b": ("c", "e")})

    assert one.of("a") == same.of("a") != deep.of("a")
    assert one.of_environment(["c", "a"]) == same.of_environment(["a", "c"]) != deep.of_environment(["a", "c"])
    assert one.of("b") != one.of("a") != one.of_environment(["a"])
    assert Recipes({"a": ("b",), "b": ("a",)}).of("a")


def test_questions_with_a_tool_that_was_built_for_other_requirements_are_asked_again(run: Run) -> None:
    """``b`` requires a package that it is built with anyway: its wheel records it, and is another file."""
    run.sdist("a", build=["b"])
    run.sdist("b", build=["c"])
    run.sdist("c")
    run.bench.answers["build_requires b"] = json.dumps(["c"])

    assert run.graph("a") == ["a==1", "b==1", "c==1"]
    assert run.bench.rounds == [[f"build_requires {name}==1" for name in "abc"], ["build_requires a==1"]]
