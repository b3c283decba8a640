"""Top-level requirements from arguments, files and addresses; invalid ones are errors with file and line."""

from pathlib import Path

import pytest
import requests
from support.indexes import VARIABLES
from support.servers import Answer, Server, serving

from fromager_gen.bootstrap.inputs import read_requirements
from fromager_gen.errors import FetchError, InputError
from fromager_gen.net import places
from fromager_gen.resolve.requirements import Asked


class Reader:
    def __init__(self, client: requests.Session, folder: Path) -> None:
        self._client, self._folder = client, folder

    def file(self, data: str | bytes, name: str = "r.txt") -> str:
        path = self._folder / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return str(path)

    def read(self, *arguments: str, files: tuple[str, ...] = ()) -> list[Asked]:
        return read_requirements(arguments, files, VARIABLES, self._client)

    def texts(self, *arguments: str, files: tuple[str, ...] = ()) -> list[str]:
        return [str(one.requirement) for one in self.read(*arguments, files=files)]


@pytest.fixture
def reader(client: requests.Session, tmp_path: Path) -> Reader:
    return Reader(client, tmp_path)


def test_arguments_come_before_files_and_each_requirement_has_its_place(reader: Reader) -> None:
    path = reader.file("# all of it\n\nB>=2  # for c\nc[x,y]~=1.0; python_version > '3'\n")

    found = [(str(one.requirement), one.name, one.where) for one in reader.read("A_a==1", files=(path,))]
    assert found == [
        ("A_a==1", "a-a", "the command line"),
        ("B>=2", "b", f"{path}:3"),
        ('c[x,y]~=1.0; python_version > "3"', "c", f"{path}:4"),
    ]


@pytest.mark.parametrize(
    "data", ["a\r\nb\r\n", "\ufeffa\nb\n", "  a\t\n\n#x\n\tb # c\n"], ids=["crlf", "mark", "blanks"]
)
def test_line_ends_and_spaces_of_any_editor_are_accepted(reader: Reader, data: str) -> None:
    assert reader.texts(files=(reader.file(data),)) == ["a", "b"]


def test_a_fragment_of_an_address_is_not_a_comment(reader: Reader) -> None:
    line = "a @ https://forge.test/a-1.tar.gz#sha256=abc # why"
    (found,) = reader.read(files=(reader.file(line),))

    assert (found.name, found.requirement.url) == ("a", "https://forge.test/a-1.tar.gz#sha256=abc")


def test_requirements_for_other_platforms_are_left_out(reader: Reader) -> None:
    assert reader.texts("a; sys_platform == 'win32'", "b; python_version >= '3.12'", "c; extra == 'x'") == [
        'b; python_version >= "3.12"'
    ]


def test_duplicate_requirements_count_once(reader: Reader) -> None:
    path = reader.file("a==1\nb\na == 1\n")

    assert sorted((str(one.requirement), one.where) for one in reader.read("b", files=(path,))) == [
        ("a==1", f"{path}:1"),
        ("b", "the command line"),
    ]


def test_a_duplicate_requirement_keeps_its_first_place(reader: Reader) -> None:
    assert reader.texts("a", files=(reader.file("b\na\n"),)) == ["a", "b"]


def test_an_address_may_name_its_package_by_a_fragment(reader: Reader) -> None:
    found = reader.read("git+https://forge.test/a@v1#egg=My_A&x=y", "https://forge.test/b-1.tar.gz#egg=b")

    assert [(one.name, one.requirement.url) for one in found] == [
        ("my-a", "git+https://forge.test/a@v1#x=y"),
        ("b", "https://forge.test/b-1.tar.gz"),
    ]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a @ https://user:word@forge.test/a.tar.gz", "has credentials"),
        ("a @ git+https://token@forge.test/a@v1", "has credentials"),
        ("a @ git+https://forge.test/a@v1#subdirectory=x", "build_dir"),
        ("a @ ftp://forge.test/a.tar.gz", "its address is not http, https, git"),
        ("a @ http://[x", "is not a valid requirement|is not http"),
        ("a==", "is not a valid requirement"),
        ("a>=1 b", "is not a valid requirement"),
        ("a; python_version >> '3'", "is not a valid requirement"),
        ("../a", "is not a valid requirement"),
        ("a==1;rm -rf /", "is not a valid requirement"),
        ("a\x1b[31m", "is not a valid requirement"),
        ("-e .", "is an option of pip"),
        ("-r other.txt", "is an option of pip"),
        ("--index-url https://index.test", "is an option of pip"),
        ("git+https://forge.test/a@v1", "names no package; write NAME @ ADDRESS"),
        ("https://forge.test/a.tar.gz#egg=../x", "names no package"),
        ("a" * 121, "can't be used: the name 'a.*has 121 characters"),
    ],
)
def test_an_invalid_requirement_is_an_error_with_its_line(reader: Reader, line: str, says: str) -> None:
    path = reader.file(f"good\n{line}\n")

    with pytest.raises(InputError, match=rf"requirements that can't be read: {path}:2: .*{says}") as raised:
        reader.read(files=(path,))
    assert "\x1b" not in str(raised.value)
    assert raised.value.exit_code == 2


def test_all_problems_are_reported_at_once(reader: Reader) -> None:
    path = reader.file("a==\nb\nc==\n")

    with pytest.raises(
        InputError, match=rf"3 problems\n  - the command line: '-x' .*\n  - {path}:1: .*\n  - {path}:3: "
    ):
        reader.read("-x", files=(path,))


@pytest.mark.parametrize(
    ("name", "says"), [("none.txt", "none.txt: can't be read: No such file"), (".", "can't be read: Is a directory")]
)
def test_a_file_that_cannot_be_read_is_an_error(reader: Reader, tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        reader.read(files=(str(tmp_path / name),))


def test_a_file_that_is_not_utf8_is_an_error(reader: Reader) -> None:
    with pytest.raises(InputError, match=r"r\.txt: is not valid UTF-8 text"):
        reader.read(files=(reader.file(b"a\xff\xfe"),))


def test_a_file_that_is_too_large_is_not_read(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_LARGEST", 10)

    assert reader.texts(files=(reader.file("a\n" * 5),)) == ["a"]
    with pytest.raises(InputError, match=r"r\.txt has 12 bytes, which is too large"):
        reader.read(files=(reader.file("a\n" * 6),))


def test_requirements_may_be_read_from_an_address(reader: Reader, server: Server) -> None:
    url = server.say("/r.txt", b"a\nb>1\n")
    local = reader.file("c")

    found = [(str(one.requirement), one.where) for one in reader.read(files=(url, f"file://{local}"))]
    assert found == [("a", f"{url}:1"), ("b>1", f"{url}:2"), ("c", f"file://{local}:1")]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(Answer(status=404), "can't be read: 404"),
        pytest.param(Answer(status=403), "can't be read: 403"),
        pytest.param(Answer(b"\xff"), "is not valid UTF-8 text"),
        (Answer(b"a==\n"), "is not a valid requirement"),
        (Answer(b"long enough to be cut", cut=5), "can't be read"),
        pytest.param(Answer(b"a" * 50), "larger than 40 bytes"),
    ],
    ids=["404", "403", "bytes", "text", "cut", "large"],
)
def test_the_error_for_an_address_without_requirements_hides_the_password(
    reader: Reader, server: Server, answer: Answer, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_LARGEST", 40)
    url = server.say("/r.txt", answer).replace("http://", "http://user:secret@")

    with pytest.raises((FetchError, InputError), match=rf"127\.0\.0\.1:\d+/r\.txt.*{says}") as raised:
        reader.read(files=(url,))
    assert "secret" not in str(raised.value)


def test_an_unreachable_server_is_an_error(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with serving() as gone:
        url = f"{gone.url}/r.txt"

    with pytest.raises(FetchError, match=f"{url}: can't be read: "):
        reader.read(files=(url,))
