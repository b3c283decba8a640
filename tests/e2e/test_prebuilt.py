"""Published and built wheels with faults that pip and uv ignore: there is a warning for each."""

import io
import warnings
import zipfile
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import PYTHON, Generate, GraphBuilder, Workspace, generator, in_tree_sdist, stop_server

pytestmark = [pytest.mark.bazel, pytest.mark.index]

NAME = "tool-1.0-py3-none-any.whl"
WARNING = (
    f"WARNING: tool 1.0: the published wheel {NAME} is used, as pip and uv would use it, although the wheel contains "
    "1 file ('tool.py') more than once (the last copy is used); "
    "RECORD lists 1 file ('gone.py') that the wheel does not contain; "
)
# Writes a member twice, and records the files of the published tool in its environment.
DOUBLES = """
    import glob, tool, warnings
    global EXTRA
    headers = [path[len(sys.prefix):] for path in glob.glob(sys.prefix + "/include/**/*.h", recursive=True)]
    EXTRA = f"tool = {tool.text!r}\\nheaders = {headers!r}\\n"
    file = write(wheel_directory)
    with zipfile.ZipFile(os.path.join(wheel_directory, file), "a") as wheel, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wheel.writestr("data", b"last")
    return file
"""
STRICT = """
load("//rules:defs.bzl", "prebuilt_wheel")

prebuilt_wheel(
    name = "wheel",
    file = "tool-1.0-py3-none-any.whl",
    package = "tool",
    strict = True,
    version = "1.0",
)
"""


def faulty() -> bytes:
    """Return a wheel with a duplicate module, and a RECORD that is wrong in both directions."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as wheel, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wheel.writestr("tool.py", "text = 'first'\n")
        wheel.writestr("tool.py", "text = 'last'\n")
        wheel.writestr("tool-1.0.data/headers/tool.h", "")
        wheel.writestr("tool-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tool\nVersion: 1.0\n")
        wheel.writestr("tool-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n")
        wheel.writestr("tool-1.0.dist-info/RECORD", "gone.py,,\n")
    return out.getvalue()


PUBLISHED = faulty()


def graph(index: Index) -> GraphBuilder:
    made = GraphBuilder()
    made.add("tool", "1.0", index.add("tool", NAME, PUBLISHED), pre_built=True)
    app = index.add_sdist("app", "1.0", in_tree_sdist("app", "1.0", DOUBLES))
    return made.add("app", "1.0", app, build=("tool==1.0",))


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    base = tmp_path_factory.mktemp("published")
    made = generate(graph(index), "--index-url", index.url, folder=base)
    (made.folder / "mine").mkdir()
    (made.folder / "mine" / "BUILD.bazel").write_text(STRICT)
    (made.folder / "mine" / NAME).write_bytes(PUBLISHED)
    return made


def test_bazel_shows_the_faults_of_a_published_wheel(workspace: Workspace) -> None:
    said = workspace.build("//:wheelhouse", cached=False).stderr.splitlines()

    assert len([line for line in said if line.startswith(WARNING)]) == 1
    assert (workspace.out("wheelhouse") / NAME).read_bytes() == PUBLISHED
    log = workspace.out("packages/app/1.0/wheel.log").read_text()
    doubled = "WARNING: app 1.0: the backend wrote 1 file ('data') more than once into app-1.0-py3-none-any.whl"
    assert [line for line in said if line.startswith(doubled)]
    assert doubled in log


def test_a_build_has_the_files_of_a_published_wheel_as_pip_installs_them(workspace: Workspace) -> None:
    workspace.build("//packages/app/1.0:wheel")
    with zipfile.ZipFile(workspace.wheel("app", "1.0")) as wheel:
        found = wheel.read("app.py").decode()
        assert wheel.namelist().count("data") == 1
        assert wheel.read("data") == b"last"

    assert "tool = 'last'" in found
    assert f"headers = ['/include/site/python{PYTHON}/tool/tool.h']" in found


def test_a_strict_target_refuses_the_published_wheel(workspace: Workspace) -> None:
    said = workspace.build("//mine:wheel", check=False).stderr

    assert "the pre-built wheel of tool 1.0 can't be used: " in said
    assert "RECORD lists 1 file ('gone.py') that the wheel does not contain" in said


def test_build_parallel_shows_the_warning(index: Index, tmp_path: Path) -> None:
    path = graph(index).write(tmp_path / "graph.json")
    command = ["--python", PYTHON, "build-parallel", path, "--index-url", index.url]
    try:
        said = generator(*command, cwd=tmp_path).stderr.splitlines()
    finally:
        stop_server(tmp_path / "work-dir" / "workspace")

    assert len([line for line in said if line.startswith(WARNING)]) == 1
    assert (tmp_path / "wheels-repo" / "prebuilt" / NAME).read_bytes() == PUBLISHED
