"""Builds with a pinned Python: nothing of the machine's Python is used, also where it has the same version."""

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import debian, pythons
from support.indexes import Index
from support.servers import Server, serving
from support.workspaces import Generate, GraphBuilder, Workspace, find_python, generator, in_tree_sdist

from fromager_gen.contract import BUILD_ROOT

pytestmark = [pytest.mark.bazel, pytest.mark.index]

SETUPTOOLS = "setuptools==80.9.0"
MACHINES_C = ("--platforms=@platforms//host", "--host_platform=@platforms//host")
VERSION, OTHER = "3.12", "3.11"
# A package that writes what it knows about the Python that builds it into its wheel.
ASKS = """
    import json, os, platform, sys, sysconfig
    facts = {"version": sys.version, "home": sys.base_prefix, "paths": sysconfig.get_paths(), "path": sys.path}
    facts |= {name: sysconfig.get_config_var(name) for name in ("EXT_SUFFIX", "MULTIARCH", "SOABI", "CC", "LIBDIR")}
    facts |= {"platform": sysconfig.get_platform(), "machine": platform.machine()}
    facts |= {"header": os.path.isfile(os.path.join(sysconfig.get_paths()["include"], "Python.h"))}
    return write(wheel_directory, data=json.dumps(facts).encode())
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def archives(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the addresses of two Pythons by version."""
    found = {}
    for version in (VERSION, OTHER):
        program = find_python(version)
        if program is None:
            pytest.skip(f"no Python {version} on this machine")
        name = f"cpython-{version}-x86_64-unknown-linux-gnu-install_only.tar.gz"
        path = pythons.archive(program, tmp_path_factory.mktemp("python") / name)
        found[version] = server.say(f"/{name}", path.read_bytes())
    return found


@pytest.fixture(scope="module")
def built(
    archives: dict[str, str], index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    folder = tmp_path_factory.mktemp("pinned")
    for address in archives.values():
        generator("toolchains", "add", "python", address, "--output", folder / "workspace", cwd=folder)
    url = index.add_sdist("asks", "1.0", in_tree_sdist("asks", "1.0", ASKS))
    url += f"#sha256={hashlib.sha256(index.files['asks']['asks-1.0.tar.gz']).hexdigest()}"
    graph = GraphBuilder().add(*SETUPTOOLS.split("==")).add("markupsafe", "3.0.3", build=(SETUPTOOLS,))
    made = generate(graph.add("asks", "1.0", url), "--toolchains=hermetic", folder=folder, python=VERSION)
    made.build("//:wheelhouse", *options())
    return made


def options() -> list[str]:
    """Return options of builds with the machine's C compiler, which see no Python of the machine."""
    homes = {Path(program).resolve().parents[1] for version in (VERSION, OTHER) if (program := find_python(version))}
    return [*MACHINES_C, *(f"--sandbox_block_path={home}" for home in sorted(homes) if str(home) != "/usr")]


def test_a_build_sees_only_the_pinned_python(built: Workspace) -> None:
    with zipfile.ZipFile(built.wheel("asks", "1.0")) as wheel:
        facts = json.loads(wheel.read("data"))

    assert facts["version"].startswith(f"{VERSION}.")
    assert facts["home"] == f"{BUILD_ROOT}/python" and facts["LIBDIR"] == f"{BUILD_ROOT}/python/lib"
    assert facts["header"] and facts["EXT_SUFFIX"] == f".cpython-{VERSION.replace('.', '')}-x86_64-linux-gnu.so"
    places = [*facts["path"], *facts["paths"].values()]
    assert [place for place in places if not place.startswith((f"{BUILD_ROOT}/", "/tmp/fromager-build"))] == []


def test_a_python_finds_its_library_in_the_hermetic_sandbox(built: Workspace) -> None:
    again = "--//rules:build_timeout=599"  # another key, so that the build runs again
    said = built.build("//packages/asks/1.0:wheel", *MACHINES_C, "--config=hermetic", again, cached=False).stderr

    assert "linux-sandbox" in said


@pytest.mark.slow
def test_an_extension_is_for_the_version_that_is_selected(built: Workspace) -> None:
    assert "-cp312-cp312-" in built.wheel("markupsafe", "3.0.3").name
    built.build(f"--//toolchains/python:version={OTHER}", *options(), "//packages/markupsafe/3.0.3:wheel")
    assert "-cp311-cp311-" in built.wheel("markupsafe", "3.0.3").name


def test_a_version_that_is_not_pinned_is_an_error(built: Workspace) -> None:
    said = built.build("--//toolchains/python:version=3.13", "--nobuild", "//:wheelhouse", check=False).stderr

    assert "no Python 3.13 for builds: toolchains.lock.json pins only 3.11 for x86_64 with glibc, 3.12 for x86" in said
    assert "Pin one: `fromager-gen toolchains add python ADDRESS... --output WORKSPACE`" in said


def test_compilers_are_made_once_for_all_versions(built: Workspace) -> None:
    def outputs(version: str) -> set[str]:
        wanted = 'mnemonic("FromagerSysroot", deps(//packages/markupsafe/3.0.3:wheel))'
        said = built.run("aquery", f"--//toolchains/python:version={version}", wanted).stdout
        return set(re.findall(r"Outputs: (.*)", said))

    assert outputs(VERSION) == outputs(OTHER) != set()


def test_an_action_has_few_inputs(built: Workspace) -> None:
    said = built.run(
        "aquery", *MACHINES_C, "--output=jsonproto", 'mnemonic("FromagerInstall", //packages/asks/1.0:all)'
    ).stdout
    targets = json.loads(said)

    assert len(targets["artifacts"]) < 20


# Debian's packages with the headers and the configuration of a Python. Its interpreter is not needed.
DEBIAN = ("libpython3.11-minimal", "libpython3.11-stdlib", "libpython3.11-dev")
CROSS = ("--toolchains=hermetic", "--platform", "linux_aarch64_glibc_2_17")


@pytest.fixture(scope="module")
def crossed(
    archives: dict[str, str], index: Index, generate: Generate, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    folder = tmp_path_factory.mktemp("crossed")
    for addresses in ([archives[OTHER]], debian.packages(*DEBIAN, cpu="arm64")):
        generator("toolchains", "add", "python", *addresses, "--output", folder / "workspace", cwd=folder)
    url = index.add_sdist("asks", "2.0", in_tree_sdist("asks", "2.0", ASKS))
    url += f"#sha256={hashlib.sha256(index.files['asks']['asks-2.0.tar.gz']).hexdigest()}"
    graph = GraphBuilder().add(*SETUPTOOLS.split("==")).add("markupsafe", "3.0.3", build=(SETUPTOOLS,))
    made = generate(graph.add("asks", "2.0", url), *CROSS, folder=folder, python=OTHER)
    made.build("//:wheelhouse")
    return made


@pytest.mark.slow
def test_a_backend_is_told_of_the_python_that_the_wheel_is_for(crossed: Workspace) -> None:
    with zipfile.ZipFile(crossed.wheel("asks", "2.0")) as wheel:
        facts = json.loads(wheel.read("data"))

    assert (facts["platform"], facts["machine"]) == ("linux-aarch64", "aarch64")
    assert facts["SOABI"] == "cpython-311-aarch64-linux-gnu" and facts["CC"] == "cc -pthread"
    assert facts["home"] == f"{BUILD_ROOT}/python" and facts["header"]
    assert facts["LIBDIR"].startswith(f"{BUILD_ROOT}/python")


@pytest.mark.slow
def test_an_extension_is_for_another_cpu(crossed: Workspace) -> None:
    wheel = crossed.wheel("markupsafe", "3.0.3")
    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith(".so"))
        data = files.read(name)

    assert wheel.name.endswith("-cp311-cp311-manylinux_2_17_aarch64.whl")
    assert name == "markupsafe/_speedups.cpython-311-aarch64-linux-gnu.so"
    assert int.from_bytes(data[18:20], "little") == 183  # EM_AARCH64
    assert b"x86_64" not in data


def test_another_platform_without_its_python_is_an_error(archives: dict[str, str], tmp_path: Path) -> None:
    generator("toolchains", "add", "python", archives[OTHER], "--output", tmp_path / "workspace", cwd=tmp_path)
    graph = GraphBuilder().add(*SETUPTOOLS.split("==")).write(tmp_path / "graph.json")
    said = generator(
        "--python", OTHER, "generate", graph, "--output", "workspace", *CROSS, cwd=tmp_path, check=False
    )  # fmt: skip

    assert said.returncode == 2
    assert "workspace pins no Python 3.11 for it, which its wheels need. Pin one with `fromager-gen" in said.stderr
