"""The closed world of a build: its folders and its variables."""

import json
import socket
import subprocess
from pathlib import Path

import pytest

from actions.errors import ActionError
from actions.world.world import EPOCH, World, refuse_network


def test_the_folders_are_made(tmp_path: Path) -> None:
    place = World(tmp_path / "root")
    place.make(on_disk=False)

    assert sorted(path.name for path in place.root.iterdir()) == ["bin", "env", "home", "out", "src", "tmp"]
    assert (place.env, place.source, place.out) == (place.root / "env", place.root / "src", place.root / "out")


def test_a_build_can_write_to_the_disk(tmp_path: Path) -> None:
    place = World(tmp_path / "root")
    place.make(on_disk=True)

    links = {path.name for path in place.root.iterdir() if path.is_symlink()}
    assert links == {"src", "out", "home", "tmp"}
    assert place.out.resolve() == tmp_path / "root-disk" / "out"


def test_a_folder_that_is_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").touch()

    with pytest.raises(ActionError, match=rf"{tmp_path} is in use: .*--spawn_strategy=remote,linux-sandbox"):
        World(tmp_path).make(on_disk=False)


def test_only_the_toolchains_programs_are_linked(tmp_path: Path) -> None:
    place = World(tmp_path / "root")
    place.make(on_disk=False)
    (tmp_path / "tools.json").write_text(json.dumps({"cc": "/usr/bin/gcc", "ld": "/usr/bin/ld"}))
    place.link_tools(tmp_path / "tools.json")

    assert {path.name: str(path.readlink()) for path in (place.root / "bin").iterdir()} == {
        "cc": "/usr/bin/gcc",
        "ld": "/usr/bin/ld",
    }


def test_a_command_with_arguments_is_a_script(tmp_path: Path) -> None:
    place = World(tmp_path / "root")
    place.make(on_disk=False)
    (tmp_path / "tools.json").write_text(json.dumps({"cc": ["/bin/echo", "it's", "$HOME"]}))
    place.link_tools(tmp_path / "tools.json")
    result = subprocess.run([place.root / "bin" / "cc", "a b"], capture_output=True, text=True, check=True)

    assert result.stdout == "it's $HOME a b\n"


def test_the_variables_of_a_build() -> None:
    place = World(Path("/r"))
    found = place.variables("1.0+x", 3, "my-pkg.z", ["/rust/bin"])

    assert found["PATH"] == "/r/env/bin:/rust/bin:/r/bin"
    assert {found[name] for name in ("TMPDIR", "TMP", "TEMP")} == {"/r/tmp"}
    assert (found["HOME"], found["VIRTUAL_ENV"], found["CARGO_HOME"]) == ("/r/home", "/r/env", "/r/home/.cargo")
    assert (found["SOURCE_DATE_EPOCH"], found["PYTHONHASHSEED"], found["TZ"], found["LC_ALL"]) == (
        EPOCH,
        "0",
        "UTC",
        "C.UTF-8",
    )
    assert (found["MAX_JOBS"], found["MAKEFLAGS"], found["CMAKE_BUILD_PARALLEL_LEVEL"]) == ("3", "-j3", "3")
    assert {found[name] for name in ("__version__", "PBR_VERSION", "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_MY_PKG_Z")} == {
        "1.0+x"
    }


def test_variables_of_the_caller_are_not_passed_to_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """H04."""
    before = World(Path("/r")).variables("1", 1, "a", [])
    monkeypatch.setenv("SECRET_X", "canary")
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.test")

    assert World(Path("/r")).variables("1", 1, "a", []) == before


def network(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Replace the kernel's list of network interfaces."""
    monkeypatch.setattr(socket, "if_nameindex", lambda: list(enumerate(names, 1)))


def test_a_machine_with_only_loopback_has_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    network(monkeypatch, "lo")

    assert refuse_network() is None


def test_an_open_network_is_refused_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """H12."""
    network(monkeypatch, "lo", "wlan0", "eth0")

    with pytest.raises(ActionError, match=r"the network is open to this action \(eth0, wlan0\).*block-network"):
        refuse_network()
