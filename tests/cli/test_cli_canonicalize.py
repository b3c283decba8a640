"""``canonicalize``: names of overrides, and names that are rejected."""

import pytest
from support.command import error, output

from fromager_gen.errors import InputError


def test_each_name_is_printed_in_its_own_line() -> None:
    assert output("canonicalize", "Flash-Attn", "zope.interface", "a__b--c", "numpy") == (
        "flash_attn\nzope_interface\na_b_c\nnumpy\n"
    )


def test_without_names_nothing_is_printed() -> None:
    assert output("canonicalize") == ""


def test_all_bad_names_are_in_one_error_and_nothing_is_printed() -> None:
    found = error("canonicalize", "good", "../x", "", "a b", "a\nb")

    assert isinstance(found, InputError)
    lines = str(found).splitlines()
    assert lines[0] == "names that can't be used for overrides: 4 problems"
    assert [line.partition(" is not")[0].strip(" -") for line in lines[1:]] == ["'../x'", "''", "'a b'", r"'a\nb'"]


@pytest.mark.parametrize("name", ["a" * 200, "é", "a-", "-a==1"])
def test_bad_name(name: str) -> None:
    assert str(error("canonicalize", "--", name)).startswith("names that can't be used for overrides: ")
