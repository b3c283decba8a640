"""Constraints from files: Fromager's rules for lines, and several constraints of one package."""

import re
from pathlib import Path

import pytest
import requests
from packaging.version import Version
from support.indexes import VARIABLES
from support.servers import serving

from fromager_gen.bootstrap.inputs import read_constraints
from fromager_gen.errors import FetchError, InputError
from fromager_gen.resolve.requirements import Constraints


class Reader:
    def __init__(self, client: requests.Session, folder: Path) -> None:
        self._client, self._folder = client, folder

    def read(self, *texts: str) -> Constraints:
        paths = []
        for number, text in enumerate(texts):
            paths.append(self._folder / f"c{number}.txt")
            paths[-1].write_text(text)
        return read_constraints(map(str, paths), VARIABLES, self._client)


@pytest.fixture
def reader(client: requests.Session, tmp_path: Path) -> Reader:
    return Reader(client, tmp_path)


def test_a_constraint_is_kept_as_it_was_written(reader: Reader) -> None:
    """The graph includes its marker, merged-constraints.txt does not."""
    found = reader.read("My_A<2; python_version > '3'  # why\nb==1.0\nc==9; sys_platform == 'win32'\n")

    assert found.text("my-a") == 'My_A<2; python_version > "3"'
    assert found.text("c") is None
    assert found.merged() == "b==1.0\nmy-a<2\n"
    assert found.by_name["b"].where.endswith("c0.txt:2")


def test_constraints_may_be_read_from_an_address(client: requests.Session) -> None:
    with serving() as server:
        url = server.say("/c.txt", b"a<2\n")
        found = read_constraints([url], VARIABLES, client)

        assert (found.text("a"), found.by_name["a"].where) == ("a<2", f"{url}:1")
        with pytest.raises(FetchError, match=r"/none\.txt: can't be read: 404"):
            read_constraints([f"{server.url}/none.txt"], VARIABLES, client)


def test_constraints_of_one_package_are_joined(reader: Reader) -> None:
    found = reader.read("a>=1; python_version > '3'\n", "b>1\nA<2\n")

    assert [found.allows("a", Version(text)) for text in ("0.9", "1.0", "1.9", "2.0")] == [False, True, True, False]
    assert found.text("a") == "a>=1,<2"
    assert found.merged() == "a<2,>=1\nb>1\n"
    assert re.fullmatch(r".*c0\.txt:1, .*c1\.txt:2", found.by_name["a"].where)


def test_a_package_without_constraint_may_have_any_version(reader: Reader) -> None:
    found = reader.read("a==1\n")

    assert found.allows("b", Version("7"))
    assert found.text("b") is None


@pytest.mark.parametrize("line", ["a<0", "a<0.0", "a<0.0.0"])
def test_a_package_can_be_blocked(reader: Reader, line: str) -> None:
    found = reader.read(line)

    assert found.by_name["a"].blocks
    assert not found.allows("a", Version("0"))
    assert not found.allows("a", Version("1.0"))


@pytest.mark.parametrize("lines", ["a<0\na<2\n", "a>=1\na<0\n"])
def test_a_block_conflicts_with_other_constraints(reader: Reader, lines: str) -> None:
    with pytest.raises(InputError, match=r"c0\.txt:2: .*conflicts with .*c0\.txt:1"):
        reader.read(lines)


@pytest.mark.parametrize("lines", ["a==1\na==2\n", "a==1\na>1\n", "a!=1.0\na==1\n", "a==1\na===2\n"])
def test_the_error_for_conflicting_constraints_names_both_lines(reader: Reader, lines: str) -> None:
    with pytest.raises(InputError, match=r"c0\.txt:2: .*conflicts with 'a.*c0\.txt:1"):
        reader.read(lines)


def test_a_pin_may_be_narrowed_to_a_local_version(reader: Reader) -> None:
    """``==1.0`` allows ``1.0+cpu``."""
    found = reader.read("a==1.0\n", "a==1.0+cpu\n")

    assert found.allows("a", Version("1.0+cpu"))
    assert not found.allows("a", Version("1.0"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a[x]==1", "has extras"),
        ("a @ https://forge.test/a-1.tar.gz", "is an address; put it into the requirements"),
        ("a", "has no version"),
        ("a; python_version > '3'", "has no version"),
        ("a==1,==2", "allows no version"),
        ("a==1,!=1", "allows no version"),
        ("a=1", "is not a valid requirement"),
        ("-c other.txt", "is an option of pip"),
    ],
)
def test_an_invalid_line_is_an_error(reader: Reader, line: str, says: str) -> None:
    with pytest.raises(InputError, match=rf"constraints that can't be used: .*c0\.txt:2: .*{says}"):
        reader.read(f"good==1\n{line}\n")


@pytest.mark.parametrize(
    ("line", "named"), [("a==1.0rc1", True), ("a>=1.0.dev0", True), ("a>=1", False), ("b==1rc1", False)]
)
def test_a_constraint_may_name_a_pre_release(reader: Reader, line: str, named: bool) -> None:
    assert reader.read(line).names_prerelease("a") is named
