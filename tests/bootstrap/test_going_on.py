"""Runs that go on after failures: the test mode, and several versions of each package."""

import json
from pathlib import Path

import pytest
from support.benches import Run
from support.indexes import pkg_info, pyproject
from support.wheels import files_of_package, write_wheel

from fromager_gen.bootstrap.discovery import Discovery
from fromager_gen.bootstrap.failures import write_partial, write_test_failures
from fromager_gen.errors import BuildError
from fromager_gen.resolve.ages import Ages


def add_wheel(run: Run, name: str, version: str, requires: tuple[str, ...] = ()) -> None:
    """Put a wheel into the index."""
    filename = f"{name}-{version}-py3-none-any.whl"
    wheel = write_wheel(run.place.folder / filename, files_of_package(name, version, requires))
    run.place.file(name, filename, wheel.read_bytes())


def failures(discovery: Discovery) -> list[tuple[str, str]]:
    assert discovery.failures is not None
    return [(str(one), one.kind) for one in discovery.failures.found]


def test_test_mode_leaves_out_requirements_that_no_version_fits(run: Run) -> None:
    run.sdist("a", needs=["b>=2", "c"])
    for name in "bc":
        run.sdist(name)
    discovery = run.going_on("a", "lost", is_test=True)
    found = discovery.run()

    assert list(found.graph.nodes) == ["a==1", "c==1"]
    assert [edge.key for edge in found.graph.toplevel] == ["a==1"]
    assert failures(discovery) == [("lost", "resolution"), ("b", "resolution")]
    assert found.graph.partial == {"a"}
    assert sorted(found.installed) == ["a", "c"]


def test_test_mode_takes_the_wheel_of_the_same_version(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b")
    add_wheel(run, "b", "1", ("c",))
    add_wheel(run, "b", "2")
    run.sdist("c")
    run.bench.answers = {"build_requires b": ""}
    discovery = run.going_on("a", is_test=True)
    found = discovery.run()

    assert failures(discovery) == []
    assert [(key, node.pre_built) for key, node in found.graph.nodes.items()] == [
        ("a==1", False), ("b==1", True), ("c==1", False),
    ]  # fmt: skip
    assert discovery.store.locked["b==1"].filename == "b-1-py3-none-any.whl"


def test_test_mode_leaves_out_what_needs_a_failed_package_to_be_built(run: Run) -> None:
    run.sdist("a", build=["b"])
    run.sdist("b")
    run.sdist("c", needs=["a"])
    run.bench.answers = {"build_requires b": ""}
    discovery = run.going_on("c", is_test=True)

    assert list(discovery.run().graph.nodes) == ["c==1"]
    assert failures(discovery) == [("b==1", "bootstrap"), ("a==1", "bootstrap")]


def test_test_mode_resolves_requirements_that_contradict_each_other_separately(run: Run) -> None:
    run.sdist("a", needs=["c<2"])
    run.sdist("b", needs=["c>=2"])
    for version in "12":
        run.sdist("c", version)
    discovery = run.going_on("a", "b", is_test=True)

    assert list(discovery.run().graph.nodes) == ["a==1", "b==1", "c==1", "c==2"]
    assert discovery.conflict is not None
    assert failures(discovery) == [("c", "resolution")]


def test_a_source_that_cannot_be_read_is_left_out(run: Run) -> None:
    run.sdist("a")
    run.place.file("b", "b-1.tar.gz", b"no archive")
    discovery = run.going_on("a", "b", is_test=True)

    assert list(discovery.run().graph.nodes) == ["a==1"]
    assert failures(discovery) == [("b==1", "bootstrap")]


def test_an_error_that_no_package_causes_ends_the_run(run: Run) -> None:
    run.sdist("a")
    run.bench.refused = {"a==1": BuildError("Bazel can't run")}
    with pytest.raises(BuildError, match="Bazel can't run"):
        run.going_on("a", is_test=True).run()


def test_every_version_of_each_requirement_is_in_the_graph(run: Run) -> None:
    for version in "123":
        run.sdist("a", version, build=["t>1"], needs=["b"] if version == "3" else ())
        run.sdist("b", version)
        run.sdist("t", version)
    found = run.going_on("a<4", is_test=False, every_version=True, bound=["b!=2"]).run()

    assert [f"{edge.kind} {edge.req} {edge.key}" for edge in found.graph.toplevel] == [
        "toplevel a<4 a==3", "toplevel a<4 a==2", "toplevel a<4 a==1",
    ]  # fmt: skip
    assert [f"{edge.kind} {edge.key}" for edge in found.graph.nodes["a==3"].edges] == [
        "build-system t==2", "build-system t==3", "install b==1", "install b==3",
    ]  # fmt: skip
    assert found.environments["a==1"] == ("t==3",)
    assert "t==1" not in found.graph.nodes


def test_a_version_that_fails_is_removed_with_what_only_it_needs(run: Run) -> None:
    run.sdist("a", "1")
    run.sdist("a", "2", build=["t"])
    run.sdist("t", build=["u"])
    run.sdist("u")
    run.bench.answers = {"build_requires t": ""}
    discovery = run.going_on("a", "lost", is_test=False, every_version=True)

    assert list(discovery.run().graph.nodes) == ["a==1"]
    assert failures(discovery) == [("lost", "resolution"), ("t==1", "bootstrap"), ("a==2", "bootstrap")]


def test_another_version_of_a_build_requirement_is_used_after_a_failure(run: Run) -> None:
    run.sdist("a", build=["t"])
    run.sdist("t", "1")
    run.place.file("t", "t-2.tar.gz", b"no archive")
    discovery = run.going_on("a", is_test=False, every_version=True)
    found = discovery.run()

    assert found.environments["a==1"] == ("t==1",)
    assert failures(discovery) == [("t==2", "bootstrap")]


def test_extras_of_every_version(run: Run) -> None:
    for version in "12":
        run.sdist("a", version, needs=["b; extra == 'more'", "a[more]; extra == 'all'"])
    run.sdist("b")
    found = run.going_on("a[all]", is_test=False, every_version=True).run()

    assert list(found.graph.nodes) == ["a==1", "a==2", "b==1"]
    assert {edge.key for edge in found.graph.nodes["a==1"].edges} == {"a==1", "b==1"}


def test_the_files_about_failures_have_the_format_of_fromager(run: Run, tmp_path: Path) -> None:
    run.sdist("a", "1")
    run.place.file("a", "a-2.tar.gz", b"no archive")
    discovery = run.going_on("a", "lost", is_test=True, every_version=True)
    discovery.run()
    assert discovery.failures is not None
    write_partial(tmp_path, discovery.failures.found)
    partial = json.loads((tmp_path / "partial-failures.json").read_text())["failures"]
    tested = json.loads(write_test_failures(tmp_path, discovery.failures.found).read_text())["failures"]

    assert [(one["name"], one["version"], one["phase"], one["error_type"]) for one in partial] == [
        ("a==2", "2", "failed to build", "SourceError"), ("lost", None, "failed to resolve", "ResolutionError"),
    ]  # fmt: skip
    assert [(one["package"], one["version"], one["failure_type"]) for one in tested] == [
        ("lost", None, "resolution"), ("a", "2", "bootstrap"),
    ]  # fmt: skip
    write_partial(tmp_path, ())
    assert not (tmp_path / "partial-failures.json").exists()


def test_only_the_newest_of_old_versions_is_built(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "fromager_gen")
    for version, day in (("1", "2020-01-01"), ("2", "2020-02-01"), ("3", "2020-03-01")):
        files = {"PKG-INFO": pkg_info("a", version), "pyproject.toml": pyproject()}
        run.place.sdist("a", version, files, **{"upload-time": f"{day}T00:00:00Z"})
    discovery = run.going_on("a<3", is_test=False, every_version=True)
    discovery.finder.ages = Ages(discovery.finder.ages.now, most=1)

    assert list(discovery.run().graph.nodes) == ["a==2"]
    fallback = "a: all 2 candidate(s) are older than 1 days, falling back to newest version 2"
    assert caplog.messages.count(fallback) == 1
    run.bench.answers = {"build_requires a": ""}
    discovery = run.going_on("a<3", is_test=False, every_version=True)
    discovery.finder.ages = Ages(discovery.finder.ages.now, most=1)
    assert not discovery.run().graph.nodes
    assert failures(discovery) == [("a==2", "bootstrap")]
