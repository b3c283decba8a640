"""build-order.json as Fromager writes it, and damaged files."""

import json
from pathlib import Path
from typing import Any

import pytest

from fromager_gen.errors import InputError
from fromager_gen.graph.order import Step, read_build_order


def read(folder: Path, document: Any) -> list[Step]:
    (folder / "o.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return read_build_order(folder / "o.json")


def test_an_entry_as_fromager_writes_it(tmp_path: Path) -> None:
    entry = {
        "req": "A_B>1", "constraint": "", "dist": "A_B", "version": "1.0", "prebuilt": True,
        "source_url": "http://index.test/x", "source_url_type": "sdist", "type": "install", "why": [],
    }  # fmt: skip

    assert read(tmp_path, [entry]) == [Step("a-b", "1.0", True, "A_B>1", "http://index.test/x", "sdist", "install")]


def test_optional_keys_of_an_entry_have_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, [{"dist": "a", "version": "1"}]) == [Step("a", "1")]
    assert read(tmp_path, []) == []


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ("", "is damaged or not JSON"),
        ("[", "is damaged or not JSON"),
        ("[" * 100_000, "is damaged or not JSON"),
        ({}, "it is a dict, not a list of packages"),
        ([3], "entry 1 is not an object with the strings dist and version"),
        ([{"dist": "a"}], "entry 1 is not an object with the strings dist and version"),
        ([{"dist": "a", "version": 1}], "entry 1 is not an object with the strings dist and version"),
        ([{"dist": "../a", "version": "1"}], "entry 1: '../a' is not a valid package name"),
        ([{"dist": "a", "version": "../1"}], "entry 1: '../1' is not a valid PEP 440 version"),
        ([{"dist": "a", "version": "1", "prebuilt": "no"}], "entry 1: prebuilt is 'no', not true or false"),
        ([{"dist": "a", "version": "1", "req": 3}], "entry 1: req is 3, not a string"),
        ([{"dist": "a", "version": "1", "source_url": "\ud800"}], r"entry 1: source_url is '\ud800', not a string"),
    ],
)
def test_an_invalid_build_order_is_an_error(tmp_path: Path, document: Any, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, document)

    assert f"{tmp_path / 'o.json'} is" in str(raised.value)
    assert says in str(raised.value)


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)2 problems.*entry 1 .*entry 3 "):
        read(tmp_path, [0, {"dist": "a", "version": "1"}, 0])


@pytest.mark.parametrize(("name", "content", "says"), [("none", None, "can't be read"), ("bin", b"\xff", "not JSON")])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match=says):
        read_build_order(tmp_path / name)
