"""Every form of graph.json that Fromager writes or has written is read; harmless oddities are warnings."""

import json
import random
from pathlib import Path

import pytest
from support.samples import document, make_graph, node

from fromager_gen.errors import GraphError, InputError
from fromager_gen.graph import Edge, parse_graph, read_graph

SMALL = {"": ["toplevel a==1.0 a>=1"], "a==1.0": ["install b==2.0 b<3", "build-system b==2.0"], "b==2.0": []}


def test_reads_nodes_edges_and_the_root(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    path.write_text(json.dumps(document(SMALL), indent=2))

    graph = read_graph(path)

    assert list(graph.nodes) == ["a==1.0", "b==2.0"]
    assert graph.toplevel == (Edge("a==1.0", "toplevel", "a>=1"),)
    assert graph.nodes["a==1.0"].edges == (Edge("b==2.0", "install", "b<3"), Edge("b==2.0", "build-system", "b"))
    assert str(graph.nodes["a==1.0"]) == "a 1.0"
    assert graph.warnings == ()


def test_reads_the_hash_in_an_address() -> None:
    url = "http://index.test/a-1.0.tar.gz#sha256=" + "0" * 64

    assert make_graph(SMALL, a={"download_url": url}).nodes["a==1.0"].url == url


@pytest.mark.parametrize("key", ["pre_built", "constraint"])
def test_reads_older_nodes_that_lack_a_key(key: str) -> None:
    raw = document(SMALL)
    for entry in raw.values():
        del entry[key]

    assert parse_graph(json.dumps(raw), "g").nodes["a==1.0"].pre_built is False


def test_reads_constraints() -> None:
    graph = make_graph(SMALL, a={"constraint": 'a<2; python_version > "3"'}, b={"constraint": ""})

    assert [node.constraint for node in graph] == ['a<2; python_version > "3"', None]


@pytest.mark.parametrize("constraint", [3, ["a<2"], "a<2\n", "a\u202e"])
def test_a_constraint_that_is_not_a_string_is_an_error(constraint: object) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0': constraint is .*, not a requirement or null"):
        make_graph(SMALL, a={"constraint": constraint})


def test_an_edge_to_the_root_is_an_error() -> None:
    raw = document({"": ["toplevel a==1"], "a==1": ["install b==1"], "b==1": []})
    raw["a==1"]["edges"][0]["key"] = ""

    with pytest.raises(GraphError, match="node 'a==1' has an edge to the root"):
        parse_graph(json.dumps(raw), "g")


def test_reads_pre_built() -> None:
    assert make_graph(SMALL, b={"pre_built": True}).nodes["b==2.0"].pre_built is True


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://index.test/a-1.0.tar.gz",
        "git+https://forge.test/a@v1",
        "git+ssh://git@forge.test/a@v1",
        "git+file:///a@v1",
    ],
)
def test_reads_every_kind_of_address(url: str) -> None:
    assert make_graph(SMALL, a={"download_url": url}).nodes["a==1.0"].url == url


def test_several_versions_of_a_package_are_separate_nodes() -> None:
    graph = make_graph({"": ["toplevel a==1.0", "toplevel a==2.0"], "a==1.0": [], "a==2.0": []})

    assert [found.version for found in graph.versions("a")] == ["1.0", "2.0"]


@pytest.mark.parametrize("version", ["1!2.0", "2.0+cu121", "1.0.post1.dev2", "1.0rc1"])
def test_reads_every_kind_of_version(version: str) -> None:
    key = f"a=={version}"

    assert make_graph({"": [f"toplevel {key}"], key: []}).nodes[key].version == version


def test_install_edges_may_form_cycles_and_loops() -> None:
    graph = make_graph({"": ["toplevel a==1"], "a==1": ["install b==1", "install a==1 a[x]"], "b==1": ["install a==1"]})

    assert graph.nodes["b==1"].children("install") == ["a==1"]
    assert graph.nodes["a==1"].children("install") == ["b==1", "a==1"]


def test_a_duplicate_edge_counts_once() -> None:
    graph = make_graph(
        {"": ["toplevel a==1"], "a==1": ["install b==1 b>0", "install b==1 b>0", "install b==1 b"], "b==1": []}
    )

    assert len(graph.nodes["a==1"].edges) == 2
    assert graph.nodes["a==1"].children("install") == ["b==1"]


def test_unknown_keys_are_ignored_with_a_warning() -> None:
    graph = make_graph(SMALL, b={"colour": "blue"})

    assert graph.warnings == ("unknown node keys are ignored: colour",)


def test_an_unreachable_node_is_left_out_with_a_warning() -> None:
    graph = make_graph({**SMALL, "lost==1.0": ["install gone==1.0"]})

    assert "lost==1.0" not in graph.nodes
    (warning,) = graph.warnings
    assert "1 nodes are not reachable" in warning and "lost==1.0" in warning


def test_the_order_of_nodes_does_not_depend_on_the_file() -> None:
    raw = document({"": [f"toplevel p{n}==1" for n in range(20)], **{f"p{n}==1": [] for n in range(20)}})
    keys = list(raw)
    random.Random(1).shuffle(keys)  # noqa: S311 - an order, no secret

    shuffled = parse_graph(json.dumps({key: raw[key] for key in keys}), "g")

    assert shuffled == parse_graph(json.dumps(raw), "g")
    assert list(shuffled.nodes) == sorted(shuffled.nodes)


def test_a_chain_of_20000_nodes_is_read() -> None:
    keys = [f"p{n}==1" for n in range(20_000)]
    raw = {"": node("", [f"toplevel {keys[0]}"])}
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        raw[key] = node(key, [f"install {following}"] if following else [])

    assert len(parse_graph(json.dumps(raw), "g").nodes) == 20_000


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    with path.open("wb") as file:
        file.truncate(3 << 30)

    with pytest.raises(GraphError, match=r"graph\.json has 3,221,225,472 bytes"):
        read_graph(path)


def test_a_missing_graph_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.json does not exist: make a graph with `fromager-gen bootstrap`"):
        read_graph(tmp_path / "none.json")


def test_a_folder_in_place_of_the_graph_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="can't be read"):
        read_graph(tmp_path)


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00}\x00", b'{"\xe4": 1}'])
def test_other_encodings_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "graph.json"
    path.write_bytes(data)

    with pytest.raises(GraphError, match="not UTF-8"):
        read_graph(path)
