"""Which packages are verified, and what the allow-list permits."""

import os
import shutil
from pathlib import Path

import pytest
from support.wheels import MODULE, files_of, write_wheel

from fromager_gen.compare import Mark
from fromager_gen.errors import InputError, ToolError
from fromager_gen.graph import Graph, Node
from fromager_gen.overrides import Allowed
from fromager_gen.pipeline import second_build
from fromager_gen.pipeline.options import BuildOptions, LockOptions
from fromager_gen.pipeline.second_build import Condition
from fromager_gen.pipeline.verify import VerifyOptions, chosen_nodes, judge, verify, warn_of_unused

NAME = "demo-1.0-py3-none-any.whl"
DEMO = Node("demo==1.0", "demo", "1.0", "", False, ())


def pair(folder: Path, *members: str) -> tuple[Path, Path]:
    """Return two wheels that differ in some members."""
    one = write_wheel(folder / "1" / NAME, {**files_of(), **dict.fromkeys(members, "one\n")})
    return one, write_wheel(folder / "2" / NAME, {**files_of(), **dict.fromkeys(members, "two\n")})


def allowed(*members: str, package: str = "demo") -> Allowed:
    return Allowed(package, members, "A reason.", "verify.yaml:1")


def test_equal_wheels_need_no_entry(tmp_path: Path) -> None:
    found = judge(DEMO, *pair(tmp_path), ())

    assert found.verdict == "equal" and found.is_good and found.wheel == NAME


def test_a_difference_is_allowed_by_the_name_of_its_member(tmp_path: Path) -> None:
    wheels = pair(tmp_path, MODULE, "demo/run.sh")

    found = judge(DEMO, *wheels, [allowed("demo/*")])
    assert found.verdict == "allowed" and found.is_good and not found.differences
    assert {(one.member, entry.reason) for one, entry in found.allowed} == {
        (MODULE, "A reason."),
        ("demo/run.sh", "A reason."),
    }
    found = judge(DEMO, *wheels, [allowed("*.sh"), allowed("*", package="other")])
    assert found.verdict == "differs" and not found.is_good
    assert [one.member for one in found.differences] == [MODULE]


def test_another_file_name_and_a_damaged_wheel_are_not_equal(tmp_path: Path) -> None:
    one, other = pair(tmp_path)
    renamed = shutil.copy(one, tmp_path / "demo-1.0-1-py3-none-any.whl")
    found = judge(DEMO, one, Path(renamed), ())
    assert "named the wheel demo-1.0-1-py3-none-any.whl" in found.differences[0].what

    other.write_bytes(b"no zip")
    found = judge(DEMO, one, other, [allowed("*")])
    assert found.verdict == "damaged" and not found.is_good and "second wheel is damaged" in found.problem


def test_conditions_of_the_builds_are_searched(tmp_path: Path) -> None:
    wheels = pair(tmp_path, MODULE)

    assert (
        "it contains the user of the build"
        in judge(DEMO, *wheels, (), [Mark("user", "one", "two")]).differences[0].what
    )


def test_entries_that_match_nothing_are_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    used, unused, elsewhere, unknown = (
        allowed(MODULE), allowed("other.py"), allowed("*", package="elsewhere"), allowed("*", package="unknown"),
    )  # fmt: skip
    other = Node("elsewhere==1", "elsewhere", "1", "", False, ())
    found = [judge(DEMO, *pair(tmp_path, MODULE), [used])]
    warn_of_unused((used, unused, elsewhere, unknown), found, Graph({"demo==1.0": DEMO, other.key: other}, ()))

    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": nothing of ")[2] for line in lines] == [
        "demo differs in other.py; remove the entry", "unknown differs in *; remove the entry",
    ]  # fmt: skip


def test_packages_are_chosen_by_name() -> None:
    newer = Node("demo==2.0", "demo", "2.0", "", False, ())
    other = Node("other==1", "other", "1", "", False, ())
    graph = Graph({one.key: one for one in (DEMO, newer, other)}, ())

    assert chosen_nodes(graph, ()) == [DEMO, newer, other]
    assert chosen_nodes(graph, ("Demo",)) == [DEMO, newer]
    with pytest.raises(InputError, match=r"--package: the graph has no package demoo; did you mean demo\?"):
        chosen_nodes(graph, ("demoo",))


def test_diffoscope_must_be_there_before_anything_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ToolError, match="needs the program diffoscope"):
        verify(None, tmp_path, LockOptions(), BuildOptions(), VerifyOptions(diffoscope=True))  # type: ignore[arg-type]


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

    assert {"--disk_cache=", "--remote_cache=", "--remote_executor=", "--noremote_accept_cached"} <= {*local}
    assert remote[0] == "--config=team" and "--noremote_accept_cached" in remote and "--disk_cache=" in remote
    assert not any(flag.startswith(("--remote_cache", "--remote_executor")) for flag in remote)


def test_read_only_folders_of_bazel_are_removed(tmp_path: Path) -> None:
    inner = tmp_path / "bazel" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    (tmp_path / "kept").mkdir()
    (tmp_path / "bazel" / "link").symlink_to(tmp_path / "kept")
    inner.chmod(0o500)
    inner.parent.chmod(0o500)
    second_build._remove(tmp_path / "bazel")

    assert not (tmp_path / "bazel").exists() and (tmp_path / "kept").is_dir()


def test_a_condition_states_whether_it_differs() -> None:
    assert Condition("umask", "0022", "0077").is_varied
    assert not Condition("order", "x", second_build.NOT_VARIED).is_varied
