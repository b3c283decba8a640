"""A build environment: Python without the machine's packages, and the module that each Python in it loads first."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from support.backends import ACTIONS, INTERPRETER
from support.tars import packed
from support.wheels import write_wheel

from actions.install_wheel import main as install_wheel
from actions.wheel.schemes import schemes
from actions.world import environment

INSIDE = (ACTIONS / "inside.py").read_text()


def made(folder: Path, *tools: Path, inside: str = INSIDE) -> Path:
    """Make an environment; return its interpreter."""
    environment.make(folder / "env", INTERPRETER, [*tools], inside)
    return folder / "env" / "bin" / "python"


def run(python: Path, code: str, **variables: str) -> str:
    """Run code and return what it printed."""
    result = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True, env={"TMPDIR": "/tmp", **variables}
    )
    assert result.stderr == ""
    return result.stdout.strip()


def test_installed_files_have_the_paths_of_a_virtual_environment(tmp_path: Path) -> None:
    found = sysconfig.get_paths("venv", vars={"base": "/e", "platbase": "/e", "installed_base": "/e"})

    assert {name: f"/e/{path}" for name, path in schemes().items() if name in ("purelib", "platlib", "scripts")} == {
        name: found[name] for name in ("purelib", "platlib", "scripts")
    }
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert schemes("my-pkg")["headers"] == f"include/site/{version}/my-pkg"
    assert schemes()["data"] == "."


def test_an_environment_is_a_virtual_environment(tmp_path: Path) -> None:
    python = made(tmp_path)
    code = "import json, sys; print(json.dumps([sys.prefix, sys.base_prefix, sys.path, sys.version]))"
    prefix, base, path, version = json.loads(run(python, code))

    assert (prefix, base, version) == (str(tmp_path / "env"), sys.base_prefix, sys.version)
    assert [entry for entry in path if "site-packages" in entry] == [str(tmp_path / "env" / schemes()["purelib"])]
    assert {path.name for path in python.parent.iterdir()} == {
        "python", "python3", f"python{sys.version_info.major}.{sys.version_info.minor}",
    }  # fmt: skip


def test_only_the_tools_are_installed(tmp_path: Path) -> None:
    """Not even pip."""
    python = made(tmp_path)

    assert run(python, "import importlib.metadata as m; print([d.name for d in m.distributions()])") == "[]"
    assert run(python, "import importlib.util as u; print(u.find_spec('pip'), u.find_spec('requests'))") == "None None"


def test_a_tool_can_be_imported_and_started(tmp_path: Path) -> None:
    write_wheel(tmp_path / "wheel" / "demo-1.0-py3-none-any.whl")
    tool = tmp_path / "tool.tar"
    install_wheel(["--wheel", str(tmp_path / "wheel"), "--out", str(tool)])
    python = made(tmp_path, tool)

    assert run(python, "import demo; demo.main()") == "hello"
    assert run(python, "import importlib.metadata as m; print(m.version('demo'))") == "1.0"
    assert os.access(python.parent / "demo", os.X_OK)


def tool(folder: Path, name: str, **files: bytes) -> Path:
    return packed(folder / name, {f"{schemes()['purelib']}/{file}.py": data for file, data in files.items()})


def test_of_two_tools_with_one_file_the_later_is_used(tmp_path: Path) -> None:
    first = tool(tmp_path, "1", shared=b"print('first')", own=b"print('own')")
    second = tool(tmp_path, "2", shared=b"print(2)")

    assert run(made(tmp_path, first, second), "import own, shared") == "own\n2"


def test_every_python_loads_the_given_module_first(tmp_path: Path) -> None:
    python = made(tmp_path, inside="import sys; sys.marked = 1")

    assert run(python, "import sys; print(sys.marked)") == "1"
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import sys; print(sys.marked)'])"
    assert run(python, child) == "1"


def test_temporary_names_are_numbered(tmp_path: Path) -> None:
    """Random names would differ in each build, and get into debug information."""
    python = made(tmp_path)
    (tmp_path / "t").mkdir()
    code = "import os, tempfile; print(os.path.basename(tempfile.mkdtemp()), os.path.basename(tempfile.mkdtemp()))"

    assert run(python, code, TMPDIR=str(tmp_path / "t")) == "tmp00000001 tmp00000002"
    (tmp_path / "u").mkdir()
    assert run(python, code, TMPDIR=str(tmp_path / "u")) == "tmp00000001 tmp00000002"


def test_a_temporary_name_that_exists_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "t" / "tmp00000001").mkdir(parents=True)

    code = "import os, tempfile; print(os.path.basename(tempfile.mkdtemp()))"
    assert run(made(tmp_path), code, TMPDIR=str(tmp_path / "t")) == "tmp00000002"


def test_a_python_does_not_load_modules_that_it_does_not_need(tmp_path: Path) -> None:
    loaded = "import sys; print(sorted({'typing', 'tempfile', 'random', 'setuptools'} & set(sys.modules)))"

    assert run(made(tmp_path), loaded) == "[]"


def test_modules_with_an_import_hook_load_normally(tmp_path: Path) -> None:
    code = (
        "import importlib.resources, importlib.util, inspect, tempfile;"
        "print(tempfile.__spec__.origin == tempfile.__file__, 'def mkdtemp' in inspect.getsource(tempfile));"
        "print(importlib.util.find_spec('setuptools'))"
    )

    assert run(made(tmp_path), code) == "True True\nNone"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """Return the Python of an environment with this Python's setuptools; skip the test if there is none."""
    found = importlib.util.find_spec("setuptools")
    if found is None or found.origin is None:
        pytest.skip("this Python has no setuptools")
    made_python = made(tmp_path)
    site = Path(found.origin).parents[1]
    for name in ("setuptools", "_distutils_hack", "pkg_resources"):
        if (site / name).is_dir():
            (tmp_path / "env" / schemes()["purelib"] / name).symlink_to(site / name)
    return made_python


# Lets setuptools compile extensions, up to the start of the compiler.
COMPILE = """
import json, sys
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext
class OwnWay(build_ext):
    def build_extension(self, extension): pass
class OwnClass(build_ext):
    def other(self): pass
def jobs(kind, *sources):
    extensions = [Extension(f"e{number}", names.split()) for number, names in enumerate(sources)]
    command = kind(Distribution({"name": "x", "ext_modules": extensions}))
    command.finalize_options()
    seen = []
    command._build_extensions_serial = command._build_extensions_parallel = lambda: seen.append(command.parallel)
    command.build_extensions()
    return seen
print(json.dumps([jobs(globals()[kind], *sources) for kind, *sources in json.loads(sys.argv[1])]))
"""


def jobs(python: Path, *asked: tuple[str, ...], max_jobs: str = "4") -> list[object]:
    """Return the number of processes that compile extensions, for a command's class and the extensions' sources."""
    command = [python, "-c", COMPILE, json.dumps(asked)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, env={"MAX_JOBS": max_jobs})
    return [found for (found,) in json.loads(result.stdout)]


def test_extensions_are_compiled_in_parallel(python: Path) -> None:
    assert jobs(python, ("build_ext", "a.c", "b.c"), ("OwnClass", "a.c", "b.c c.c")) == [4, 4]


def test_extensions_that_could_write_the_same_file_are_compiled_in_turn(python: Path) -> None:
    """A single extension, the same object twice, sources of SWIG, and a package with its own compile step."""
    asked = [("a.c",), ("a.c", "./a.c"), ("a.c s.c", "b.c s.cpp"), ("a.c", "b.i")]

    assert jobs(python, *(("build_ext", *sources) for sources in asked), ("OwnWay", "a.c", "b.c")) == [None] * 5


# How a Python was built: its compiler, flags, and paths of its prefix and of the folder it was built in.
BUILT = {
    "prefix": "/opt/python",
    "CC": "/opt/bin/gcc -g",
    "CFLAGS": "-I/build -O1",
    "LDSHARED": "gcc -shared -Wl,-rpath,/opt/python/lib",
    "LIBDIR": "/opt/python/lib",
    "CONFIG_ARGS": "'--prefix=/opt/python'",
    "abs_builddir": "/build",
    "SRCDIRS": "Modules Modules/_io",
    "LDVERSION": "3.12",
    "TZPATH": "/usr/share/zoneinfo",
    "SIZEOF_INT": 4,
}
REPLACED = f"""
import json, types, _fromager_inside
data = types.SimpleNamespace(build_time_vars={BUILT})
_fromager_inside._toolchains_compiler(data)
print(json.dumps({{name: data.build_time_vars[name] for name in {list(BUILT)}}}))
"""


def test_nothing_of_the_interpreters_own_build_reaches_extensions(tmp_path: Path) -> None:
    assert json.loads(run(made(tmp_path), REPLACED)) == {
        "prefix": sys.base_prefix,
        "CC": "cc -pthread",
        "CFLAGS": FLAGS,
        "LDSHARED": "cc -pthread -shared",
        "LIBDIR": f"{sys.base_prefix}/lib",
        "CONFIG_ARGS": "",
        "abs_builddir": "",
        "SRCDIRS": "",
        "LDVERSION": "3.12",
        "TZPATH": "/usr/share/zoneinfo",
        "SIZEOF_INT": 4,
    }


def test_no_value_of_this_python_names_another_folder(tmp_path: Path) -> None:
    code = "import json, sysconfig; print(json.dumps(sysconfig.get_config_vars()))"
    values = {name: str(value) for name, value in json.loads(run(made(tmp_path), code, HOME=str(tmp_path))).items()}
    own = ("/usr/share/zoneinfo", str(tmp_path), sys.base_prefix)
    values.pop("multiarchsubdir", None)  # the end of a path, with a leading slash

    assert {name: value for name, value in values.items() if "/" in value and not value.startswith(own)} == {}


SAID = "from setuptools._distutils import sysconfig; print(sysconfig.get_config_var('CFLAGS'))"
FLAGS = "-fno-strict-overflow -Wsign-compare -DNDEBUG -O3 -Wall"


def test_extensions_get_debug_information_only_in_bazels_mode_for_it(python: Path) -> None:
    assert run(python, SAID) == FLAGS
    assert run(python, SAID, FROMAGER_DEBUG_INFORMATION="1") == f"-g {FLAGS}"


@pytest.mark.parametrize("max_jobs", ["1", "many"])
def test_extensions_are_compiled_in_turn_if_one_job_is_allowed(python: Path, max_jobs: str) -> None:
    assert jobs(python, ("build_ext", "a.c", "b.c"), max_jobs=max_jobs) == [None]
