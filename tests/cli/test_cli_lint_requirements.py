"""``lint-requirements``: files that are valid, lines that are reported, and requirements that are looked up."""

from pathlib import Path

import pytest
from support.command import error, output, run, usage_error
from support.servers import Server, project_page

from fromager_gen.errors import FetchError, GenError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("time.sleep", lambda _: None)
    return tmp_path


@pytest.fixture
def index(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """An index with versions of `one`, and a project that has only a wheel."""
    files = [{"filename": f"one-{one}.tar.gz", "url": "/f/one", "hashes": {}} for one in ("1.0", "2.0", "3.0b1")]
    server.say("/simple/one/", project_page(files, "one"))
    wheel = {"filename": "two-1-py3-none-any.whl", "url": "/f/two", "hashes": {}}
    server.say("/simple/two/", project_page([wheel], "two"))
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    return server


def write(name: str, *lines: str) -> str:
    Path(name).write_text("".join(f"{line}\n" for line in lines))
    return name


def failures(*arguments: str) -> list[str]:
    """Return the problems that a failing run lists."""
    result = run("--python", "3.12.1", "lint-requirements", *arguments)
    assert isinstance(result.exception, GenError)
    first, *rest = result.stderr.splitlines()
    assert (first, result.stdout) == ("Validation error:", "")
    assert f"{sum(line.startswith(' - ') for line in rest)} failure(s)" in str(result.exception)
    return rest


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("requirements.txt", ["a==1", "a==2", "# b", "c[x]>=1; python_version < '3.10'", "d", ""]),
        ("constraints.txt", ["a==1; python_version < '3.10'", "a==2; python_version >= '3.10'  # two", "b<0"]),
        ("empty.txt", []),
    ],
)
def test_valid_files(name: str, lines: list[str]) -> None:
    assert output("lint-requirements", write(name, *lines)) == (
        "Resolve requirements: False\nSuccessfully validated 1 file(s).\n"
    )


@pytest.mark.parametrize(
    ("name", "lines", "says"),
    [
        ("r.txt", ["a==", "b"], "r.txt:1: 'a==' is not a valid requirement"),
        ("r.txt", ["a", "-r x.txt"], "r.txt:2: '-r x.txt' is an option of pip"),
        ("constraints.txt", ["a[x]==1"], "constraints.txt:1: 'a[x]==1' has extras"),
        ("my-constraints.txt", ["", "a"], "my-constraints.txt:2: 'a' has no version"),
        (
            "constraints.txt",
            ["A.b==1", "a-b==2"],
            "constraints.txt:2: 'a-b==2' is a Duplicate entry: constraints.txt:1 has",
        ),
        (
            "constraints.txt",
            ["a==1; python_version<'3.10'", 'a==2; python_version < "3.10"'],
            "is a Duplicate entry: constraints.txt:1",
        ),
    ],
)
def test_line_that_cannot_be_used(name: str, lines: list[str], says: str) -> None:
    (found,) = failures(write(name, *lines))

    assert says in found


def test_the_problems_of_all_files_are_reported() -> None:
    found = failures(write("r.txt", "foo==", "bar<="), "none.txt", write("constraints.txt", "a"), write("b.txt", "b"))

    assert [line[3:].partition(":")[0] for line in found] == ["none.txt", "r.txt", "r.txt", "constraints.txt"]


def test_missing_argument_is_an_error() -> None:
    assert "Missing argument 'FILE...'" in usage_error("lint-requirements")


def test_requirements_are_looked_up(index: Server) -> None:
    requirements = write("r.txt", "one", "one==1", "One>=3.0b1", "none; python_version < '3'")
    names = requirements, write("constraints.txt", "z==1")
    text = output("--python", "3.12.1", "lint-requirements", "--resolve-requirements", *names)

    assert text == "Resolve requirements: True\nSuccessfully validated 2 file(s).\n"
    assert index.asked == ["GET /simple/one/"]  # neither constraints nor what a marker excludes


def test_requirement_without_a_version_is_reported(index: Server) -> None:
    found = "\n".join(failures("--resolve-requirements", write("r.txt", "one>2", "two", "three", "one<<2")))

    assert found.count(" - ") == 4
    assert "r.txt:1: one>2: no versions fit all requirements." in found
    assert "one is available as 3.0b1, 2.0, 1.0" in found or "only as a pre-release" in found
    assert "two: the index has no sdist that can be used" in found
    assert "has no such project" in found
    assert "'one<<2' is not a valid requirement" in found


def test_constraints_before_the_command_apply(index: Server) -> None:
    write("r.txt", "one")
    result = run("-v", "-c", write("c.txt", "one<2"), "lint-requirements", "--resolve-requirements", "r.txt")

    assert result.exception is None
    assert "r.txt:1: one resolves to 1.0" in result.stderr
    before = ("-c", write("c.txt", "one>3"), "lint-requirements")
    assert isinstance(error(*before, "--resolve-requirements", "r.txt"), GenError)
    assert output(*before, "r.txt")


def test_unreachable_index_ends_the_run() -> None:
    options = "--resolve-requirements", "--index-url", "http://127.0.0.9:9/s"
    found = error("lint-requirements", *options, write("r.txt", "a"))

    assert isinstance(found, FetchError)


def test_option_is_set_by_a_variable(index: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMAGER_LINT_REQUIREMENTS_RESOLVE_REQUIREMENTS", "1")

    assert output("lint-requirements", write("r.txt", "one")).startswith("Resolve requirements: True\n")
