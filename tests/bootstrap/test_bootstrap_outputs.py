"""Output files of a bootstrap: Fromager's build order and lists, and the questions for the next run."""

import json
from pathlib import Path

import pytest
from packaging.version import Version
from support.indexes import VARIABLES, asked, constraints
from support.samples import contents, files_of_at_most, make_graph

from fromager_gen.bootstrap.outputs import (
    build_order_rows,
    read_questions,
    requirement_files,
    write_outputs,
    write_questions,
)
from fromager_gen.errors import WriteError
from fromager_gen.graph import parse_graph
from fromager_gen.overrides import Overrides
from fromager_gen.overrides.model import PackageSettings
from fromager_gen.resolve.candidates import Candidate
from fromager_gen.resolve.known import Question
from fromager_gen.resolve.recipes import Recipes
from fromager_gen.resolve.requirements import Constraints
from fromager_gen.resolve.resolution import Collection, Resolution


def test_the_build_order_is_that_of_fromager() -> None:
    """An example observed with Fromager 0.101: top1 and top2, all built by flit_core."""
    flit = "build-system flit-core==4.2.0 flit_core"
    graph = make_graph(
        {
            "": ["toplevel top1==1.0", "toplevel top2==1.0"],
            "top2==1.0": [flit, "build-system mmm==1.0", "build-system zzz==1.0", "install bbb==1.0"],
            "top1==1.0": [flit, "install aaa==1.0 aaa<2", "install mmm==1.0 mmm[foo]"],
            "bbb==1.0": [flit, "install aaa==2.0", "install mmm==1.0", "install zzz==1.0 zzz>=1"],
            "aaa==1.0": [flit, "install bbb==1.0"],
            "aaa==2.0": [flit, "install bbb==1.0"],
            "mmm==1.0": [flit, 'install zzz==1.0 zzz; extra == "foo"'],
            "zzz==1.0": [flit],
            "flit-core==4.2.0": [],
        }
    )
    rows = build_order_rows(graph, Overrides())

    assert [f"{row['dist']} {row['version']}" for row in rows] == [
        "flit-core 4.2.0", "zzz 1.0", "mmm 1.0", "top2 1.0", "bbb 1.0", "aaa 2.0", "top1 1.0", "aaa 1.0",
    ]  # fmt: skip
    assert rows[-1]["req"] == "aaa<2"


def test_a_row_has_the_origin_of_a_package() -> None:
    graph = make_graph(
        {"": ["toplevel a==1 a>0", "toplevel b==1", "toplevel c==1"], "a==1": [], "b==1": [], "c==1": []},
        a={"constraint": "a<2"},
        b={"pre_built": True, "download_url": "https://index.test/b-1-py3-none-any.whl"},
    )
    settings = PackageSettings(download_url="https://x.test/${version}.tar.gz")
    rows = {
        str(row["dist"]): row for row in build_order_rows(graph, Overrides(packages={"b": settings, "c": settings}))
    }

    assert rows["a"] == {
        "req": "a>0",
        "constraint": "a<2",
        "dist": "a",
        "version": "1",
        "prebuilt": False,
        "source_url": "http://index.test/files/a-1.tar.gz",
        "source_url_type": "sdist",
    }
    assert (rows["b"]["prebuilt"], rows["b"]["source_url_type"], rows["b"]["constraint"]) == (True, "prebuilt", "")
    assert rows["c"]["source_url_type"] == "override"


def test_build_requirements_are_before_their_package() -> None:
    """Install requirements of a build tool come after it, as in Fromager."""
    graph = make_graph(
        {
            "": ["toplevel a==1"],
            "a==1": ["build-system b==1", "build-backend c==1", "build-sdist c==1", "install e==1"],
            "b==1": ["build-system d==1", "install e==1"],
            "c==1": [],
            "d==1": [],
            "e==1": [],
        }
    )
    order = [str(row["dist"]) for row in build_order_rows(graph, Overrides())]

    assert sorted(order) == ["a", "b", "c", "d", "e"]
    assert order.index("d") < order.index("b") < order.index("a")
    assert order.index("c") < order.index("a")


def test_a_graph_deeper_than_the_recursion_limit_is_ordered() -> None:
    nodes = {"": ["toplevel a==0"], **{f"a=={n}": [f"build-system a=={n + 1}"] for n in range(2000)}, "a==2000": []}

    assert [row["version"] for row in build_order_rows(make_graph(nodes), Overrides())][::1000] == ["2000", "1000", "0"]


def test_each_package_has_its_lists_of_requirements() -> None:
    graph = make_graph(
        {
            "": ["toplevel my-pkg==1"],
            "my-pkg==1": [
                "build-system c==1 c>0",
                "build-system b==1",
                "build-backend b==1 b<9",
                "build-sdist b==1 b<9",
            ],
            "b==1": [],
            "c==1": [],
        },
        c={"pre_built": True, "download_url": "https://index.test/c-1-py3-none-any.whl"},
    )
    installs = {"my-pkg==1": ("z", "y>1; python_version > '3'", "x; extra == 'e'"), "b==1": (), "c==1": ("b",)}
    files = requirement_files(graph, installs, VARIABLES)

    assert files == {
        "my_pkg-1/build-system-requirements.txt": "b\nc>0\n",
        "my_pkg-1/build-backend-requirements.txt": "b<9\n",
        "my_pkg-1/build-sdist-requirements.txt": "b<9\n",
        "my_pkg-1/requirements.txt": 'y>1; python_version > "3"\nz\n',
        "b-1/build-system-requirements.txt": "",
        "b-1/build-backend-requirements.txt": "",
        "b-1/build-sdist-requirements.txt": "",
        "b-1/requirements.txt": "",
        "c-1/requirements.txt": "b\n",
    }


def test_questions_are_stored_for_the_next_run(tmp_path: Path) -> None:
    path = tmp_path / "work" / "q.json"
    questions = [Question("a==1", "metadata", ("b==1", "c==2")), Question("b==1", "build_requires", ())]
    write_questions(path, questions)

    assert read_questions(path) == questions


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "{}", "null", '{"questions": 1}', '{"questions": [1]}', '{"questions": [{"key": "a"}]}',
        '{"questions": [{"key": "a", "target": "b", "environment": 1}]}', "[" * 99_999, b"\xff",
    ],
)  # fmt: skip
def test_a_damaged_file_of_questions_counts_as_empty(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "q.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())

    assert read_questions(path) == []


def test_a_missing_file_of_questions_counts_as_empty(tmp_path: Path) -> None:
    assert read_questions(tmp_path / "q.json") == []
    assert read_questions(tmp_path) == []


GRAPH = {"": ["toplevel a==1 a>0"], "a==1": ["build-system b==1"], "b==1": []}


def write(folder: Path, limits: Constraints, together: bool = True) -> dict[str, bytes]:
    """Write the output files and return their paths."""
    collection = Collection(asked("a>0"), limits, VARIABLES, together)
    chosen = {"a": Candidate("a", Version("1"), "", "a-1.tar.gz")} if together else {}
    resolution = Resolution(make_graph(GRAPH), (), (), (), frozenset(), frozenset(), {}, Recipes({}), chosen)
    write_outputs(folder, resolution, collection, {"a==1": ("c",), "b==1": ()}, Overrides())
    return contents(folder)


def test_output_files_are_in_the_places_of_fromagers(tmp_path: Path) -> None:
    found = write(tmp_path, constraints("b<2", "a<2; python_version > '3'"))

    assert sorted(name for name in found if "/" not in name) == [
        "build-order.json", "constraints.txt", "graph.json", "merged-constraints.txt",
    ]  # fmt: skip
    assert found["merged-constraints.txt"] == b"a<2\nb<2\n"
    assert found["constraints.txt"] == b"a==1\n"
    assert [row["dist"] for row in json.loads(found["build-order.json"])] == ["b", "a"]
    assert parse_graph(found["graph.json"].decode(), "graph.json") == make_graph(GRAPH)
    assert found["a-1/requirements.txt"] == b"c\n"


def test_a_full_disk_leaves_no_graph(tmp_path: Path) -> None:
    before = write(tmp_path, constraints())
    with files_of_at_most(100), pytest.raises(WriteError, match=r"build-order\.json can't be written: File too"):
        write(tmp_path, constraints())

    after = contents(tmp_path)
    assert "constraints.txt" not in after
    assert after == {name: data for name, data in before.items() if name != "constraints.txt"}


def test_outdated_output_files_are_removed(tmp_path: Path) -> None:
    write(tmp_path, constraints("b<2"))

    assert "merged-constraints.txt" not in write(tmp_path, constraints())


def test_without_a_common_solution_no_constraints_are_written(tmp_path: Path) -> None:
    assert "constraints.txt" not in write(tmp_path, constraints(), together=False)


def test_constraints_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    write(tmp_path, constraints())

    assert "constraints.txt" not in write(tmp_path, constraints(), together=False)
