"""A small real collection from the machine's package index: stevedore, pbr and setuptools, all from source."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.workspaces import PYTHON, Generate, Workspace, generator, interrupt, stop_server

pytestmark = [pytest.mark.bazel, pytest.mark.index]

TOP = Path(__file__).parents[2]
GRAPH = TOP / "examples" / "stevedore" / "graph.json"
OVERRIDES = TOP / "overrides" / "stevedore"


def version_of(name: str) -> str:
    return next(n["version"] for n in json.loads(GRAPH.read_text()).values() if n["canonicalized_name"] == name)


STEVEDORE = version_of("stevedore")


@pytest.fixture(scope="module")
def workspace(generate: Generate) -> Workspace:
    made = generate(GRAPH)
    made.build("//:wheelhouse")
    return made


def wheels(workspace: Workspace) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in workspace.out("wheelhouse").glob("*.whl")}


def actions(workspace: Workspace, *arguments: str) -> str:
    result = workspace.build(*arguments)
    return next(line for line in result.stderr.splitlines() if "process" in line)


def pip(*arguments: str | Path, folder: Path) -> Path:
    """Install requirements into a new environment; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    command = [folder / "bin" / "pip", "--isolated", "--disable-pip-version-check", "install", *arguments]
    result = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env={"HOME": str(folder)}
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder / "bin" / "python"


def test_the_wheels_can_be_installed_from_the_wheelhouse_only(workspace: Workspace, tmp_path: Path) -> None:
    python = pip("--no-index", "--find-links", workspace.out("wheelhouse"), "stevedore", "setuptools", folder=tmp_path)

    check = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert "No broken requirements found" in check.stdout
    subprocess.run([python, "-c", "import stevedore, setuptools"], check=True)


def test_the_wheelhouse_is_an_index_for_a_file_server(workspace: Workspace, tmp_path: Path) -> None:
    handler = partial(SimpleHTTPRequestHandler, directory=str(workspace.out("wheelhouse")))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/simple/"
        pip("--index-url", url, "stevedore", folder=tmp_path)
        server.shutdown()


def test_without_changes_no_action_runs(workspace: Workspace) -> None:
    assert actions(workspace, "//:wheelhouse") == "INFO: 1 process: 1 internal."


def test_the_wheelhouse_has_the_logs_of_its_wheels(workspace: Workspace) -> None:
    said = workspace.build("//:wheelhouse", "--output_groups=log").stderr

    assert sorted(re.findall(r"packages/(\S+)/\S+/wheel\.log", said)) == ["pbr", "setuptools", "stevedore"]


def test_another_output_base_gives_the_same_bytes(workspace: Workspace, generate: Generate, tmp_path: Path) -> None:
    folder = tmp_path / "quite" / "another" / "folder"
    folder.mkdir(parents=True)
    other = generate(GRAPH, "--rules", "copy", folder=folder)
    other.build("--jobs=1", "//:wheelhouse", cached=False)

    assert wheels(other) == wheels(workspace)


def test_generating_again_changes_nothing_and_check_agrees(workspace: Workspace) -> None:
    before = {p: p.stat().st_mtime_ns for p in workspace.folder.rglob("*.bazel") if "bazel-" not in str(p)}
    base = workspace.folder.parent
    generator("--python", PYTHON, "generate", GRAPH, "--output", workspace.folder, cwd=base)

    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert (
        generator("--python", PYTHON, "generate", GRAPH, "--output", workspace.folder, "--check", cwd=base).stdout == ""
    )


def test_a_patch_rebuilds_only_the_packages_that_it_affects(generate: Generate, tmp_path: Path) -> None:
    made = generate(GRAPH, folder=tmp_path)
    made.build("//:wheelhouse")
    generate(GRAPH, "--settings-dir", OVERRIDES / "settings", "--patches-dir", OVERRIDES / "patches", folder=tmp_path)

    assert actions(made, "//:wheelhouse") == "INFO: 4 processes: 1 internal, 3 linux-sandbox."
    wheel = made.wheel("stevedore", STEVEDORE)
    assert f"stevedore-{STEVEDORE}-1-" in wheel.name
    listing = subprocess.run([sys.executable, "-m", "zipfile", "-l", wheel], capture_output=True, text=True, check=True)
    assert "stevedore/built_from.py" in listing.stdout
    assert "fromager-build-system-requirements.txt" in listing.stdout


def test_the_rules_as_a_module_give_the_same_wheels(generate: Generate, workspace: Workspace, tmp_path: Path) -> None:
    made = generate(GRAPH, "--rules=module", folder=tmp_path)
    (made.folder / "user.bazelrc").write_text(
        f"common --override_module=fromager_gen={TOP}\nbuild --sandbox_add_mount_pair={TOP}\n"  # TOP may be in /tmp
    )
    assert not (made.folder / "rules").exists()

    made.build("//:wheelhouse")
    assert wheels(made) == wheels(workspace)


def test_bazel_without_modules_gives_the_same_wheels(generate: Generate, workspace: Workspace, tmp_path: Path) -> None:
    made = generate(GRAPH, "--workspace-file", folder=tmp_path)

    made.build("--noenable_bzlmod", "--enable_workspace", "//:wheelhouse")
    assert wheels(made) == wheels(workspace)


def test_a_wheel_is_a_library_for_python_rules(workspace: Workspace) -> None:
    target = f"//packages/stevedore/{STEVEDORE}:lib"
    workspace.build(target)
    query = '[info.imports.to_list()[0] for name, info in providers(target).items() if name.endswith("PyInfo")][0]'
    place = workspace.run("cquery", target, "--output=starlark", f"--starlark:expr={query}").stdout.strip()

    assert (workspace.out(place.partition("/")[2]) / "stevedore" / "__init__.py").is_file()


def test_build_parallel_fills_fromagers_folders(bazel: str, shared: Path, tmp_path: Path) -> None:
    cache = f"--bazel-option=--disk_cache={shared / 'disk-cache'}"
    command = ["--python", PYTHON, "build-parallel", GRAPH, "-m", "2", cache]
    said = generator(*command, cwd=tmp_path, FROMAGER_GEN_BAZEL=bazel).stderr

    assert "[3/3] " in said
    summary = json.loads((tmp_path / "work-dir" / "build-sequence-summary.json").read_text())
    assert [row["name"] for row in summary] == ["pbr", "setuptools", "stevedore"]
    for row in summary:
        assert (tmp_path / "wheels-repo" / "downloads" / row["wheel_filename"]).is_file()
        assert (tmp_path / "wheels-repo" / "simple" / row["name"] / row["wheel_filename"]).is_file()
        assert (tmp_path / "work-dir" / "logs" / f"{row['name']}-{row['version']}.log").is_file()
    published = {path.name: path.read_bytes() for path in (tmp_path / "sdists-repo" / "downloads").iterdir()}
    assert len(published) == 3
    assert published == {path.name: path.read_bytes() for path in (tmp_path / "sdists-repo" / "builds").iterdir()}

    (tmp_path / "work-dir" / "build-order.json").write_text(json.dumps([{"dist": "pbr", "version": version_of("pbr")}]))
    shutil.copy(GRAPH, tmp_path / "work-dir" / "graph.json")
    order = ["--python", PYTHON, "build-sequence", tmp_path / "work-dir" / "build-order.json", cache]
    assert "[1/1] pbr" in generator(*order, cwd=tmp_path, FROMAGER_GEN_BAZEL=bazel).stderr

    steps = {
        "prepare-source": f"work-dir/stevedore-{STEVEDORE}/stevedore-{STEVEDORE}.tar.gz",
        "build-sdist": f"sdists-repo/builds/stevedore-{STEVEDORE}.tar.gz",
        "build-wheel": f"wheels-repo/build/stevedore-{STEVEDORE}-0-py3-none-any.whl",
    }
    for name, path in steps.items():
        step = ["--python", PYTHON, "step", name, "stevedore", STEVEDORE]
        assert generator(*step, cwd=tmp_path, FROMAGER_GEN_BAZEL=bazel).stdout.strip() == path
        assert (tmp_path / path).is_file()
    missing = generator(
        "build", "stevedore", "0.1", "http://127.0.0.1:1/", cwd=tmp_path, check=False, FROMAGER_GEN_BAZEL=bazel
    )
    # The graph lacks this version, so it would be resolved on the index.
    assert missing.returncode == 10
    assert "stevedore: the index http://127.0.0.1:1/ can't be queried" in missing.stderr
    stop_server(tmp_path / "work-dir" / "workspace")


def test_interrupting_a_build_command_stops_bazel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "fromager_gen", "--python", PYTHON, "build-parallel", str(GRAPH)]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "setuptools" in line:
            break
    assert interrupt(process) == 130
    assert not (tmp_path / "wheels-repo").exists()
    stop_server(tmp_path / "work-dir" / "workspace")


def test_an_error_about_a_missing_python_lists_the_searched_places(generate: Generate, tmp_path: Path) -> None:
    made = generate(GRAPH, folder=tmp_path, python="3.47")

    said = made.build("//:wheelhouse", check=False).stderr
    assert "no Python 3.47 on this machine. Looked for: python3.47 on PATH" in said
    assert "versions/3.47.*" in said
