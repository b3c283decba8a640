"""``generate``: written files, `--check`, and edited files. The lock is complete, so no server is used."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from support.command import error, run
from support.samples import contents, golden_lock

from fromager_gen.contract import CPUS, TOOLCHAINS_LOCK, WHEEL_LIBRARIES
from fromager_gen.files import sha256_of, sha256_of_text
from fromager_gen.lock import LockedFile
from fromager_gen.platforms import platforms
from fromager_gen.terminal import start_logging
from fromager_gen.toolchains import ToolchainsLock, toolchains_text
from fromager_gen.toolchains.model import CcToolchains

OLD = "linux_x86_64_glibc_2_17"
CASE = Path(__file__).parents[1] / "golden" / "pure"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lock.json").write_text(golden_lock(CASE))
    return tmp_path


def generate(*more: str) -> Result:
    return run("--python", "3.12", "generate", CASE / "graph.json", "--lock", "lock.json", "--output", "ws", *more)


def test_unchanged_workspace_is_not_written_again(folder: Path) -> None:
    first = generate()
    before = contents(folder)
    second = generate()

    assert "new, 0 changed, 0 removed" in first.stderr
    assert second.stderr.endswith("; nothing changed\n")
    assert contents(folder) == before
    assert (folder / "ws/rules/defs.bzl").is_file()


@pytest.mark.parametrize("options", [(), ("--rules", "module"), ("--workspace-file",)], ids="".join)
def test_plan_is_the_plan_of_the_workspace(folder: Path, options: tuple[str, ...]) -> None:
    generate(*options)
    result = run("--python", "3.12", "plan", CASE / "graph.json", "--lock", "ws/fromager.lock.json", *options)

    assert result.stdout == (folder / "ws/plan.json").read_text()


def test_plan_checks_its_output_first(folder: Path) -> None:
    (folder / "file").touch()
    (folder / "lock.json").unlink()
    found = error("plan", CASE / "graph.json", "--lock", "lock.json", "-o", "file/plan.json")

    assert str(found).startswith("file can't be created")


def test_plan_names_the_files_that_it_was_made_from(folder: Path) -> None:
    (folder / "settings.yaml").write_text("{}")
    (folder / "settings").mkdir()
    (folder / "settings/flit_core.yaml").write_text("env: {A: b}")
    (folder / "patches/flit_core").mkdir(parents=True)
    (folder / "patches/flit_core/1.patch").write_text("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n")
    generate("--settings-file", "settings.yaml", "--settings-dir", "settings", "--patches-dir", "patches")
    settings = "".join(f"{sha256_of(folder / name)}  {name}\n" for name in ("settings.yaml", "settings/flit_core.yaml"))
    patches = f"{sha256_of(folder / 'patches/flit_core/1.patch')}  flit_core/1.patch\n"

    assert json.loads((folder / "ws/plan.json").read_text())["made_from"] == {
        "graph": sha256_of(CASE / "graph.json"),
        "lock": sha256_of(folder / "ws/fromager.lock.json"),
        "settings": sha256_of_text(settings),
        "patches": sha256_of_text(patches),
    }


@pytest.mark.parametrize(("options", "shown"), [((), False), (("-v",), False), (("--debug",), True)])
def test_debug_shows_what_is_read_and_written(options: tuple[str, ...], shown: bool) -> None:
    arguments = "generate", CASE / "graph.json", "--lock", "lock.json", "--output", "ws"
    lines = run(*options, "--python", "3.12", *arguments).stderr.splitlines()
    start_logging()

    for line in (
        "overrides.read: settings: none",
        "lock.make: the lock has 6 of 6 packages",
        "write.workspace: ws/plan.json is new",
    ):
        assert (line in lines) is shown, line


def test_check_of_up_to_date_workspace() -> None:
    generate()
    result = generate("--check")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "ws is up to date\n")


def test_check_shows_differences_and_writes_nothing(folder: Path) -> None:
    generate()
    build = folder / "ws/BUILD.bazel"
    build.write_text(build.read_text().replace("wheelhouse", "henhouse"))
    (folder / "ws/.bazelversion").unlink()
    before = contents(folder)
    result = generate("--check")

    assert result.exit_code == 1
    assert result.stderr == "ws is not up to date: 1 new, 1 changed, 0 removed\n"
    assert "-henhouse(\n" in result.stdout
    assert "+wheelhouse(\n" in result.stdout
    assert "--- /dev/null\n+++ b/.bazelversion\n" in result.stdout
    assert contents(folder) == before


def test_check_of_missing_folder(folder: Path) -> None:
    result = generate("--check")

    assert result.exit_code == 1
    assert not (folder / "ws").exists()


def test_edited_file_is_kept_without_overwrite(folder: Path) -> None:
    generate()
    build = folder / "ws/BUILD.bazel"
    written = build.read_text()
    build.write_text("mine")

    assert "generated files in ws were changed by hand: BUILD.bazel" in str(generate().exception)
    assert build.read_text() == "mine"
    assert generate("--overwrite").exception is None
    assert build.read_text() == written


def test_rules_can_come_from_the_module(folder: Path) -> None:
    generate("--rules", "module")

    assert not (folder / "ws/rules").exists()
    assert "@fromager_gen//rules:defs.bzl" in (folder / "ws/BUILD.bazel").read_text()


def test_missing_lock_is_an_error(folder: Path) -> None:
    said = error("generate", CASE / "graph.json", "--lock", "none", "--output", "ws")

    assert "File 'none' does not exist" in str(said)
    assert not (folder / "ws").exists()


def test_change_of_the_python_version_is_a_warning() -> None:
    assert "was for Python" not in generate().stderr
    result = run("--python", "3.13", "generate", CASE / "graph.json", "--lock", "lock.json", "--output", "ws")

    assert "ws was for Python 3.12 and is now for Python 3.13; use --python to select another" in result.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--platform", "linux_x86_64_glibc_2_17"), "--platform needs --toolchains=hermetic: the machine's compiler"),
        (("--toolchains=hermetic", "--platform=windows"), "'windows' is not one of 'linux_aarch64_glibc_2_17'"),
        (("--toolchains=hermetic", "--platform=linux_x86_64_musl_1_2"), "pins no Python 3.12 for it, which its"),
        (
            ("--toolchains=hermetic", "--platform=linux_x86_64_glibc_2_28_cuda_13_0"),
            "CUDA 13.0 does not compile with the",
        ),
        (
            ("--toolchains=hermetic", "--platform=linux_x86_64_glibc_2_28_cuda_99"),
            "'linux_x86_64_glibc_2_28_cuda_99' is",
        ),
        (("--toolchains=zig",), "'zig' is not one of 'hermetic', 'machine'"),
        (
            ("--toolchains=hermetic", "--workspace-file"),
            "--workspace-file and --toolchains=hermetic exclude each other",
        ),
    ],
    ids=str,
)
def test_options_of_toolchains_that_do_not_fit_are_refused(folder: Path, options: tuple[str, ...], says: str) -> None:
    """The lock has all files, so no index is asked."""
    lock = json.loads((folder / "lock.json").read_text())
    pins = {f"library_{pin['distribution']}": pin for pin in WHEEL_LIBRARIES.values()}
    for name, pin in pins.items():
        lock["files"][name] = {**pin, "url": "https://index.test/x"}
        del lock["files"][name]["distribution"]
    (folder / "lock.json").write_text(json.dumps(lock))
    result = generate(*options)

    assert result.exit_code
    assert says in " ".join(f"{result.stderr} {result.exception}".split())
    assert not (folder / "ws").exists()


def test_pinned_toolchains_stay_if_a_workspace_does_not_use_them(folder: Path) -> None:
    """The lock has all files, so no index is asked."""
    lock = json.loads((folder / "lock.json").read_text())
    for name, pin in WHEEL_LIBRARIES.items():
        lock["files"][f"library_{pin['distribution']}"] = {
            "filename": pin["filename"], "sha256": pin["sha256"], "url": f"https://index.test/{name}",
        }  # fmt: skip
    (folder / "lock.json").write_text(json.dumps(lock))
    pinned = {f"ziglang_{cpu}": LockedFile("z.whl", "ab" * 32, 3, url="https://index.test/z.whl") for cpu in CPUS}
    compilers = tuple(CcToolchains(cpu, f"ziglang_{cpu}", platforms()) for cpu in CPUS)
    (folder / "ws").mkdir()
    (folder / "ws" / TOOLCHAINS_LOCK).write_text(toolchains_text(ToolchainsLock(pinned, compilers)))
    before = (folder / "ws" / TOOLCHAINS_LOCK).read_text()
    for options in (["--toolchains=hermetic"], []):
        assert generate(*options).exit_code == 0

    assert (folder / "ws" / TOOLCHAINS_LOCK).read_text() == before
