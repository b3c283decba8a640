"""Damage in graph.json is one message that names the file, the node and what was found."""

import json
from typing import Any

import pytest
from support.samples import document, make_graph, node

from fromager_gen.errors import GraphError
from fromager_gen.graph import parse_graph

GOOD = {"": ["toplevel a==1.0"], "a==1.0": []}
HOSTILE = [
    "..",
    "../x",
    "a/b",
    'a"b',
    "a'b",
    "a\nb",
    "$(x)",
    "`x`",
    '");evil()#',
    "{}",
    "%s",
    '"""',
    "a\u202eb",
    "",
    "-rf",
    ".",
]


def parse(raw: Any) -> None:
    parse_graph(json.dumps(raw), "the.json")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the.json is empty"),
        (" \n", "the.json is empty"),
        ('{"": {"edges": [', "damaged or no JSON.*cut short"),
        ("nodes: 1", "damaged or no JSON"),
        ('\ufeff{"": {}}', "damaged or no JSON"),
        ('{"": {"edges": NaN}}', "NaN is no JSON"),
        ('{"": -Infinity}', "-Infinity is no JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"": {"edges": [], "edges": []}}', "the key 'edges' appears twice"),
        ("[" * 100_000, "damaged or no JSON"),
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deep"),
        ("[]", "holds a list, not an object of nodes"),
        ("null", "holds a NoneType, not an object"),
        ("{}", "no root"),
        (json.dumps({"a==1": node("a==1")}), "no root"),
    ],
)
def test_text_that_is_no_graph(text: str, says: str) -> None:
    with pytest.raises(GraphError, match=says) as raised:
        parse_graph(text, "the.json")
    assert "the.json" in str(raised.value)
    assert len(str(raised.value)) < 2000


def test_the_old_form_names_the_command_that_converts_it() -> None:
    with pytest.raises(GraphError, match="fromager graph migrate-graph"):
        parse({"": [["toplevel", "a", "1.0", "a"]], "a==1.0": []})


def test_the_old_form_in_one_node_is_an_error() -> None:
    with pytest.raises(GraphError, match=r"'a==1\.0' is no object"):
        parse({**document(GOOD), "a==1.0": [["install", "b", "1.0", "b"]]})


def test_an_edge_to_a_missing_node_names_both_ends() -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0' has an edge to 'gone==2\.0', which is not in the graph"):
        make_graph({**GOOD, "a==1.0": ["install gone==2.0"]})


def test_a_root_without_edges_holds_no_package() -> None:
    with pytest.raises(GraphError, match="holds no package"):
        make_graph({"": []})


@pytest.mark.parametrize("change", [{"canonicalized_name": "x"}, {"download_url": "http://index.test/x.tar.gz"}])
def test_the_root_is_no_package(change: dict[str, str]) -> None:
    with pytest.raises(GraphError, match="the root is a package"):
        parse({**document(GOOD), "": {**document(GOOD)[""], **change}})


@pytest.mark.parametrize(("field", "value"), [("canonicalized_name", "b"), ("version", "1.1")])
def test_a_key_that_says_another_thing_than_its_node(field: str, value: str) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0' holds"):
        make_graph(GOOD, a={field: value})


@pytest.mark.parametrize(
    ("name", "canonical"), [("Foo", "foo"), ("foo_bar", "foo-bar"), ("foo.bar", "foo-bar"), ("a--b", "a-b")]
)
def test_a_name_that_is_not_canonical_says_what_it_should_be(name: str, canonical: str) -> None:
    key = f"{name}==1.0"

    with pytest.raises(GraphError, match=f"not canonical, it should be '{canonical}'"):
        make_graph({"": [f"toplevel {key}"], key: []})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    key = f"{name}==1.0"
    raw = {"": node(""), key: {**node("a==1.0"), "canonicalized_name": name}}
    raw[""]["edges"] = [{"key": key, "req_type": "toplevel", "req": "a"}]

    with pytest.raises(GraphError) as raised:
        parse(raw)
    assert "is no package name" in str(raised.value) or "is not canonical" in str(raised.value)
    assert "\u202e" not in str(raised.value)


@pytest.mark.parametrize("version", [*HOSTILE, "1.0-1", "v1.0", "1.0.RC1", "latest", "1" + ".0" * 200, "1.0+CU"])
def test_a_hostile_or_unusual_version_is_refused(version: str) -> None:
    key = f"a=={version}"
    raw = {"": node(""), key: {**node("a==1.0"), "version": version}}
    raw[""]["edges"] = [{"key": key, "req_type": "toplevel", "req": "a"}]

    with pytest.raises(GraphError, match=r"is no PEP 440 version|is not normal, it should be|at most 120 fit"):
        parse(raw)


def test_a_name_of_300_characters_does_not_fit() -> None:
    key = "a" * 300 + "==1.0"

    with pytest.raises(GraphError, match="has 300 characters, at most 120"):
        make_graph({"": [f"toplevel {key}"], key: []})


def test_one_version_written_two_ways_is_a_conflict() -> None:
    with pytest.raises(GraphError, match=r"'a==1\.0(\.0)?' and 'a==1\.0(\.0)?' are the same version"):
        make_graph({"": ["toplevel a==1.0", "toplevel a==1.0.0"], "a==1.0": [], "a==1.0.0": []})


@pytest.mark.parametrize(
    ("edges", "kind"),
    [
        ({"": ["toplevel a==1.0"], "a==1.0": ["test a==1.0"]}, "test"),
        ({"": ["toplevel a==1.0"], "a==1.0": ["toplevel a==1.0"]}, "toplevel"),
        ({"": ["install a==1.0"], "a==1.0": []}, "install"),
    ],
)
def test_an_edge_of_an_unknown_or_misplaced_kind(edges: dict[str, list[str]], kind: str) -> None:
    with pytest.raises(GraphError, match=f"an edge to 'a==1.0' of the unknown or misplaced kind '{kind}'"):
        make_graph(edges)


@pytest.mark.parametrize("req", [None, 1, "b\n", "b\u202e", "b\0"])
def test_a_requirement_that_is_no_printable_text(req: Any) -> None:
    raw = document(GOOD)
    raw["a==1.0"]["edges"] = [{"key": "a==1.0", "req_type": "install", "req": req}]

    with pytest.raises(GraphError, match="whose requirement is"):
        parse(raw)


@pytest.mark.parametrize("edge", ["a==1.0", None, {}, {"key": 1}, {"key": ["a"]}, []])
def test_an_edge_that_is_no_edge(edge: Any) -> None:
    raw = document(GOOD)
    raw["a==1.0"]["edges"] = [edge]

    with pytest.raises(GraphError, match=r"node 'a==1\.0' has an edge to"):
        parse(raw)


@pytest.mark.parametrize(("field", "value"), [("version", 1), ("download_url", None), ("canonicalized_name", ["a"])])
def test_a_field_of_the_wrong_kind(field: str, value: Any) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0' lacks canonicalized_name, version or download_url"):
        make_graph(GOOD, a={field: value})


@pytest.mark.parametrize("value", ["yes", 1, None, []])
def test_pre_built_is_true_or_false(value: Any) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0': pre_built is .*, not true or false"):
        make_graph(GOOD, a={"pre_built": value})


@pytest.mark.parametrize(
    "url",
    [
        "ftp://index.test/a.tar.gz", "file:///etc/passwd", "javascript:alert(1)", "http://index.test/a b.tar.gz",
        'http://index.test/"', "http://index.test/`x`", "http://index.test/a\n", "http://index.test/\u00e4", "http://[",
        "git+ext::sh -c x", "ext::sh", "data:,x",
    ],
)  # fmt: skip
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0': download_url .* is no http, https or git address"):
        make_graph(GOOD, a={"download_url": url})


def test_all_problems_are_told_at_once() -> None:
    nodes = {"": [f"toplevel p{n}==1" for n in range(30)], **{f"p{n}==1": [] for n in range(30)}}

    with pytest.raises(GraphError, match=r"(?s)30 problems.*p0==1.*and 10 more"):
        make_graph(nodes, **{f"p{n}": {"pre_built": 1} for n in range(30)})


def test_an_error_of_the_graph_has_its_exit_code() -> None:
    with pytest.raises(GraphError) as raised:
        make_graph({})
    assert raised.value.exit_code == 3


@pytest.mark.timeout(60)
def test_a_key_that_stands_twice_is_found_in_linear_time() -> None:
    text = "{" + "".join(f'"package-{n}==1.0": {{}},' for n in range(30_000)) + '"last": {}, "last": {}}'

    with pytest.raises(GraphError, match="the key 'last' appears twice"):
        parse_graph(text, "the.json")
