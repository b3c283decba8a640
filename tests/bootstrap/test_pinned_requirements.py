"""Requirements that the setting `patch` pins to constraints, in a bootstrap."""

import pytest
from support.benches import Run
from support.indexes import pkg_info, pyproject, requires
from support.samples import tar_gz

from fromager_gen.bootstrap.discovery import Discovery
from fromager_gen.overrides.edits import PIN, Edit
from fromager_gen.overrides.model import PackageSettings


def pinning(run: Run, form: str) -> Discovery:
    """Return a discovery of `top`, which pins torch, with requirements in its PKG-INFO of a metadata version."""
    needs = ["torch[x]>=1; python_version > '3'", "other"]
    for name, version in (("torch", "1"), ("torch", "2"), ("torch", "3"), ("other", "1")):
        run.sdist(name, version)
    run.sdist("top", needs=needs)
    files = {"top-1/PKG-INFO": pkg_info("top", "1", *requires(*needs), form=form), "top-1/pyproject.toml": pyproject()}
    run.bench.sources["top"] = tar_gz(run.place.folder / "top-1.tar.gz", files)
    run.bench.answers["metadata top"] = pkg_info("top", "1", *requires(*needs), form="2.1")
    edit = Edit(PIN, "Pin", "top.yaml:1", {"requirements": ["torch"]})
    run.settings = {"top": PackageSettings(edits=(edit,))}
    discovery = run.discovery("top")
    discovery.store.overrides.constraints["torch"] = "==2"
    return discovery


@pytest.mark.parametrize("form", ["2.1", "2.2"])
def test_stated_and_answered_requirements_are_pinned(run: Run, form: str) -> None:
    """With metadata before 2.2 only the backend knows the requirements."""
    resolution = pinning(run, form).run()

    edges = [edge.req for edge in resolution.graph.nodes["top==1"].edges if edge.kind == "install"]
    assert sorted(edges) == ["other", 'torch[x]==2; python_version > "3"']
    assert "torch==2" in resolution.graph.nodes


def test_without_a_constraint_nothing_is_pinned(run: Run) -> None:
    discovery = pinning(run, "2.2")
    discovery.store.overrides.constraints.clear()

    assert "torch==3" in discovery.run().graph.nodes
