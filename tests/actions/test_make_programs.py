"""The programs of the actions as one file: compiled, with their libraries, and reproducible."""

import marshal
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.backends import ACTIONS
from support.samples import tar_gz

FIRST = "import sys\nfrom lib.inner import say\n\ndef main():\n    print(say(), *sys.argv[1:])\n\nmain()\n"


class Maker:
    """Runs `make_programs.py` as the rules do: as a plain file, in an isolated Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "__main__.py").write_text(FIRST)

    def library(self, *roots: str) -> str:
        files = {f"lib-1.0/{root}lib/{name}": text for root in roots for name, text in self._files(root).items()}
        path = tar_gz(self.folder / "lib-1.0.tar.gz", {**files, "lib-1.0/tests/test.py": "", "lib-1.0/setup.py": ""})
        return f"--library=lib={path}"

    def _files(self, root: str) -> dict[str, str]:
        return {"__init__.py": "", "inner.py": f"def say():\n    return {root!r}\n", "data.txt": "text"}

    def make(self, *arguments: str, name: str = "programs.pyz") -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-I",
            "-S",
            str(ACTIONS / "make_programs.py"),
            f"--out={self.folder / name}",
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)

    def made(self, *arguments: str, name: str = "programs.pyz") -> Path:
        result = self.make(f"--program=__main__.py={self.folder / '__main__.py'}", *arguments, name=name)
        assert (result.returncode, result.stderr) == (0, "")
        return self.folder / name


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


def run(programs: Path, *arguments: str) -> str:
    command = [sys.executable, "-I", "-S", str(programs), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_programs_run_with_their_libraries(maker: Maker) -> None:
    assert run(maker.made(maker.library("")), "a", "b") == " a b\n"


def test_a_library_is_taken_from_its_src_folder_if_there_is_one(maker: Maker) -> None:
    assert run(maker.made(maker.library("", "src/"))) == "src/\n"


def test_only_the_package_of_a_library_is_packed(maker: Maker) -> None:
    with zipfile.ZipFile(maker.made(maker.library("src/"))) as programs:
        assert programs.namelist() == [
            "__main__.py", "__main__.pyc", "lib/__init__.py", "lib/__init__.pyc", "lib/data.txt", "lib/inner.py",
            "lib/inner.pyc",
        ]  # fmt: skip
        assert programs.read("lib/data.txt") == b"text"
        assert {info.date_time for info in programs.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_bytes_are_the_same_each_time(maker: Maker) -> None:
    library = maker.library("")
    one = maker.made(library, name="one.pyz").read_bytes()
    (maker.folder / "elsewhere").mkdir()
    elsewhere = Maker(maker.folder / "elsewhere")
    shutil.copy(maker.folder / "lib-1.0.tar.gz", elsewhere.folder)

    assert elsewhere.made(f"--library=lib={elsewhere.folder / 'lib-1.0.tar.gz'}").read_bytes() == one


def test_compiled_files_are_used_instead_of_their_sources(maker: Maker, tmp_path: Path) -> None:
    """Python ignores their times, and they contain no path of this machine."""
    programs = maker.made(maker.library(""))
    with zipfile.ZipFile(programs) as zipped:
        data = {name: zipped.read(name) for name in zipped.namelist()}
    code = marshal.loads(data["lib/inner.pyc"][16:])  # noqa: S302 - made above
    data["lib/inner.py"] = b"syntax error"
    changed = tmp_path / "changed.pyz"
    with zipfile.ZipFile(changed, "w") as zipped:
        for name, content in data.items():
            zipped.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)

    assert code.co_filename == "lib/inner.py"
    assert run(changed, "x") == " x\n"


def test_an_error_names_a_library_without_its_package(maker: Maker) -> None:
    result = maker.make(maker.library("").replace("=lib=", "=other="))

    assert result.returncode == 1
    assert result.stderr == "lib-1.0 does not contain the package other\n"


def test_an_error_names_a_damaged_library(maker: Maker) -> None:
    (maker.folder / "lib-1.0.tar.gz").write_bytes(b"not an archive")
    result = maker.make(f"--library=lib={maker.folder / 'lib-1.0.tar.gz'}")

    assert result.returncode == 1
    assert "lib-1.0.tar.gz" in result.stderr


def test_an_error_names_a_program_with_a_syntax_error(maker: Maker) -> None:
    (maker.folder / "bad.py").write_text("def")
    result = maker.make(f"--program=bad.py={maker.folder / 'bad.py'}")

    assert result.returncode == 1
    assert "bad.py" in result.stderr
    assert "SyntaxError" in result.stderr


def test_the_usage_of_the_programs_lists_their_names(maker: Maker) -> None:
    names = {path: path.relative_to(ACTIONS.parent).as_posix() for path in sorted(ACTIONS.rglob("*.py"))}
    names[ACTIONS / "__main__.py"] = "__main__.py"
    result = maker.make(*(f"--program={name}={path}" for path, name in names.items()))
    called = subprocess.run(
        [sys.executable, "-I", "-S", str(maker.folder / "programs.pyz")], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert called.returncode == 2
    assert called.stderr.startswith("usage: programs.pyz {ask_backend,build_sdist,build_wheel,")
