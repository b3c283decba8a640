"""Bootstrap with Bazel: an index on loopback, generated sources, and the real stevedore."""

import json
import re
from pathlib import Path

import pytest
from support.places import Place, add
from support.projects import Project
from support.workspaces import PYTHON, commit, generator

pytestmark = pytest.mark.bazel

TOP = Path(__file__).parents[2]


def sandboxed(said: str) -> int:
    """Return the number of actions that ran, of discovery and of the build."""
    return sum(map(int, re.findall(r"(\d+) linux-sandbox", said)))


def refused(place: Place, *arguments: str | Path, code: int, before: tuple[str | Path, ...] = ()) -> str:
    """Run a command that must fail; it must not leave results."""
    result = place.run(*arguments, before=before, check=False)
    assert result.returncode == code, result.stderr
    assert not (place.folder / "work-dir" / "graph.json").exists()
    assert not (place.folder / "wheels-repo").exists()
    return result.stderr


def test_an_unwritable_workspace_is_an_error_before_any_work(place: Place) -> None:
    (place.folder / "work-dir").mkdir()
    (place.folder / "work-dir" / "workspace").touch()
    said = refused(place, "top", code=12)

    assert said.startswith("fromager-gen: error: work-dir/workspace can't be created: ")
    assert place.index.requests == []


def test_an_unwritable_wheels_folder_is_an_error_before_any_work(place: Place) -> None:
    (place.folder / "file").touch()
    said = refused(place, "top", code=12, before=("-w", place.folder / "file" / "wheels"))

    file = place.folder / "file"
    assert said == f"fromager-gen: error: {file}/wheels/downloads can't be created: {file} is not a folder\n"


def test_a_tree_of_packages_is_found_and_built(place: Place) -> None:
    """Static and dynamic metadata, requirements of a backend, extras, markers, and a second run that does nothing."""
    add(place.index, "tool", "2.0", install=["helper"])
    add(place.index, "tool", "3.0", install=["helper"])
    add(place.index, "helper", "1.0", static=False)
    add(place.index, "asked", "1.0")
    add(place.index, "leaf", "1.0", build=["tool<3"])
    add(place.index, "leaf", "1.1rc1")
    add(place.index, "extra", "1.0")
    needs = ["leaf>=1", "extra; extra == 'more'", "never; python_version < '3'"]
    add(place.index, "mid", "1.0", build=["tool"], install=needs, asks=["asked>=1"], static=False)
    add(place.index, "top", "1.0", install=["mid[more]"])

    place.run("top", before=("--log-file", "log"))

    check_log((place.folder / "log").read_text())
    graph = place.graph()
    assert sorted(graph) == [
        "", "asked==1.0", "extra==1.0", "helper==1.0", "leaf==1.0", "mid==1.0", "tool==2.0", "tool==3.0", "top==1.0",
    ]  # fmt: skip
    assert place.edges("") == ["toplevel top==1.0 top"]
    assert place.edges("mid==1.0") == [
        "build-backend asked==1.0 asked>=1",
        "build-sdist asked==1.0 asked>=1",
        "build-system tool==3.0 tool",
        'install extra==1.0 extra; extra == "more"',
        "install leaf==1.0 leaf>=1",
    ]
    assert place.edges("leaf==1.0") == ["build-system tool==2.0 tool<3"]
    assert place.edges("tool==3.0") == ["install helper==1.0 helper"]
    assert len(place.wheels()) == 8

    check_reports(place.folder / "work-dir")

    again = place.run("top").stderr
    assert "asking the questions of the last run: 10\n" in again
    assert not re.findall(r"^\[\d+/10\]", again, re.MULTILINE)
    assert len(re.findall(r"^\[\d/8\] .* \(up to date\)$", again, re.MULTILINE)) == 8
    assert f"{place.folder / 'wheels-repo'}: 8 wheels, 0 new\n" in again
    assert "actions: 1 internal" in again
    assert "sandbox" not in again
    assert place.graph() == graph


def check_log(log: str) -> None:
    """Check that the log has the requests, each resolution, the answers of backends, and each command."""
    for said in (
        r"fromager_gen.net.bodies: GET http://127.0.0.1:\d+/simple/top/",
        r"fromager_gen.resolve.solve: .*: .*mid==1.0",
        r"fromager_gen.bootstrap.asking: mid 1.0 answers build_requires: asked>=1",
        r"fromager_gen.terminal.messages: asking backends",
        r"fromager_gen.bazel.program: in .*: .*bazel .*build",
        r"fromager_gen.write.workspace: .*workspace/packages/mid/1.0/BUILD.bazel is new",
        r"fromager_gen.terminal.messages: \[8/8\] ",
    ):
        module, text = said.split(": ", 1)
        assert re.search(rf"(?m)^.* (DEBUG|INFO):{module}:\d+: {text}", log), said


def check_reports(work: Path) -> None:
    """Check the files that Fromager writes next to the graph."""
    order = [row["dist"] + row["version"] for row in json.loads((work / "build-order.json").read_text())]
    assert order.index("tool3.0") < order.index("mid1.0") and order.index("asked1.0") < order.index("mid1.0")
    assert order.index("tool2.0") < order.index("leaf1.0")
    assert (work / "constraints.txt").read_text().split() == ["extra==1.0", "leaf==1.0", "mid==1.0", "top==1.0"]
    assert (work / "mid-1.0" / "build-backend-requirements.txt").read_text() == "asked>=1\n"
    assert (work / "mid-1.0" / "requirements.txt").read_text() == "leaf>=1\n"


def test_a_new_constraint_asks_only_the_packages_that_it_affects(place: Place) -> None:
    add(place.index, "base", "1.0")
    add(place.index, "base", "2.0")
    add(place.index, "uses", "1.0", build=["base"], static=False)
    add(place.index, "other", "1.0", static=False)
    place.run("uses", "other")
    assert "base==2.0" in place.graph()
    constraints = place.folder / "constraints.txt"
    constraints.write_text("base<2\n")

    said = place.run("uses", "other", "--constraints-file", constraints).stderr

    assert "base==1.0" in place.graph() and "base==2.0" not in place.graph()
    # base is asked, built and installed; uses is asked twice and built; other is unchanged.
    assert sandboxed(said) == 6, said
    assert re.search(r"\] other 1\.0 \(up to date\)$", said, re.MULTILINE)
    assert re.search(r"\] uses 1\.0$", said, re.MULTILINE)
    assert (place.folder / "work-dir" / "merged-constraints.txt").read_text() == "base<2\n"
    assert place.graph()["base==1.0"]["constraint"] == "base<2"


def test_an_earlier_graph_keeps_its_versions(place: Place) -> None:
    add(place.index, "held", "1.0")
    place.run("held", "--sdist-only")
    assert place.wheels() == []
    assert [path.name for path in (place.folder / "sdists-repo" / "downloads").iterdir()] == ["held-1.0.tar.gz"]
    add(place.index, "held", "2.0")
    earlier = place.folder / "earlier.json"
    earlier.write_bytes((place.folder / "work-dir" / "graph.json").read_bytes())

    place.run("held", "--sdist-only", "-p", earlier)
    assert sorted(place.graph()) == ["", "held==1.0"]
    place.run("held", "--sdist-only")
    assert sorted(place.graph()) == ["", "held==2.0"]


def test_conflicting_versions_are_an_error_and_constraints_have_the_other_packages(place: Place) -> None:
    add(place.index, "shared", "1.0")
    add(place.index, "shared", "2.0")
    add(place.index, "old", "1.0", install=["shared<2"])
    add(place.index, "new", "1.0", install=["shared>=2"])

    result = place.run("old", "new", check=False)
    assert result.returncode == 9
    for said in (
        "shared<2 is required by old 1.0, required by the command line",
        "shared>=2 is required by new 1.0, required by the command line",
        "Could not produce a pip compatible constraints file: no version of shared fits all requirements",
        "--skip-constraints",
    ):
        assert said in result.stderr
    assert {"shared==1.0", "shared==2.0"} <= set(place.graph())
    assert (place.folder / "work-dir" / "constraints.txt").read_text() == "new==1.0\nold==1.0\n"
    assert not (place.folder / "wheels-repo").exists()

    place.run("old", "new", "--skip-constraints", "--sdist-only")
    assert not (place.folder / "work-dir" / "constraints.txt").exists()


def test_an_error_names_all_packages_of_a_build_cycle(place: Place) -> None:
    add(place.index, "hen", "1.0", build=["egg"])
    add(place.index, "egg", "1.0", build=["hen"])
    add(place.index, "ouroboros", "1.0", build=["ouroboros"])

    said = refused(place, "hen", code=4)
    assert "hen 1.0 needs egg 1.0" in said and "egg 1.0 needs hen 1.0" in said and "pre_built" in said
    assert "ouroboros 1.0 needs itself" in refused(place, "ouroboros", code=4)


def test_a_backend_that_cannot_be_imported_is_an_error(place: Place) -> None:
    add(place.index, "broken", "1.0", backend="no_such_module", static=False)

    said = refused(place, "broken", code=8)
    assert "broken 1.0 could not report build requirements: the backend no_such_module can't be imported" in said
    assert "Not answered: broken 1.0 (build_requires)" in said


def test_a_backend_that_requires_a_missing_project_is_an_error(place: Place) -> None:
    add(place.index, "wishful", "1.0", asks=["unobtainium>=3"])

    said = refused(place, "wishful", code=9)
    assert "the build environment of wishful 1.0: no versions fit" in said
    assert "unobtainium>=3 is required by wishful 1.0 to be built" in said
    assert "no such project" in said


def test_sources_that_contradict_the_index_are_errors(place: Place) -> None:
    add(place.index, "mine", "1.0", called="yours")
    place.index.add_sdist("aged", "2.0", Project("aged", "1.0").files())
    place.index.add("wheels-only", "wheels_only-1.0-py3-none-any.whl", b"")

    assert "mine 1.0: the name in the source's PKG-INFO is 'yours'" in refused(place, "mine", code=9)
    assert "aged 2.0: the version in the source's metadata is '1.0'" in refused(place, "aged", code=9)
    assert "the index has no sdist that can be used; its files: 1 wheels" in refused(place, "wheels-only", code=9)


def test_a_failed_run_keeps_the_pins_of_an_earlier_run(place: Place) -> None:
    lock = place.folder / "work-dir" / "workspace" / "fromager.lock.json"

    def pinned() -> set[str]:
        return set(json.loads(lock.read_text())["packages"])

    add(place.index, "first", "1.0")
    place.run("first", "--sdist-only")
    assert pinned() == {"first==1.0"}

    add(place.index, "liar", "1.0", asks=["nowhere"])
    assert place.run("liar", "--sdist-only", check=False).returncode == 9
    assert "first==1.0" in pinned()

    add(place.index, "second", "1.0")
    place.run("second", "--sdist-only")
    assert pinned() == {"second==1.0"}


def test_a_wheel_with_other_requirements_than_its_source_is_an_error(place: Place) -> None:
    add(place.index, "calm", "1.0")
    add(place.index, "liar", "1.0", install=["calm>=1"], says=["calm>=0.5"])

    result = place.run("liar", check=False)
    assert result.returncode == 9
    assert "liar 1.0: the wheel no longer requires calm>=0.5; it now requires calm>=1" in result.stderr
    assert not (place.folder / "wheels-repo").exists()


def test_a_patch_changes_the_build_requirements(place: Place) -> None:
    add(place.index, "wanted", "1.0")
    add(place.index, "patched", "1.0", build=["gone-from-the-index"])
    patches = place.folder / "overrides" / "patches" / "patched"
    patches.mkdir(parents=True)
    (patches / "1.patch").write_text(
        "--- a/pyproject.toml\n+++ b/pyproject.toml\n@@ -1,4 +1,4 @@\n [build-system]\n"
        "-requires = ['gone-from-the-index']\n+requires = ['wanted']\n"
        ' build-backend = "backend"\n backend-path = ["."]\n'
    )

    place.run("patched")
    assert place.edges("patched==1.0") == ["build-system wanted==1.0 wanted"]
    assert place.wheels() == ["patched-1.0-0-py3-none-any.whl", "wanted-1.0-0-py3-none-any.whl"]


def test_a_branch_that_moved_gives_the_new_commit(place: Place, tmp_path: Path) -> None:
    """A later run reads and builds the new commit; a run that fails keeps the commit of the lock."""
    repository = tmp_path / "repository"
    requirement = f"forged @ git+file://{repository}@main"

    def pinned() -> str:
        lock = json.loads((place.folder / "work-dir" / "workspace" / "fromager.lock.json").read_text())
        return str(lock["files"]["sdist_forged_1.5"]["commit"])

    commit(repository, Project("forged", "1.5").files())
    place.run(requirement)
    old = pinned()
    commit(repository, Project("forged", "1.5", asks=["nowhere"]).files())
    assert place.run(requirement, check=False).returncode == 9
    assert pinned() == old

    add(place.index, "found", "1.0")
    commit(repository, Project("forged", "1.5", install=["found"]).files())
    said = place.run(requirement).stderr
    assert re.search(rf"forged 1\.5: git\+file:.*@main is now commit {pinned()}; it was {old} in the last run", said)
    assert place.edges("forged==1.5") == ["install found==1.0 found"]
    assert place.wheels() == ["forged-1.5-0-py3-none-any.whl", "found-1.0-0-py3-none-any.whl"]


def test_bootstrap_parallel_finds_and_builds_the_same(place: Place) -> None:
    add(place.index, "alone", "1.0", install=["needed"])
    add(place.index, "needed", "1.0")
    place.run("alone", "--sdist-only")
    graph = place.graph()
    assert place.wheels() == []

    place.command = "bootstrap-parallel"
    place.run("alone", "-m", "1")
    assert place.graph() == graph
    assert place.wheels() == ["alone-1.0-0-py3-none-any.whl", "needed-1.0-0-py3-none-any.whl"]


def test_a_source_from_git_is_built(place: Place, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    commit(repository, Project("forged", "1.5").files(), ["tag", "v1.5"])
    requirement = f"forged @ git+file://{repository}@v1.5"

    place.run(requirement)
    assert place.graph()["forged==1.5"]["download_url"] == f"git+file://{repository}@v1.5"
    assert place.wheels() == ["forged-1.5-0-py3-none-any.whl"]


def test_keep_going_keeps_the_graph_and_the_wheels_that_could_be_built(place: Place) -> None:
    add(place.index, "works", "1.0")
    broken = Project("broken", "1.0").files()
    broken["backend.py"] = str(broken["backend.py"]).replace(
        "    file = STEM", "    raise SystemExit('gives up')\n    file = STEM"
    )
    place.index.add_sdist("broken", "1.0", broken)
    result = place.run("works", "broken", "-k", check=False)

    assert result.returncode == 8
    assert "\nfailed: broken 1.0 (log: work-dir/logs/broken-1.0.log)\n1 of 2 wheels are built\n" in result.stderr
    assert sorted(place.graph()) == ["", "broken==1.0", "works==1.0"]
    assert place.wheels() == ["works-1.0-0-py3-none-any.whl"]
    assert "gives up" in (place.folder / "work-dir" / "logs" / "broken-1.0.log").read_text()


@pytest.mark.index
def test_the_real_stevedore_gives_the_graph_of_fromager(place: Place) -> None:
    """From the machine's package index, with the versions of the example's graph, which Fromager wrote."""
    example = json.loads((TOP / "examples" / "stevedore" / "graph.json").read_text())
    pins = place.folder / "pins.txt"
    pins.write_text("".join(f"{key}\n" for key in example if key))
    command = ["--python", PYTHON, "-c", pins, "bootstrap", "stevedore", *place.options]
    generator(*command, cwd=place.folder, **place.env)

    made = place.graph()
    assert set(made) == set(example)
    for key, node in example.items():
        kept = [{name: edge[name] for name in ("key", "req_type", "req")} for edge in node["edges"]]
        assert sorted(map(str, made[key]["edges"])) == sorted(map(str, kept))
    assert len(place.wheels()) == 3
