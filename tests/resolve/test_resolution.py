"""Resolution of a collection from known facts: its graph, unread sources, and questions to backends."""

from collections.abc import Mapping
from typing import Any

import pytest
from packaging.version import Version
from support.indexes import PYTHON, VARIABLES, Shelf, asked, constraints, finder_of, shelf

from fromager_gen.errors import ResolutionError
from fromager_gen.graph.closure import build_closure
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.resolve.known import BUILD_REQUIRES, METADATA, Answer, Known, Question
from fromager_gen.resolve.recipes import Recipes
from fromager_gen.resolve.resolution import Collection, Resolution, resolve
from fromager_gen.source.facts import Facts

NOTHING: Mapping[str, Answer] = {}


def facts(build: str = "", install: str | None = "") -> Facts:
    """Return the facts of a source; requirements are separated by commas."""
    return Facts(_split(build), None if install is None else _split(install))


def _split(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


def answered(environment: tuple[str, ...], requirements: tuple[str, ...]) -> Answer:
    """Return an answer from an environment whose wheels have no build requirements."""
    return Answer(environment, requirements, Recipes({}).of_environment(environment))


def silent(key: str) -> dict[str, Answer]:
    """Return the answer of a backend that requires nothing, from an empty environment."""
    return {key: answered((), ())}


def resolved(
    packages: str | Any,
    texts: str,
    known: Mapping[str, Facts] | None = None,
    build: Mapping[str, Answer] = NOTHING,
    install: Mapping[str, Answer] = NOTHING,
    **more: Any,
) -> Resolution:
    finder = finder_of(shelf(packages)) if isinstance(packages, str) else packages
    fields = {"asked": asked(*_split(texts)), "constraints": constraints(), "variables": VARIABLES, **more}
    return resolve(Collection(**fields), finder, Known(known or {}, build, install))


def edges(resolution: Resolution, key: str) -> list[str]:
    return [f"{edge.kind} {edge.key} {edge.req}" for edge in resolution.graph.nodes[key].edges]


def unread(resolution: Resolution) -> list[str]:
    return [candidate.key for candidate in resolution.unread]


def test_unknown_sources_must_be_read_first() -> None:
    found = resolved("a 1 2, b 1", "a, b>=1")

    assert unread(found) == ["a==2", "b==1"]
    assert (found.ready, found.waiting, found.buildable) == ((), (), frozenset())


def test_the_graph_has_the_nodes_and_edges_of_fromagers() -> None:
    known = {"a==2": facts("c>=1", "B"), "b==1": facts(), "c==1": facts()}
    finder = finder_of(shelf("a 1 2, b 1, c 1"))
    answers = {"b==1": answered((), ()), "c==1": answered((), ()), "a==2": answered(("c==1",), ())}
    found = resolved(finder, "a>1", known, answers, constraints=constraints("a<3; python_version > '3'"))

    assert [(edge.key, edge.kind, edge.req) for edge in found.graph.toplevel] == [("a==2", "toplevel", "a>1")]
    assert list(found.graph.nodes) == ["a==2", "b==1", "c==1"]
    assert edges(found, "a==2") == ["build-system c==1 c>=1", "install b==1 B"]
    node = found.graph.nodes["a==2"]
    assert (node.url, node.pre_built) == ("https://index.test/a-2.tar.gz", False)
    assert (node.constraint, found.graph.nodes["b==1"].constraint) == ("a<3; python_version > '3'", None)
    assert (found.unread, found.ready, found.waiting) == ((), (), ())
    assert found.buildable == {"a==2", "b==1", "c==1"}


def test_edges_keep_their_order_at_the_top_level_and_are_sorted_by_name_below() -> None:
    known = {"z==1": facts("", "y, b, C"), "a==1": facts(), "b==1": facts(), "c==1": facts(), "y==1": facts()}
    found = resolved("z 1, a 1, b 1, c 1, y 1", "z, a", known)

    assert [edge.key for edge in found.graph.toplevel] == ["z==1", "a==1"]
    assert edges(found, "z==1") == ["install c==1 C", "install b==1 b", "install y==1 y"]


def test_a_question_waits_only_for_the_wheels_of_its_environment() -> None:
    """``b`` has no build requirements, so its backend can be asked at once; ``a`` is built with ``b``."""
    known = {"a==1": facts("b"), "b==1": facts()}
    first = resolved("a 1, b 1", "a", known)

    assert first.ready == (Question("b==1", BUILD_REQUIRES, ()),)
    assert first.waiting == (Question("a==1", BUILD_REQUIRES, ("b==1",)),)
    second = resolved("a 1, b 1", "a", known, silent("b==1"))
    assert second.ready == (Question("a==1", BUILD_REQUIRES, ("b==1",)),)
    assert (second.waiting, second.buildable) == ((), {"b==1"})


def test_install_requirements_of_a_build_tool_are_in_the_environment() -> None:
    known = {"a==1": facts("b"), "b==1": facts("", "c"), "c==1": facts()}
    found = resolved("a 1, b 1, c 1", "a", known, {**silent("b==1"), **silent("c==1")})

    assert found.ready == (Question("a==1", BUILD_REQUIRES, ("b==1", "c==1")),)


def test_requirements_of_a_backend_become_edges_of_both_kinds() -> None:
    """As in Fromager, whose build-sdist requirements are those of the wheel."""
    known = {"a==1": facts("b"), "b==1": facts(), "c==1": facts()}
    answers = {**silent("b==1"), **silent("c==1"), "a==1": answered(("b==1",), ("c>0", "d; sys_platform == 'win32'"))}
    found = resolved("a 1, b 1, c 1", "a", known, answers)

    assert edges(found, "a==1") == ["build-system b==1 b", "build-backend c==1 c>0", "build-sdist c==1 c>0"]
    assert found.ready == found.waiting == ()
    assert "a==1" in found.buildable


def test_requirements_of_a_backend_keep_the_versions_that_it_was_asked_with() -> None:
    """``x`` 2 and ``y`` 2 exclude each other; without the earlier choice, ``y`` would be first because of its limit."""
    known = {
        "a==1": facts("x, y"),
        "x==2": facts("", "y<2"),
        "y==2": facts("", "x<2"),
        "x==1": facts(),
        "y==1": facts(),
    }
    answers = {**silent("x==2"), **silent("y==1"), "a==1": answered(("x==2", "y==1"), ("y>0",))}
    found = resolved("a 1, x 1 2, y 1 2", "a", known, answers)

    assert edges(found, "a==1")[:2] == ["build-system x==2 x", "build-system y==1 y"]
    assert (found.ready, found.waiting) == ((), ())


def test_a_build_environment_may_have_other_versions_than_the_collection() -> None:
    known = {"a==1": facts("b<2"), "b==1": facts(), "b==2": facts()}
    found = resolved("a 1, b 1 2", "a, b", known)

    assert edges(found, "a==1") == ["build-system b==1 b<2"]
    assert [edge.key for edge in found.graph.toplevel] == ["a==1", "b==2"]


def test_a_build_environment_prefers_the_versions_of_the_collection() -> None:
    known = {"a==1": facts("b"), "b==1": facts(), "b==2": facts()}
    found = resolved("a 1, b 1 2", "a, b<2", known)

    assert edges(found, "a==1") == ["build-system b==1 b"]
    assert "b==2" not in found.graph.nodes


def test_constraints_apply_to_build_requirements() -> None:
    found = resolved("a 1, b 1 2", "a", {"a==1": facts("b"), "b==1": facts()}, constraints=constraints("b<2"))

    assert edges(found, "a==1") == ["build-system b==1 b"]


def test_metadata_is_asked_for_in_the_whole_environment() -> None:
    known = {"a==1": facts("b", None), "b==1": facts(), "c==1": facts()}
    answers = {**silent("b==1"), **silent("c==1")}
    before = resolved("a 1, b 1, c 1", "a", known, answers)
    answers["a==1"] = answered(("b==1",), ("c",))
    found = resolved("a 1, b 1, c 1", "a", known, answers)
    complete = resolved("a 1, b 1, c 1", "a", known, answers, {"a==1": answered(("b==1", "c==1"), ("c>=1",))})

    assert [question.target for question in before.ready] == [BUILD_REQUIRES]
    assert found.ready == (Question("a==1", METADATA, ("b==1", "c==1")),)
    assert (complete.ready, complete.waiting) == ((), ())
    assert edges(complete, "a==1")[-1] == "install c==1 c>=1"


def test_a_question_waits_for_tools_with_unknown_requirements() -> None:
    known = {"a==1": facts("b"), "b==1": facts("", None)}
    found = resolved("a 1, b 1", "a", known, silent("b==1"))

    assert found.ready == (Question("b==1", METADATA, ()),)
    assert found.waiting == (Question("a==1", BUILD_REQUIRES, ("b==1",)),)


def test_an_answer_from_another_environment_is_asked_again() -> None:
    known = {"a==1": facts("b", None), "b==2": facts()}
    answers = {**silent("b==2"), "a==1": answered(("b==1",), ())}
    metadata = {"a==1": answered(("b==1",), ())}
    found = resolved("a 1, b 1 2", "a", known, answers, metadata)

    assert found.ready == (
        Question("a==1", BUILD_REQUIRES, ("b==2",)),
        Question("a==1", METADATA, ("b==2",)),
    )


@pytest.mark.parametrize("needs", [{"a==1": facts("a")}, {"a==1": facts("b"), "b==1": facts("a")}])
def test_a_package_that_needs_itself_to_be_built_is_never_ready(needs: dict[str, Facts]) -> None:
    found = resolved("a 1, b 1", "a", needs)

    assert (found.unread, found.ready, found.buildable) == ((), (), frozenset())
    assert {question.key for question in found.waiting} == set(needs)


def test_a_pre_built_package_has_no_build_environment() -> None:
    finder = finder_of(Shelf("a-1-py3-none-any.whl", "b-1.tar.gz"), a=PackageSettings(pre_built=True))
    found = resolved(finder, "a", {"a==1": facts("c", "b"), "b==1": facts()}, silent("b==1"))

    assert found.graph.nodes["a==1"].pre_built
    assert edges(found, "a==1") == ["install b==1 b"]
    assert (found.ready, found.waiting) == ((), ())
    assert "a==1" in found.buildable


def test_the_top_level_has_one_solution() -> None:
    known = {"a==1": facts("", "c<2"), "b==1": facts("", "c")}
    found = resolved("a 1, b 1, c 1 2", "a, b", known)

    assert {key for key in found.graph.nodes if key.startswith("c")} == {"c==1"}
    with pytest.raises(ResolutionError, match="the requirements: no versions fit all"):
        resolved("a 1, b 1, c 1 2", "a, c>1", known)


def test_or_each_requirement_has_its_own_solution() -> None:
    known = {"a==1": facts("", "c<2"), "c==1": facts(), "c==2": facts()}
    found = resolved("a 1, c 1 2", "a, c>1, c<2", known, together=False)

    assert [edge.key for edge in found.graph.toplevel] == ["a==1", "c==2", "c==1"]
    assert edges(found, "a==1") == ["install c==1 c<2"]


def test_versions_of_an_earlier_graph_are_preferred_if_they_fit() -> None:
    previous = {"a": (Version("1"),), "b": (Version("3"), Version("1"))}
    found = resolved("a 1 2, b 1 2", "a, b", previous=previous)

    assert list(found.graph.nodes) == ["a==1", "b==1"]
    assert list(resolved("a 1 2, b 1 2", "a>1, b>1", previous=previous).graph.nodes) == ["a==2", "b==2"]


def test_edges_of_extras_lead_to_shared_nodes() -> None:
    known = {"a==1": facts("", "b; extra == 'x', c; extra == 'y'"), "b==1": facts()}
    found = resolved("a 1, b 1", "a[x]", known)

    assert [(edge.key, edge.req) for edge in found.graph.toplevel] == [("a==1", "a[x]")]
    assert edges(found, "a==1") == ['install b==1 b; extra == "x"']


def test_the_error_for_a_build_environment_without_a_solution_names_the_build() -> None:
    with pytest.raises(ResolutionError) as raised:
        resolved("a 1, b 1", "a", {"a==1": facts("b>1")})

    rows = str(raised.value).splitlines()
    assert rows[0] == "the build environment of a 1: no versions fit all requirements."
    assert rows[1] == "  b>1 is required by a 1 to be built"
    assert "--skip-constraints" not in rows[-1]


@pytest.mark.parametrize(("text", "pinned"), [("a==2", True), ("a===2", True), ("a>1", False), ("a==2.*", False)])
def test_a_pin_of_the_top_level_is_exempt_from_the_least_age(text: str, pinned: bool) -> None:
    index = Shelf("a-1.tar.gz")
    index.add("a-2.tar.gz", uploaded="2026-06-01T00:00:00Z")
    finder = finder_of(index, a=PackageSettings(min_release_age=5))

    if pinned:
        assert list(resolved(finder, text).graph.nodes) == ["a==2"]
    else:
        with pytest.raises(ResolutionError, match="no versions fit"):
            resolved(finder, text)


def test_markers_are_evaluated_for_the_python_of_the_collection() -> None:
    assert PYTHON == VARIABLES["python_full_version"]
    found = resolved("a 1, b 1", "a", {"a==1": facts("b; python_version < '3.12'", "b; python_version < '3.12'")})

    assert edges(found, "a==1") == []


SHARED = {
    "a==1": facts(install="b"),
    "b==1": facts(),
    "b==2": facts(install="c>=5"),
    "c==4": facts(),
    "c==5": facts(),
    "d==1": facts(install="c<5"),
    "p==1": facts("a, b>=2"),
    "q==1": facts("a"),
}


def test_installed_versions_are_those_of_the_solution_of_the_top_level() -> None:
    """Another version of a package in a build environment does not change the installed version."""
    found = resolved("a 1, b 1 2, c 4 5, d 1, p 1, q 1", "a, d, p, q", SHARED)

    assert {name: str(one.version) for name, one in found.installed.items()} == {
        "a": "1", "b": "1", "c": "4", "d": "1", "p": "1", "q": "1",
    }  # fmt: skip
    assert resolved("a 1, b 1 2, c 4 5, d 1, p 1, q 1", "a, d, p, q", SHARED, together=False).installed == {}


def test_a_backend_is_asked_in_the_environment_that_follows_from_the_graph() -> None:
    """p and q share a, whose requirements were resolved to two versions of b; the plan builds both with the higher."""
    found = resolved("a 1, b 1 2, c 4 5, d 1, p 1, q 1", "a, d, p, q", SHARED)

    asked_in = {question.key: question.environment for question in (*found.ready, *found.waiting)}
    for key in ("p==1", "q==1"):
        assert asked_in[key] == build_closure(found.graph, found.graph.nodes[key], ("build-system",))
        assert asked_in[key] == ("a==1", "b==2", "c==5")
