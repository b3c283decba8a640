"""Starlark literals: Bazel reads back exactly the text that was written."""

import ast
import random
import re

import pytest

from fromager_gen.render.starlark import Call, Expression, call, literal, quoted

HOSTILE = [
    "", "plain", '"', "'", '"""', "\\", "\\\\", '\\"', "\n", "\r\n", "\t", "\0", "\x01x", "\x7f", '");evil()#', "$(x)",
    "`id`",     "{}", "{{ x }}", "%s", "a\u202eb", "é", "ü\n", "\u2028", "\U0001f600", "\x85", '"]; load("//x", "y")',
    "\\N{BULLET}", "\\u0041",
]  # fmt: skip
_ESCAPES = {"\\": "\\", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
_TOKEN = re.compile(r"\\([0-7]{3})|\\(.)|([^\\\"\n])", re.S)


def read_by_bazel(text: str) -> str:
    r"""Read a string as Bazel does: bytes in UTF-8, without the escapes ``\x``, ``\u`` and ``\U`` of C."""
    assert text[0] == text[-1] == '"'
    found, at = bytearray(), 1
    while at < len(text) - 1:
        token = _TOKEN.match(text, at, len(text) - 1)
        assert token, f"the string ends at {at} of {text!r}"
        octal, escape, plain = token.groups()
        assert escape is None or escape in _ESCAPES, f"Bazel does not support the escape \\{escape}"
        found += bytes([int(octal, 8)]) if octal else (_ESCAPES[escape] if escape else plain).encode()
        at = token.end()
    return found.decode()


@pytest.mark.parametrize("text", HOSTILE)
def test_bazel_reads_back_a_quoted_text(text: str) -> None:
    assert read_by_bazel(quoted(text)) == text


def test_bazel_reads_back_random_texts() -> None:
    dice = random.Random(14)  # noqa: S311 - test cases, not secrets
    alphabet = "".join(map(chr, [*range(256), 0x202E, 0x2028, 0xFFFF, 0x1F600])) + '\\"\\"\n' * 20
    for _ in range(3000):
        text = "".join(dice.choices(alphabet, k=dice.randint(0, 12)))
        assert read_by_bazel(quoted(text)) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_quoted_text_is_one_line_of_printable_ascii(text: str) -> None:
    assert re.fullmatch(r'"[ -~]*"', quoted(text))


def test_python_reads_values_back_as_well() -> None:
    value = {
        'a"b': ["x\n", "\\"],
        "": [],
        "t": True,
        "f": False,
        "n": 3,
        "one": ["$(x)"],
        "deep": {"k": {"l": ["m", "n"]}},
    }

    assert ast.literal_eval(literal(value)) == value
    assert ast.literal_eval(literal(value, indent=8)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "True"),
        (0, "0"),
        ([], "[]"),
        ((), "[]"),
        (["a"], '["a"]'),
        (["a", "b"], '[\n    "a",\n    "b",\n]'),
        ({}, "{}"),
        ({"a": "b"}, '{\n    "a": "b",\n}'),
        ({"a": ["b", "c"]}, '{\n    "a": [\n        "b",\n        "c",\n    ],\n}'),
        (Expression("f", ("a", ["b"])), 'f("a", ["b"])'),
    ],
)
def test_the_format_is_that_of_buildifier(value: object, text: str) -> None:
    assert literal(value) == text  # type: ignore[arg-type]


def test_a_call_has_its_name_first_and_then_sorted_attributes() -> None:
    target = Call("rule", {"b": "2", "name": "n", "a": ["1"], "empty": "", "none": [], "no": False, "nothing": {}})

    assert call(target).split("\n")[:4] == ["rule(", '    name = "n",', '    a = ["1"],', '    b = "2",']
    assert not re.search("empty|none|no =|nothing", call(target))
