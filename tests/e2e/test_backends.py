"""Faulty backends, each in a package of one workspace: there is one clear error and no wheel in the outputs."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from support.indexes import Index
from support.workspaces import PYTHON, Generate, GraphBuilder, Workspace, generator, in_tree_sdist, stop_server

pytestmark = [pytest.mark.bazel, pytest.mark.index]

BODIES = {
    "network": """
    import socket
    socket.create_connection(("198.51.100.7", 80), timeout=5)
""",
    "hangs": "    import time; time.sleep(3600)",
    "leaves-daemon": """
    import subprocess, sys
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    return write(wheel_directory)
""",
    "megabytes": """
    for number in range(700_000):
        print(f"line {number} " + "x" * 60)
    raise SystemExit("gave up after much output")
""",
    "no-wheel": '    return "nothing-1.0-py3-none-any.whl"',
    "two-wheels": """
    write(wheel_directory, version="2.0")
    return write(wheel_directory)
""",
    "other-name": '    return write(wheel_directory, name="another-package")',
    "other-version": '    return write(wheel_directory, version="9.9")',
    "asks-for-more": '    return write(wheel_directory, requires=["requests>=2"])',
    "crashes": '    raise RuntimeError("the reason is here")',
    "unsandboxed": "    return write(wheel_directory)",
    "enormous": "    return write(wheel_directory, data=os.urandom(100_000_000))",
    "peeks": """
    found = {name: os.environ.get(name) for name in ("SECRET_CANARY", "HOME", "PATH", "TMPDIR", "MAX_JOBS")}
    assert found["SECRET_CANARY"] is None, found
    assert os.listdir(found["HOME"]) == [], found
    assert os.path.realpath(found["HOME"]).startswith("/tmp/fromager-build"), found
    assert all(part.startswith("/tmp/fromager-build/") for part in found["PATH"].split(":")), found
    import tempfile
    assert tempfile.mkdtemp() == found["TMPDIR"] + "/tmp00000001"
    assert os.getcwd() == "/tmp/fromager-build/src/peeks-1.0"
    assert os.path.ismount("/tmp/fromager-build"), "not in memory"
    return write(wheel_directory)
""",
}


@pytest.fixture(scope="module")
def workspace(index: Index, generate: Generate) -> Workspace:
    graph = GraphBuilder()
    for name, body in BODIES.items():
        graph.add(name, "1.0", index.add_sdist(name, "1.0", in_tree_sdist(name, "1.0", body)))
    no_backend = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    graph.add("no-backend", "1.0", index.add_sdist("no-backend", "1.0", {"pyproject.toml": no_backend}))
    graph.add("escapes", "1.0", index.add("escapes", "escapes-1.0.tar.gz", _escaping_archive()))
    graph.add("not-an-archive", "1.0", index.add("not-an-archive", "not_an_archive-1.0.tar.gz", b"<html>log in</html>"))
    graph.add("gone", "1.0", index.add_sdist("gone", "1.0", in_tree_sdist("gone", "1.0")))
    graph.add("changed", "1.0", index.add_sdist("changed", "1.0", in_tree_sdist("changed", "1.0")))
    made = generate(graph, "--index-url", index.url)
    index.remove("gone")
    index.add_sdist("changed", "1.0", in_tree_sdist("changed", "1.0", extra="evil = True"))
    return made


def _escaping_archive() -> bytes:
    from support.samples import pack

    return pack("escapes-1.0", {"setup.py": "", "../../outside": "written outside"})


def failure(workspace: Workspace, name: str, *options: str) -> str:
    result = workspace.run("build", "--color=no", *options, f"//packages/{name}/1.0:wheel", check=False)
    assert result.returncode == 1
    assert "Traceback" not in result.stderr.split("lines of its log")[0]
    assert not list(workspace.out(f"packages/{name}/1.0").glob("wheel/*.whl"))
    return result.stderr


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("network", "Network is unreachable"),
        ("megabytes", "gave up after much output"),
        ("no-wheel", "the backend wrote 0 wheels instead of one; its output folder contains nothing"),
        ("two-wheels", "the backend wrote 2 wheels instead of one"),
        ("other-name", "which is not a wheel of other-name"),
        ("other-version", "has version 9.9, but the graph has other-version 1.0"),
        (
            "asks-for-more",
            "requires 'requests>=2', but the graph has no install edge from asks-for-more 1.0 to requests",
        ),
        ("crashes", "RuntimeError: the reason is here"),
        ("no-backend", "the backend flit_core.buildapi can't be imported"),
        ("escapes", "'escapes-1.0/../../outside' is outside the archive's folder"),
        ("not-an-archive", "not_an_archive-1.0.tar.gz is not a valid .tar.gz archive: it begins with b'<html>"),
    ],
)
def test_an_error_of_a_faulty_build_names_the_fault(workspace: Workspace, name: str, message: str) -> None:
    said = failure(workspace, name)

    assert f"{name} 1.0 could not be built" in said
    assert message in said


@pytest.mark.parametrize(("name", "message"), [("gone", "404 Not Found"), ("changed", "Checksum was sha256-")])
def test_a_source_that_differs_from_the_lock_is_an_error(workspace: Workspace, name: str, message: str) -> None:
    result = workspace.build(f"//packages/{name}/1.0:wheel", check=False)

    assert result.returncode == 1
    assert message in result.stderr
    assert f"{name}-1.0.tar.gz" in result.stderr


def test_an_error_names_the_whole_log(workspace: Workspace) -> None:
    said = failure(workspace, "crashes")

    place = said.partition("The whole log: ")[2].splitlines()[0]
    assert "RuntimeError: the reason is here" in (workspace.folder / place).read_text()
    assert "build_wheel of backend failed" in said


def test_a_failure_before_the_backend_started_is_in_the_log(workspace: Workspace) -> None:
    place = failure(workspace, "no-backend").partition("The whole log: ")[2].splitlines()[0]

    assert "the backend flit_core.buildapi can't be imported" in (workspace.folder / place).read_text()


def test_of_much_output_only_the_end_is_shown(workspace: Workspace) -> None:
    said = failure(workspace, "megabytes")

    assert len(said) < 50_000
    assert "line 699999" in said


def test_a_backend_that_hangs_is_stopped(workspace: Workspace) -> None:
    assert "did not end in 3 s" in failure(workspace, "hangs", "--//rules:build_timeout=3")


def test_a_process_left_running_does_not_block_the_build(workspace: Workspace) -> None:
    workspace.build("//packages/leaves-daemon/1.0:wheel", cached=False)

    assert workspace.wheel("leaves-daemon", "1.0").name == "leaves_daemon-1.0-0-py3-none-any.whl"


def test_a_build_sees_nothing_of_the_machine(workspace: Workspace) -> None:
    workspace.build("//packages/peeks/1.0:wheel", cached=False)

    with zipfile.ZipFile(workspace.wheel("peeks", "1.0")) as wheel:
        assert {info.date_time for info in wheel.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_build_without_a_sandbox_is_refused(workspace: Workspace) -> None:
    said = failure(workspace, "unsandboxed", "--spawn_strategy=local")

    assert "it does not run in a sandbox" in said or "shares /tmp with others" in said


def test_an_interrupted_build_leaves_no_wheel_and_the_next_build_works(workspace: Workspace) -> None:
    from support.workspaces import interrupt

    process = workspace.start("build", "--color=no", "--curses=no", "//packages/hangs/1.0:wheel")
    assert process.stdout is not None
    for line in process.stdout:
        if "Building hangs" in line:
            break
    assert interrupt(process) == 8
    assert not list(workspace.out("packages/hangs/1.0").glob("wheel/*.whl"))
    workspace.build("//packages/peeks/1.0:wheel")


_ON_A_SMALL_DISK = """
mount -t tmpfs -o size=60m none "$0" || exit 90
trap '"$@" shutdown' EXIT
"$@" build --color=no --curses=no --symlink_prefix=/ //packages/enormous/1.0:wheel; code=$?
find -L "$0" -name "enormous*.whl" >&2
"$@" build --color=no --curses=no --symlink_prefix=/ //packages/peeks/1.0:wheel || exit 91
exit $code
"""


def test_a_full_disk_ends_one_build_and_leaves_space_for_the_next(workspace: Workspace, tmp_path: Path) -> None:
    bazel = [workspace.bazel, f"--output_user_root={workspace.root}", f"--output_base={tmp_path}/base"]
    result = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", _ON_A_SMALL_DISK, str(tmp_path), *bazel],
        cwd=workspace.folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    assert result.returncode == 1, result.stderr
    assert "enormous 1.0 could not be built: [Errno 28] No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
    assert ".whl" not in result.stderr


def test_keep_going_copies_the_wheels_that_could_be_built(
    index: Index, bazel: str, shared: Path, tmp_path: Path
) -> None:
    graph = GraphBuilder()
    for name, body in (
        ("fails", '    print("why")\n    raise SystemExit("no")'),
        ("works", "    return write(wheel_directory)"),
    ):
        graph.add(name, "1.0", index.add_sdist(name, "1.0", in_tree_sdist(name, "1.0", body)))
    graph.add("waits", "1.0", index.add_sdist("waits", "1.0", in_tree_sdist("waits", "1.0")), build=("fails==1.0",))
    command = ["--python", PYTHON, "build-parallel", graph.write(tmp_path / "graph.json"), "--index-url", index.url]
    cache = f"--bazel-option=--disk_cache={shared / 'disk-cache'}"
    result = generator(*command, cache, "-k", cwd=tmp_path, check=False, FROMAGER_GEN_BAZEL=bazel)
    without = generator(*command, cache, cwd=tmp_path, check=False, FROMAGER_GEN_BAZEL=bazel)
    stop_server(tmp_path / "work-dir" / "workspace")

    assert result.returncode == 8
    assert "FAILED fails 1.0" in result.stderr
    assert "\nfailed: fails 1.0 (log: work-dir/logs/fails-1.0.log)\n" in result.stderr
    assert result.stderr.endswith("\n1 of 3 wheels are built; not built: waits 1.0\n")
    assert without.stderr.endswith("; use -k to build all packages that do not depend on a failed one\n")
    wheels = [path.name for path in (tmp_path / "wheels-repo" / "downloads").glob("*.whl")]
    assert wheels == ["works-1.0-0-py3-none-any.whl"]
    logs = {path.name for path in (tmp_path / "work-dir" / "logs").iterdir()}
    assert logs == {"fails-1.0.log", "works-1.0.log"}
