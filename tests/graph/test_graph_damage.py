"""Damage in graph.json is reported in one message with the file, the node and the value found."""

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
        ('{"": {"edges": [', "damaged or not JSON.*interrupted"),
        ("nodes: 1", "damaged or not JSON"),
        ('\ufeff{"": {}}', "damaged or not JSON"),
        ('{"": {"edges": NaN}}', "NaN is not valid JSON"),
        ('{"": -Infinity}', "-Infinity is not valid JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"": {"edges": [], "edges": []}}', "the key 'edges' appears twice"),
        ("[" * 100_000, "damaged or not JSON"),
        ("[" * 100_000 + "]" * 100_000, "nested too deep"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deep"),
        ("[]", "it is a list, not an object of nodes"),
        ("null", "it is a NoneType, not an object"),
        ("{}", "no root"),
        (json.dumps({"a==1": node("a==1")}), "no root"),
    ],
)
def test_a_text_that_is_not_a_graph_is_an_error(text: str, says: str) -> None:
    with pytest.raises(GraphError, match=says) as raised:
        parse_graph(text, "the.json")
    assert "the.json" in str(raised.value)
    assert len(str(raised.value)) < 2000


def test_the_old_form_in_one_node_is_an_error() -> None:
    with pytest.raises(GraphError, match=r"'a==1\.0' is not an object"):
        parse({**document(GOOD), "a==1.0": [["install", "b", "1.0", "b"]]})


def test_an_edge_to_a_missing_node_names_both_ends() -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0' has an edge to 'gone==2\.0', which is not in the graph"):
        make_graph({**GOOD, "a==1.0": ["install gone==2.0"]})


def test_a_root_without_edges_is_an_error() -> None:
    with pytest.raises(GraphError, match="has no packages"):
        make_graph({"": []})


@pytest.mark.parametrize("change", [{"canonicalized_name": "x"}, {"download_url": "http://index.test/x.tar.gz"}])
def test_a_root_with_a_name_or_an_address_is_an_error(change: dict[str, str]) -> None:
    with pytest.raises(GraphError, match="the root must not be a package"):
        parse({**document(GOOD), "": {**document(GOOD)[""], **change}})


@pytest.mark.parametrize(("field", "value"), [("canonicalized_name", "b"), ("version", "1.1")])
def test_a_key_that_differs_from_its_node_is_an_error(field: str, value: str) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0' holds"):
        make_graph(GOOD, a={field: value})


@pytest.mark.parametrize(
    ("name", "canonical"), [("Foo", "foo"), ("foo_bar", "foo-bar"), ("foo.bar", "foo-bar"), ("a--b", "a-b")]
)
def test_the_error_for_a_name_that_is_not_canonical_shows_the_canonical_name(name: str, canonical: str) -> None:
    key = f"{name}==1.0"

    with pytest.raises(GraphError, match=f"not a canonical name; it should be '{canonical}'"):
        make_graph({"": [f"toplevel {key}"], key: []})


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused(name: str) -> None:
    key = f"{name}==1.0"
    raw = {"": node(""), key: {**node("a==1.0"), "canonicalized_name": name}}
    raw[""]["edges"] = [{"key": key, "req_type": "toplevel", "req": "a"}]

    with pytest.raises(GraphError) as raised:
        parse(raw)
    assert "is not a valid package name" in str(raised.value) or "is not a canonical name" in str(raised.value)
    assert "\u202e" not in str(raised.value)


@pytest.mark.parametrize("version", [*HOSTILE, "1.0-1", "v1.0", "1.0.RC1", "latest", "1" + ".0" * 200, "1.0+CU"])
def test_a_hostile_or_unusual_version_is_refused(version: str) -> None:
    key = f"a=={version}"
    raw = {"": node(""), key: {**node("a==1.0"), "version": version}}
    raw[""]["edges"] = [{"key": key, "req_type": "toplevel", "req": "a"}]

    with pytest.raises(
        GraphError, match=r"is not a valid PEP 440 version|is not normalized; it should be|at most 120 fit"
    ):
        parse(raw)


def test_a_name_of_300_characters_does_not_fit() -> None:
    key = "a" * 300 + "==1.0"

    with pytest.raises(GraphError, match="has 300 characters; at most 120"):
        make_graph({"": [f"toplevel {key}"], key: []})


def test_one_version_written_two_ways_is_a_conflict() -> None:
    with pytest.raises(GraphError, match=r"'a==1\.0(\.0)?' and 'a==1\.0(\.0)?' are the same version"):
        make_graph({"": ["toplevel a==1.0", "toplevel a==1.0.0"], "a==1.0": [], "a==1.0.0": []})


@pytest.mark.parametrize(
    ("edges", "kind"),
    [
        ({"": ["toplevel a==1.0"], "a==1.0": ["test a==1.0"]}, "test"),
        ({"": ["toplevel a==1.0"], "a==1.0": ["toplevel a==1.0"]}, "toplevel"),
        ({"": ["build-system a==1.0"], "a==1.0": []}, "build-system"),
    ],
)
def test_an_edge_of_an_unknown_or_misplaced_kind_is_an_error(edges: dict[str, list[str]], kind: str) -> None:
    with pytest.raises(GraphError, match=f"an edge to 'a==1.0' of the unknown or misplaced kind '{kind}'"):
        make_graph(edges)


@pytest.mark.parametrize("req", [None, 1, "b\n", "b\u202e", "b\0"])
def test_a_requirement_that_is_not_a_printable_string_is_an_error(req: Any) -> None:
    raw = document(GOOD)
    raw["a==1.0"]["edges"] = [{"key": "a==1.0", "req_type": "install", "req": req}]

    with pytest.raises(GraphError, match="whose requirement is"):
        parse(raw)


@pytest.mark.parametrize("edge", ["a==1.0", None, {}, {"key": 1}, {"key": ["a"]}, []])
def test_an_invalid_edge_is_an_error(edge: Any) -> None:
    raw = document(GOOD)
    raw["a==1.0"]["edges"] = [edge]

    with pytest.raises(GraphError, match=r"node 'a==1\.0' has an edge to"):
        parse(raw)


@pytest.mark.parametrize(("field", "value"), [("version", 1), ("download_url", None), ("canonicalized_name", ["a"])])
def test_a_field_of_the_wrong_type_is_an_error(field: str, value: Any) -> None:
    with pytest.raises(GraphError, match=r"node 'a==1\.0' lacks canonicalized_name, version or download_url"):
        make_graph(GOOD, a={field: value})


@pytest.mark.parametrize("value", ["yes", 1, None, []])
def test_a_value_of_pre_built_other_than_true_or_false_is_an_error(value: Any) -> None:
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
    with pytest.raises(GraphError, match=r"node 'a==1\.0': download_url .* is not an http, https or git address"):
        make_graph(GOOD, a={"download_url": url})


def test_all_problems_are_reported_at_once() -> None:
    nodes = {"": [f"toplevel p{n}==1" for n in range(30)], **{f"p{n}==1": [] for n in range(30)}}

    with pytest.raises(GraphError, match=r"(?s)30 problems.*p0==1.*and 10 more"):
        make_graph(nodes, **{f"p{n}": {"pre_built": 1} for n in range(30)})


def test_graph_errors_have_exit_code_3() -> None:
    with pytest.raises(GraphError) as raised:
        make_graph({})
    assert raised.value.exit_code == 3


@pytest.mark.timeout(60)
def test_a_duplicate_key_is_found_in_linear_time() -> None:
    text = "{" + "".join(f'"package-{n}==1.0": {{}},' for n in range(30_000)) + '"last": {}, "last": {}}'

    with pytest.raises(GraphError, match="the key 'last' appears twice"):
        parse_graph(text, "the.json")
