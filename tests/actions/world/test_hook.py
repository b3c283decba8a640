"""Hooks of a backend run as processes: output goes to a log, errors are reported, and no process is left running."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.backends import GOOD, SYSTEM, Called, answering, without

from actions.errors import ActionError
from actions.world import hook

REQUIRES = "get_requires_for_build_wheel"


def test_hooks_return_their_results(tmp_path: Path) -> None:
    called = Called(tmp_path, GOOD)

    assert called.requires() == ["one", "two>=2"]
    assert (called.out / called.metadata() / "METADATA").is_file()
    called.wheel()
    assert (called.out / "demo-1.0-py3-none-any.whl").is_file()


def test_hooks_that_a_backend_does_not_have_get_defaults(tmp_path: Path) -> None:
    """By PEP 517 there are no requirements, and the metadata comes from a wheel."""
    called = Called(tmp_path, without(REQUIRES) + "del prepare_metadata_for_build_wheel\n")

    assert called.requires() == []
    assert (called.out / called.metadata() / "METADATA").read_text().startswith("Metadata-Version")


def test_a_backend_sees_the_builds_variables_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """H04."""
    monkeypatch.setenv("SECRET_X", "canary")
    called = Called(tmp_path, answering(REQUIRES, "return sorted(os.environ)"), variables={"OWN": "1"})
    names = called.requires()

    assert isinstance(names, list)
    assert "OWN" in names
    assert "SECRET_X" not in names
    assert "HOME" not in names


@pytest.mark.parametrize("settings", [{}, {"a": "1", "b": ["2", "3"]}])
def test_settings_reach_the_backend(tmp_path: Path, settings: dict[str, object]) -> None:
    called = Called(tmp_path, answering(REQUIRES, "return [repr(args[0])]"))

    assert called.requires(**settings) == [repr(settings or None)]


def test_all_output_goes_to_one_log(tmp_path: Path) -> None:
    text = answering(REQUIRES, "os.system('echo from a child')", "os.write(2, b'from \\xff stderr\\n')", "return []")
    called = Called(tmp_path, f"print('from the import', flush=True)\n{text}")
    called.requires()

    assert called.log.read_bytes() == b"from the import\nfrom a child\nfrom \xff stderr\n"


def test_a_failed_hook_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    lines = ["for number in range(100): print('line', number, '.' * 600, flush=True)", "raise SystemExit(7)"]
    called = Called(tmp_path, answering("build_wheel", *lines))

    with pytest.raises(ActionError) as raised:
        called.wheel()
    rows = str(raised.value).splitlines()
    assert rows[0] == "build_wheel of backend failed with exit code 7. The last 60 of 100 lines of its log:"
    assert [rows[1][:11], rows[-1][:11]] == ["  | line 40", "  | line 99"]
    assert {len(row) for row in rows[1:]} == {504}


def test_an_error_of_a_hook_that_needs_a_network_explains_that_there_is_none(tmp_path: Path) -> None:
    called = Called(tmp_path, answering("build_wheel", "raise OSError('Temporary failure in name resolution')"))

    with pytest.raises(ActionError, match=r"\nA build has no network\. Turn the download off, "):
        called.wheel()

    (tmp_path / "other").mkdir()
    other = answering("build_wheel", "print('checking for getaddrinfo... yes', flush=True)", "raise OSError('else')")
    with pytest.raises(ActionError) as raised:
        Called(tmp_path / "other", other).wheel()
    assert "has no network" not in str(raised.value)


def test_a_hook_that_fails_without_output_is_reported(tmp_path: Path) -> None:
    called = Called(tmp_path, answering("build_wheel", "os._exit(3)"))

    with pytest.raises(ActionError, match=r"failed with exit code 3\. It printed nothing\."):
        called.wheel()


def test_an_exception_of_a_hook_is_in_the_log(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match=r"exit code 1[\s\S]*  \| ValueError: no such thing"):
        Called(tmp_path, answering(REQUIRES, "raise ValueError('no such thing')")).requires()


@pytest.mark.parametrize("answer", ["{1}", "b'x'", "object()", "os"])
def test_a_result_that_json_cannot_hold_is_an_error(tmp_path: Path, answer: str) -> None:
    with pytest.raises(ActionError, match=rf"{REQUIRES} of backend failed[\s\S]*TypeError"):
        Called(tmp_path, answering(REQUIRES, f"return {answer}")).requires()


def test_a_hook_that_ends_without_a_result_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match=rf"{REQUIRES} of backend returned no valid result: "):
        Called(tmp_path, answering(REQUIRES, "os._exit(0)")).requires()


@pytest.mark.parametrize("answer", ["{", "[]", "{}"])
def test_a_result_file_that_the_hook_overwrites_is_an_error(tmp_path: Path, answer: str) -> None:
    lines = ["import sys", f"open(os.path.join(sys.argv[2], 'output.json'), 'w').write({answer!r})", "os._exit(0)"]

    with pytest.raises(ActionError, match="backend"):
        Called(tmp_path, f"{GOOD}\nimport sys\n{answering(REQUIRES, *lines)}").requires()


def test_an_import_error_of_a_backend_lists_the_environment(tmp_path: Path) -> None:
    called = Called(tmp_path, "import no_such_tool\n")
    site = next((tmp_path / "env").glob("lib/python*/site-packages"))

    with pytest.raises(ActionError, match=r"backend can't be imported: .*no_such_tool[\s\S]*no build requirements"):
        called.requires()
    for name in ("flit_core-3.9", "a-1"):
        (site / f"{name}.dist-info").mkdir()
    with pytest.raises(ActionError, match=r"The graph provides for this build: a-1, flit_core-3\.9\."):
        called.requires()


def test_an_import_error_of_a_setup_py_lists_the_environment(tmp_path: Path) -> None:
    called = Called(tmp_path, answering(REQUIRES, "import numpy"))
    (next((tmp_path / "env").glob("lib/python*/site-packages")) / "setuptools-80.9.0.dist-info").mkdir()

    with pytest.raises(ActionError) as raised:
        called.requires()
    assert str(raised.value).endswith(
        "The build environment has no module 'numpy'; it has setuptools-80.9.0. If the build needs it, add its "
        "package to the setting project_override.update_build_requires and bootstrap again."
    )


def test_a_missing_backend_is_an_error(tmp_path: Path) -> None:
    called = Called(tmp_path, GOOD)

    with pytest.raises(ActionError, match=r"the backend elsewhere can't be imported: .*elsewhere"):
        called.runner.build_requires(called.source, SYSTEM._replace(backend="elsewhere"), {})


def test_a_backend_is_imported_only_from_its_backend_path(tmp_path: Path) -> None:
    called = Called(tmp_path, GOOD)

    with pytest.raises(ActionError, match="the backend backend can't be imported"):
        called.runner.build_requires(called.source, SYSTEM._replace(backend_path=None), {})


def test_a_hook_that_hangs_is_stopped(tmp_path: Path) -> None:
    called = Called(
        tmp_path, answering("build_wheel", "print('began', flush=True)", "import time", "time.sleep(60)"), 0.7
    )
    began = time.monotonic()

    with pytest.raises(ActionError, match=r"build_wheel of backend did not end in 0\.7 s[\s\S]*  \| began"):
        called.wheel()
    assert time.monotonic() - began < 10


def test_processes_that_a_hook_leaves_running_are_stopped(tmp_path: Path) -> None:
    lines = ["import subprocess", "child = subprocess.Popen(['/bin/sleep', '60'])", "return [str(child.pid)]"]
    began = time.monotonic()
    (pid,) = Called(tmp_path, answering(REQUIRES, *lines)).requires()  # type: ignore[misc]

    assert time.monotonic() - began < 5
    assert ended(int(pid))


def ended(pid: int) -> bool:
    """Return whether a process ends, or becomes a zombie, within two seconds."""

    def gone() -> bool:
        try:
            os.kill(pid, 0)
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except (ProcessLookupError, FileNotFoundError):
            return True

    return eventually(gone)


def test_the_caller_works_while_a_hook_runs(tmp_path: Path) -> None:
    """The backend waits for this work: before or after the hook it would lead to the time limit."""
    waits = ["import time", "while not os.path.exists('../done'): time.sleep(0.01)", "return 'demo.whl'"]
    text = answering("build_wheel", "open('../began', 'w').close()", *waits)

    def meanwhile() -> None:
        assert eventually((tmp_path / "began").exists)
        (tmp_path / "done").touch()

    called = Called(tmp_path, text, timeout=10)
    called.runner.build_wheel(called.source, SYSTEM, called.out, {}, meanwhile)
    assert (tmp_path / "done").exists()


def eventually(holds: Callable[[], bool]) -> bool:
    """Return whether a condition becomes true within two seconds."""
    return any(holds() or time.sleep(0.02) for _ in range(100))


def test_a_log_over_the_limit_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "MAX_LOG", 300_000)
    lines = ["for number in range(20000): print(number, '.' * 50)", "return []"]
    called = Called(tmp_path, answering(REQUIRES, *lines))
    called.requires()
    text = called.log.read_text()

    assert len(text) < 400_000
    assert text.startswith("[the log exceeded its limit; the output above this line was removed]\n")
    assert "\n19999 " in text


def test_a_build_reads_nothing_from_the_terminal(tmp_path: Path) -> None:
    assert Called(tmp_path, answering(REQUIRES, "import sys", "return [sys.stdin.read()]")).requires() == [""]
