"""The conditions of a second build, and its workspace. That Bazel builds in it is tested in `tests/e2e`."""

import errno
import json
import os
import socket
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support.samples import golden_lock

from fromager_gen.bazel import Bazel
from fromager_gen.contract import LOCK_FILE, PLAN_FILE
from fromager_gen.graph import read_graph
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline import second_build
from fromager_gen.pipeline.build import Prepared
from fromager_gen.pipeline.generate import generate
from fromager_gen.pipeline.options import GlobalOptions, LockOptions
from fromager_gen.pipeline.second_build import Condition, Second, conditions, write_second_workspace

CASE = Path(__file__).parents[1] / "golden" / "pure"


def both(folder: Path) -> tuple[Prepared, Prepared]:
    """Return a first and a second build; no Bazel is run."""
    none = folder / "none"
    options = GlobalOptions("3.12", "cpu", 2, folder, folder / "work", none, none, none, none, none)
    graph = read_graph(CASE / "graph.json")
    other = replace(options, work_dir=folder / "verify" / "longer", jobs=3)
    environment = second_build._environment(folder / "home")
    second = Bazel("bazel", other.workspace, environment=environment, umask=0o077)
    first = Prepared(graph, options, Bazel("bazel", options.workspace), Overrides())
    return first, Prepared(graph, other, second, Overrides())


def test_the_second_workspace_differs_only_in_its_jobs(tmp_path: Path) -> None:
    first, second = both(tmp_path)
    first.bazel.workspace.mkdir(parents=True)
    (first.bazel.workspace / LOCK_FILE).write_text(golden_lock(CASE))
    generate(first.options, first.graph, first.bazel.workspace, LockOptions())
    for name in ("user.bazelrc", "remote.bazelrc"):
        (first.bazel.workspace / name).write_text("build:workers --jobs=7\n")
        (first.bazel.workspace / name).chmod(0o644)
    write_second_workspace(first, second)

    plans = [json.loads((one.bazel.workspace / PLAN_FILE).read_text()) for one in (first, second)]
    jobs = [{package.get("jobs") for package in plan["packages"].values()} for plan in plans]
    assert 2 not in jobs[1] and 3 in jobs[1] and 3 not in jobs[0]
    for name in (LOCK_FILE, "user.bazelrc", "remote.bazelrc", "MODULE.bazel"):
        one, other = (build.bazel.workspace / name for build in (first, second))
        assert one.read_text() == other.read_text()
        assert (stat.S_IMODE(other.stat().st_mode) == 0o600) is name.endswith(".bazelrc"), name


def test_conditions_state_both_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "me")
    monkeypatch.delenv("TZ", raising=False)
    first, second = both(tmp_path)
    found = {one.name: one for one in conditions(first, second, ("/one", "/two"), None)}

    assert found["user"] == Condition("user", "me", "verifier")
    assert found["Bazel's folder"] == Condition("Bazel's folder", "/one", "/two")
    assert found["processes of a build (-j)"].second == "3" and found["umask"].second == "0077"
    assert found["host name"].first == socket.gethostname()
    assert found["order of files in folders"].second == "reversed, for builds in memory"
    marks = {mark.name: (mark.first, mark.second) for mark in Second(second, tuple(found.values()), ()).marks}
    assert marks["user"] == ("me", "verifier") and "umask" not in marks and "time" not in marks
    remote = {one.name: one for one in conditions(first, second, ("/one", "/two"), "team")}
    assert remote["machine"].second == "workers of --config=team" and "host name" not in remote
    unseen = {name for name, one in remote.items() if one.second == second_build.NOT_SEEN}
    assert unseen == {"workspace", "Bazel's folder", "HOME", "user", "language", "time zone", "umask"}
    assert not any(remote[name].is_varied for name in unseen) and remote["machine"].is_varied


def test_the_second_build_has_other_variables_and_the_same_tools(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / ".cargo").mkdir(parents=True)
    (home / ".netrc").touch()
    (home / ".bazelrc").touch()
    for name in ("CARGO_HOME", "PYENV_ROOT", "NETRC", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("RUSTUP_HOME", "/rustup")
    monkeypatch.setenv("LC_ALL", "C")
    found = second_build._environment(tmp_path / "other")

    assert found["HOME"] == str(tmp_path / "other") and found["USER"] == found["LOGNAME"] == "verifier"
    assert found["LANG"] == "C.UTF-8" and "LC_ALL" not in found and found["TZ"]
    assert found["CARGO_HOME"] == str(home / ".cargo") and found["RUSTUP_HOME"] == "/rustup"
    assert "PYENV_ROOT" not in found and found["NETRC"] == str(home / ".netrc")
    assert found["PATH"] == os.environ["PATH"]
    assert second_build._user_bazelrc() == [f"--bazelrc={home / '.bazelrc'}"]
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert second_build._environment(home)["LANG"] == "C"


def test_the_umask_is_another_one() -> None:
    before = os.umask(0o022)
    try:
        assert second_build._other_umask() == 0o077
        os.umask(0o077)
        assert second_build._other_umask() == 0o022
    finally:
        os.umask(before)


def test_the_second_build_uses_no_cache_and_runs_here_or_on_workers() -> None:
    local, remote = second_build._flags(None), second_build._flags("team")

    assert "--//rules:file_order=reversed" in local and "--//rules:file_order=reversed" in remote
    assert {"--disk_cache=", "--remote_cache=", "--remote_executor=", "--noremote_accept_cached"} <= {*local}
    assert remote[0] == "--config=team" and "--noremote_accept_cached" in remote and "--disk_cache=" in remote
    assert "--noremote_local_fallback" in remote
    assert not any(flag.startswith(("--remote_cache", "--remote_executor")) for flag in remote)


def as_user(real: Callable[..., None]) -> Callable[..., None]:
    """Return a function that removes a path, and obeys permissions for root too."""

    def remove(name: str | Path, *, dir_fd: int | None = None) -> None:
        folder = os.stat(Path(name).parent) if dir_fd is None else os.fstat(dir_fd)
        if not folder.st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        real(name, dir_fd=dir_fd)

    return remove


def read_only(folder: Path) -> Path:
    """Write a folder as Bazel leaves its outputs."""
    inner = folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    (folder.parent / "kept").mkdir()
    (folder.parent / "kept").chmod(0o500)
    (folder / "link").symlink_to(folder.parent / "kept")
    for one in (inner, inner.parent, folder):
        one.chmod(0o500)
    return folder


def test_read_only_folders_of_bazel_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = read_only(tmp_path / "bazel")
    for name in ("unlink", "rmdir"):
        monkeypatch.setattr(os, name, as_user(getattr(os, name)))
    second_build._remove(folder)
    second_build._remove(tmp_path / "none")
    monkeypatch.undo()

    assert not folder.exists() and stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o500
    assert capsys.readouterr().err == ""


def test_what_cannot_be_removed_is_named_and_hides_no_other_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = read_only(tmp_path / "bazel")
    monkeypatch.setattr(os, "unlink", as_user(os.unlink))

    def refuse(path: Path, mode: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "chmod", refuse)
    second_build._remove(folder)
    monkeypatch.undo()

    assert (folder / "a" / "b" / "file").exists()
    assert f"{folder} can't be removed completely: " in capsys.readouterr().err


def test_a_condition_states_whether_it_differs() -> None:
    assert Condition("umask", "0022", "0077").is_varied
    assert not Condition("order", "x", second_build.NOT_VARIED).is_varied
