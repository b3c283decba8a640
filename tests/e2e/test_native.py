"""Build tools from the machine's package index: C extensions, Rust without a network, setup.py, versions from git."""

import hashlib
import json
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

import pytest
from support.indexes import Index
from support.rust import add_rust_package, check_rust_library, rust_source
from support.workspaces import NEEDS_CARGO, Generate, GraphBuilder, Workspace, commit

pytestmark = [pytest.mark.bazel, pytest.mark.index]

SETUPTOOLS = "setuptools==80.9.0"


def add_setuptools(graph: GraphBuilder) -> GraphBuilder:
    name, _, version = SETUPTOOLS.partition("==")
    return graph.add(name, version)


def hashed(index: Index, name: str, files: dict[str, str | bytes]) -> str:
    """Serve a source that the machine's index does not have; return its URL with its hash."""
    url = index.add_sdist(name, "1.0", files)
    return f"{url}#sha256={hashlib.sha256(index.files[name][f'{name}-1.0.tar.gz']).hexdigest()}"


@pytest.fixture(scope="module")
def compiled(generate: Generate) -> Workspace:
    graph = add_setuptools(GraphBuilder())
    for name, version in (("markupsafe", "3.0.3"), ("psutil", "7.0.0")):
        graph.add(name, version, build=(SETUPTOOLS,))
    made = generate(graph)
    made.build("//:wheelhouse", "--output_groups=+log")
    return made


@pytest.mark.parametrize(("name", "version"), [("markupsafe", "3.0.3"), ("psutil", "7.0.0")])
def test_c_extensions_can_be_imported(compiled: Workspace, tmp_path: Path, name: str, version: str) -> None:
    with zipfile.ZipFile(compiled.wheel(name, version)) as wheel:
        wheel.extractall(tmp_path)
        assert [member for member in wheel.namelist() if member.endswith(".so")]
    module = {"markupsafe": "markupsafe._speedups", "psutil": "psutil"}[name]

    subprocess.run(
        [sys.executable, "-c", f"import {module}"], cwd=tmp_path, check=True, env={"PYTHONPATH": str(tmp_path)}
    )


def test_debug_information_depends_on_bazels_compilation_mode(compiled: Workspace) -> None:
    name, version = "markupsafe", "3.0.3"

    def built(mode: str) -> bytes:
        compiled.build(f"--compilation_mode={mode}", f"//packages/{name}/{version}:wheel")
        with zipfile.ZipFile(compiled.wheel(name, version)) as wheel:
            (extension,) = (member for member in wheel.namelist() if member.endswith(".so"))
            return wheel.read(extension)

    debuggable, without = built("dbg"), built("fastbuild")
    asked = "-g" in str(sysconfig.get_config_var("CFLAGS")).split()  # most interpreters were built with it
    assert (b".debug_info" in debuggable) is asked
    assert b".debug_info" not in without


@pytest.mark.slow
def test_another_output_base_gives_the_same_compiled_wheels(
    compiled: Workspace, generate: Generate, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    other = generate(compiled.folder.parent / "graph.json", folder=folder)
    other.build("//:wheelhouse", "--jobs=1", cached=False)

    names = [("markupsafe", "3.0.3"), ("psutil", "7.0.0")]
    first, second = ([w.wheel(*n).read_bytes() for n in names] for w in (compiled, other))
    assert [hashlib.sha256(data).hexdigest() for data in first] == [hashlib.sha256(data).hexdigest() for data in second]


@NEEDS_CARGO
@pytest.mark.parametrize("has_lock", [True, False], ids=["with Cargo.lock", "without"])
def test_rust_is_built_with_its_crates_and_without_a_network(
    index: Index, generate: Generate, tmp_path: Path, has_lock: bool
) -> None:
    """A source without Cargo.lock gets the crates that cargo chooses, and the lock records them."""
    graph = add_setuptools(GraphBuilder())
    files = rust_source(tmp_path)
    cargo_lock = str(files["Cargo.lock"] if has_lock else files.pop("Cargo.lock"))
    add_rust_package(graph, hashed(index, "rusty", files))

    (tmp_path / "settings.yaml").write_text("sbom: {}\n")
    (tmp_path / "fromager-gen.yaml").write_text("sbom: {crate_licenses: true}\n")
    made = generate(graph, before=("--settings-file", tmp_path / "settings.yaml"))
    lock = json.loads((made.folder / "fromager.lock.json").read_text())
    (itoa,) = [package for package in tomllib.loads(cargo_lock)["package"] if package["name"] == "itoa"]
    assert lock["files"][f"crate_itoa_{itoa['version']}"]["sha256"] == itoa["checksum"]
    assert lock["packages"]["rusty==1.0"]["rust"].get("text") == (None if has_lock else cargo_lock)
    made.build("//packages/rusty/1.0:wheel")

    check_rust_library(made.wheel("rusty", "1.0"), tmp_path)
    with zipfile.ZipFile(made.wheel("rusty", "1.0")) as wheel:
        info = "rusty-1.0.dist-info"
        packages = {one["name"]: one for one in json.loads(wheel.read(f"{info}/sboms/fromager.spdx.json"))["packages"]}
        assert f"{info}/licenses/crates/itoa-{itoa['version']}/LICENSE-MIT" in wheel.namelist()
    assert packages["itoa"]["checksums"] == [{"algorithm": "SHA256", "checksumValue": itoa["checksum"]}]
    assert packages["itoa"]["licenseDeclared"] == "MIT OR Apache-2.0"
    assert {"semantic-version", "setuptools", "setuptools-rust"} <= packages.keys()


def test_a_source_with_only_a_setup_py_is_built_by_setuptools(index: Index, generate: Generate) -> None:
    """A source without pyproject.toml is built as by pip: unlike with other backends, the source is importable."""
    files: dict[str, str | bytes] = {
        "setup.py": "import legacy, setuptools\n"
        "setuptools.setup(name='legacy', version=legacy.version, py_modules=['legacy'])\n",
        "legacy.py": "version = '1.0'\n",
    }
    graph = add_setuptools(GraphBuilder())
    graph.add("legacy", "1.0", hashed(index, "legacy", files), build=(SETUPTOOLS,))
    made = generate(graph)
    made.build("//packages/legacy/1.0:wheel")

    assert made.wheel("legacy", "1.0").name == "legacy-1.0-0-py3-none-any.whl"


def test_a_version_from_git_does_not_need_a_checkout(generate: Generate, tmp_path: Path) -> None:
    """An archive of a commit has no history; setuptools-scm gets the version of the graph."""
    pyproject = '[build-system]\nrequires = ["setuptools-scm"]\nbuild-backend = "setuptools.build_meta"\n'
    pyproject += (
        '[project]\nname = "versioned"\ndynamic = ["version"]\n[tool.setuptools_scm]\nversion_file = "versioned.py"\n'
    )
    source = commit(tmp_path / "repository", {"pyproject.toml": pyproject}, ["tag", "-a", "v2.5", "-m", "x"])
    graph = add_setuptools(GraphBuilder())
    graph.add("flit-core", "3.12.0")
    graph.add("packaging", "25.0", build=("flit-core==3.12.0",))
    scm = "setuptools-scm==8.3.1"
    graph.add("setuptools-scm", "8.3.1", build=("packaging==25.0", SETUPTOOLS), install=("packaging==25.0", SETUPTOOLS))
    graph.add("versioned", "2.5", f"git+file://{source}@v2.5", build=(scm, SETUPTOOLS))
    made = generate(graph)
    made.build("//packages/versioned/2.5:wheel")

    with zipfile.ZipFile(made.wheel("versioned", "2.5")) as wheel:
        assert b"__version__ = version = '2.5'" in wheel.read("versioned.py")
