"""Requirements that other packages bring, and those that must be kept."""

import pytest
from packaging.requirements import Requirement
from support.samples import make_graph

from fromager_gen.graph import minimal_requirements

GRAPH = {
    "": ["toplevel a==1", "toplevel b==1", "toplevel c==1", "toplevel x==1", "toplevel y==1"],
    "a==1": ["install c==1 c[e]>=1", "install a==1 a[all]", "build-system tool==1"],
    "b==1": ["install c==2 c>=2"],
    "c==1": [],
    "c==2": ["install d==1rc1"],
    "d==1rc1": [],
    "x==1": ["install y==1"],
    "y==1": ["install x==1", "install z==1"],
    "z==1": [],
    "tool==1": ["install helper==1"],
    "helper==1": [],
}


def minimal(*texts: str) -> list[str]:
    return [str(one) for one in minimal_requirements(make_graph(GRAPH), [Requirement(text) for text in texts])]


@pytest.mark.parametrize(
    ("others", "text"),
    [
        (["a"], "c>=1,<2"),
        (["b"], "C>=2"),
        (["a", "b"], "c; python_version < '3'"),
        (["a"], "c[e]"),
        (["b"], "d"),
    ],
)
def test_what_another_package_brings_is_removed(others: list[str], text: str) -> None:
    assert minimal(*others, text) == others
    assert minimal(text, *others) == others


@pytest.mark.parametrize(
    "text",
    ["c==1", "c==1.*", "c>=3", "a", "c[f]>=1", "tool", "helper", "absent", "c @ https://index.test/c-1.tar.gz"],
)
def test_what_no_other_package_brings_is_kept(text: str) -> None:
    """An own extra, another version, a requirement of a build, or an exact version."""
    assert minimal(text, "a", "b")[0] == text


def test_only_packages_that_are_required_bring_others() -> None:
    """The graph has `b`, but none of the requirements brings it."""
    assert minimal("a", "c>=2") == ["a", "c>=2"]


def test_one_package_of_a_cycle_is_kept() -> None:
    assert minimal("y", "x", "z") == ["x"]
    assert minimal("z", "x") == ["x"]


def test_every_line_of_a_package_is_considered() -> None:
    assert minimal("a==1", "c>=1", "c==2", "c>=1; python_version >= '3.8'") == ["a==1", "c==2"]
