"""The interpreter is found in the places where the toolchain looks, and asked for its patch level."""

import sys
from pathlib import Path

import pytest

from fromager_gen.errors import ToolError
from fromager_gen.interpreter import (
    find_full_version,
    full_version,
    is_full_version,
    minor_version,
    problem_of_patch_level,
)

MINOR = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHER = "3.98"
FULL = sys.version.split()[0]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty PATH and HOME."""
    monkeypatch.setattr("fromager_gen.interpreter._asked", {})
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    return tmp_path


def install(place: Path, executable: str = sys.executable) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(executable)


def test_a_named_patch_level_is_used_as_it_is() -> None:
    assert full_version("3.12.1") == "3.12.1"
    assert (minor_version("3.12.1"), minor_version("3.12")) == ("3.12", "3.12")
    assert is_full_version("3.12.1") and not is_full_version("3.12")


@pytest.mark.parametrize(
    "place", [f"bin/python{MINOR}", "bin/python3", f".pyenv/versions/{FULL}/bin/python{MINOR}"], ids=str
)
def test_the_machines_interpreter_is_asked(machine: Path, place: str) -> None:
    install(machine / place)

    assert full_version(MINOR) == FULL


def test_pyenv_is_found_by_its_shims_and_by_its_variable(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(machine / "elsewhere/versions" / FULL / "bin" / f"python{MINOR}")
    monkeypatch.setenv("PYENV_ROOT", str(machine / "elsewhere"))
    assert full_version(MINOR) == FULL

    monkeypatch.setattr("fromager_gen.interpreter._asked", {})
    monkeypatch.delenv("PYENV_ROOT")
    install(machine / "elsewhere/shims" / f"python{MINOR}", "/bin/false")
    monkeypatch.setenv("PATH", str(machine / "elsewhere/shims"))
    assert full_version(MINOR) == FULL


def test_an_interpreter_of_another_version_is_passed_over(machine: Path) -> None:
    install(machine / "bin" / f"python{OTHER}")
    install(machine / f".pyenv/versions/{OTHER}.1/bin/python{OTHER}", "/bin/true")

    assert find_full_version(OTHER) is None


def test_the_error_for_a_missing_interpreter_lists_the_searched_places(machine: Path) -> None:
    with pytest.raises(ToolError) as raised:
        full_version(OTHER)

    assert f"Looked for: python{OTHER} on PATH, python3 on PATH, {machine}/.pyenv/versions/{OTHER}.*" in str(
        raised.value
    )


def test_the_warning_for_a_missing_patch_level_lists_those_of_the_machine(machine: Path) -> None:
    install(machine / "bin" / f"python{MINOR}")

    assert problem_of_patch_level(MINOR) is None and problem_of_patch_level(FULL) is None
    assert str(problem_of_patch_level(f"{MINOR}.98")).startswith(
        f"no Python {MINOR}.98 was found on this machine (it has {FULL}): markers are evaluated for {MINOR}.98"
    )
    assert str(problem_of_patch_level(f"{OTHER}.1")).startswith(
        f"no Python {OTHER}.1 was found on this machine: markers"
    )
