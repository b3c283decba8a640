"""A source's build system, and Fromager's project_override."""

import tomllib
from pathlib import Path

import pytest

from actions.errors import ActionError
from actions.source.project import BuildSystem, build_system, override_requires


def write(folder: Path, text: str | bytes) -> Path:
    (folder / "pyproject.toml").write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def requires(folder: Path) -> list[str]:
    return tomllib.loads((folder / "pyproject.toml").read_text())["build-system"]["requires"]


def test_a_build_system_is_read(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = ["a", "b>1"]\nbuild-backend = "m:o"\nbackend-path = [".", "tools"]\n'

    assert build_system(write(tmp_path, text)) == BuildSystem("m:o", [".", "tools"], ["a", "b>1"])


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x'\n", "[build-system]\nrequires = ['setuptools >= 40.8.0']\n"]
)
def test_the_default_is_the_legacy_backend_of_setuptools(tmp_path: Path, text: str) -> None:
    wanted = BuildSystem("setuptools.build_meta:__legacy__", None, ["setuptools >= 40.8.0"])

    assert build_system(write(tmp_path, text)) == wanted


@pytest.mark.parametrize("name", ["setup.py", "setup.cfg"])
def test_a_source_without_pyproject_uses_setuptools(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert build_system(tmp_path).backend == "setuptools.build_meta:__legacy__"


def test_a_source_without_a_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ActionError, match=rf"{tmp_path.name} has neither pyproject\.toml nor setup\.py\. Set build_dir"
    ):
        build_system(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[build-system\n", "can't be read"),
        (b"x = '\xff'\n", "can't be read"),
        ("[build-system]\nrequires = 'a'\n", "does not follow PEP 517"),
        ("[build-system]\nrequires = [1]\n", "does not follow PEP 517"),
        ("[build-system]\nbuild-backend = 1\n", "does not follow PEP 517"),
        ("[build-system]\nbackend-path = '.'\n", "does not follow PEP 517"),
        ("build-system = 3\n", "does not follow PEP 517"),
        ("[build-system]\nbackend-path = ['../x']\n", "backend-path '../x' points outside the source tree"),
        ("[build-system]\nbackend-path = ['/etc']\n", "backend-path '/etc' points outside the source tree"),
        ('[build-system]\nbackend-path = ["a\\u0000b"]\n', r"backend-path 'a\\x00b' points outside the source tree"),
    ],
)
def test_an_invalid_build_system_is_refused(tmp_path: Path, text: str | bytes, says: str) -> None:
    with pytest.raises(ActionError, match=says) as raised:
        build_system(write(tmp_path, text))
    assert tmp_path.name in str(raised.value)


def test_a_backend_path_through_a_link_is_refused(tmp_path: Path) -> None:
    """A38."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source/link").symlink_to("..")

    with pytest.raises(ActionError, match="backend-path 'link' points outside the source tree"):
        build_system(write(tmp_path / "source", "[build-system]\nbackend-path = ['link']\n"))


@pytest.mark.parametrize(
    ("existing", "update", "remove", "wanted"),
    [
        (["wheel"], ["cython<4"], [], ["cython<4", "setuptools", "wheel"]),
        (["setuptools>48", "wheel"], ["cython"], [], ["cython", "setuptools", "setuptools>48", "wheel"]),
        (["setuptools>48"], ["setuptools<70"], [], ["setuptools<70"]),
        (["cmake>=3", "Ninja ; os_name=='posix'", "wheel"], [], ["ninja", "CMake"], ["setuptools", "wheel"]),
        (["my_pkg==1", "my-pkg[x]>0"], ["My.Pkg>2"], [], ["My.Pkg>2", "setuptools"]),
        (["torch"], ["torch==2; os_name=='nt'", "torch==1"], [], ["setuptools", "torch==1", "torch==2; os_name=='nt'"]),
        (["numpy", "numpy<2"], ["numpy>2"], [], ["numpy>2", "setuptools"]),
        ([], ["a"], [], ["a", "setuptools"]),
        (["b", "a"], [], ["none"], ["a", "b", "setuptools"]),
        (["a", "b"], ["a>1"], ["a"], ["a>1", "b", "setuptools"]),
    ],
)
def test_requirements_are_overridden_as_fromager_does(
    tmp_path: Path, existing: list[str], update: list[str], remove: list[str], wanted: list[str]
) -> None:
    write(tmp_path, f"[build-system]\nrequires = {existing!r}\nbuild-backend = 'own'\n")
    override_requires(tmp_path, update, remove)

    assert requires(tmp_path) == wanted
    assert build_system(tmp_path).backend == "own"


def test_removing_setuptools_leaves_a_bare_setuptools(tmp_path: Path) -> None:
    """Fromager always adds a bare setuptools, even if it is removed."""
    override_requires(write(tmp_path, "[build-system]\nrequires = ['setuptools<60', 'a']\n"), [], ["setuptools"])

    assert requires(tmp_path) == ["a", "setuptools"]


def test_a_missing_pyproject_is_made(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    override_requires(tmp_path, ["cython"], [])

    assert (tmp_path / "pyproject.toml").read_text() == '[build-system]\nrequires = ["cython", "setuptools"]\n'


def test_the_rest_of_pyproject_is_kept(tmp_path: Path) -> None:
    text = "# why\n[project]\nname = 'x' # here\n\n[tool.y]\nz = [\n  1,\n]\n"
    override_requires(write(tmp_path, text + "[build-system]\nbuild-backend = 'b'\n"), ["a"], [])
    found = (tmp_path / "pyproject.toml").read_text()

    assert found.startswith(text)
    assert build_system(tmp_path) == BuildSystem("b", None, ["a", "setuptools"])


@pytest.mark.parametrize(
    "text", ["[build-system\n", b"x = '\xff'\n", "build-system = 3\n", "[build-system]\nrequires = 3\n"]
)
def test_an_error_names_a_pyproject_that_cannot_be_changed(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(ActionError, match=r"pyproject\.toml"):
        override_requires(write(tmp_path, text), ["a"], [])
