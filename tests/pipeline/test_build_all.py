"""Build a collection into Fromager's folders: summary, errors, and the hooks of plugins."""

import json
from pathlib import Path

import pytest
from support.samples import make_graph
from support.standins import Standin
from support.wheels import files_of_package, write_wheel

from fromager_gen.errors import BuildError
from fromager_gen.graph import Graph
from fromager_gen.overrides import read_overrides
from fromager_gen.pipeline.build import Prepared, build_all
from fromager_gen.pipeline.options import GlobalOptions

PLUGIN = """
import pathlib
def note(ctx, req, sdist_filename="-", wheel_filename=None, **rest):
    kind = "none" if sdist_filename is None else pathlib.Path(sdist_filename).name
    with open(ctx.work_dir / "notes", "a") as notes:
        print(req, kind, wheel_filename.name, file=notes)
"""


@pytest.fixture
def standin(tmp_path: Path) -> Standin:
    made = Standin(tmp_path)
    for name in ("a", "w"):
        (wheel,) = made.makes(f"//packages/{name}/1.0:wheel", f"{name}-1.0-0-py3-none-any.whl", log=name == "a")
        write_wheel(wheel, files_of_package(name, "1.0"))
    made.makes("//packages/a/1.0:sdist", "a-1.0.tar.gz", log=False)
    made.makes("//packages/a/1.0:rebuilt_sdist", "a-1.0.tar.gz", log=False)
    return made


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a distribution with hooks, and return the file that they write."""
    site = tmp_path / "site"
    (site / "team-1.dist-info").mkdir(parents=True)
    (site / "team-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: team\nVersion: 1\n")
    hooks = "".join(f"{name} = team_hooks:note\n" for name in ("post_bootstrap", "post_build", "prebuilt_wheel"))
    (site / "team-1.dist-info" / "entry_points.txt").write_text(f"[fromager.hooks]\n{hooks}")
    (site / "team_hooks.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(site)
    return tmp_path / "work_dir" / "notes"


def graph(*more: str) -> Graph:
    edges = ["toplevel a==1.0", "toplevel w==1.0", *(f"toplevel {key}" for key in more)]
    return make_graph({"": edges, "a==1.0": [], "w==1.0": [], **{key: [] for key in more}}, w={"pre_built": True})


def prepared_of(standin: Standin, options: GlobalOptions, graph: Graph, is_bootstrap: bool = False) -> Prepared:
    overrides = read_overrides(options.override_paths)
    return Prepared(graph, options, standin.bazel, overrides, is_bootstrap=is_bootstrap)


def test_hooks_get_built_and_pre_built_packages(standin: Standin, options: GlobalOptions, notes: Path) -> None:
    prepared = prepared_of(standin, options, graph())
    build_all(prepared, list(prepared.graph), [])
    assert notes.read_text().splitlines() == [
        "a==1.0 a-1.0.tar.gz a-1.0-0-py3-none-any.whl",
        "w==1.0 - w-1.0-0-py3-none-any.whl",
    ]

    notes.unlink()
    build_all(prepared, list(prepared.graph), [])
    assert notes.read_text().splitlines() == ["w==1.0 - w-1.0-0-py3-none-any.whl"]


def test_a_bootstrap_reports_every_package(standin: Standin, options: GlobalOptions, notes: Path) -> None:
    prepared = prepared_of(standin, options, graph(), is_bootstrap=True)
    for _ in range(2):
        build_all(prepared, list(prepared.graph), [])

    rows = ["a==1.0 a-1.0.tar.gz a-1.0-0-py3-none-any.whl", "w==1.0 none w-1.0-0-py3-none-any.whl"]
    assert notes.read_text().splitlines() == [*rows, *rows]


def test_the_summary_states_which_wheels_were_there(standin: Standin, options: GlobalOptions) -> None:
    prepared = prepared_of(standin, options, graph())
    summary = options.work_dir / "build-sequence-summary.json"
    skipped = []
    for force in (False, False, True):
        build_all(prepared, list(prepared.graph), [], force=force)
        skipped.append([row["skipped"] for row in json.loads(summary.read_text())])

    assert skipped == [[False, False], [True, True], [False, False]]


def test_the_error_of_a_failed_build_names_what_is_missing(standin: Standin, options: GlobalOptions) -> None:
    standin.fails("//packages/b/1.0:wheel")
    prepared = prepared_of(standin, options, graph("b==1.0", "c==1.0"))

    with pytest.raises(BuildError, match=r"failed: b 1.0\n2 of 4 wheels are built; not built: c 1.0; use -k to build"):
        build_all(prepared, list(prepared.graph), [])
    assert (options.wheels_repo / "downloads" / "a-1.0-0-py3-none-any.whl").is_file()


def test_packages_with_exclusive_builds_are_logged(standin: Standin, options: GlobalOptions, logged: list[str]) -> None:
    options.settings_dir.mkdir()
    (options.settings_dir / "a.yaml").write_text("build_options: {exclusive_build: true}\n")
    prepared = prepared_of(standin, options, graph())
    build_all(prepared, list(prepared.graph), [])

    assert "INFO a-1.0: requires exclusive build" in logged and "INFO a-1.0: ready to build" in logged
    assert f"INFO skipping builds for versions of packages available at {options.wheels_repo}" in logged
