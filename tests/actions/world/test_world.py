"""The closed world of a build: its folders and its variables."""

import socket
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


def made(folder: Path) -> World:
    place = World(folder / "root")
    place.make(on_disk=False)
    return place


def test_only_the_toolchains_programs_are_on_path(tmp_path: Path) -> None:
    """A link leads to the program itself. A program that is an input has precedence over that of the machine."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cc").symlink_to(f"/usr/bin/{folder}-cc")
    (tmp_path / "b" / "ld").touch()
    place = made(tmp_path)
    place.place_tools([tmp_path / "a/cc"], [tmp_path / "b/cc", tmp_path / "b/ld"], ())

    assert {path.name: str(path.readlink()) for path in (place.root / "bin").iterdir()} == {
        "cc": "/usr/bin/a-cc",
        "ld": str(tmp_path / "b" / "ld"),
    }


@pytest.mark.parametrize("folder", ["inputs", "/"])
def test_a_copy_of_a_program_stands_for_that_of_the_machine(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has copies in its input root, which can be ``/``. A compiler works only where its other parts are."""
    monkeypatch.setattr("actions.world.world._USUAL", [str(tmp_path / "usr")])
    files = {"inputs/cc": "compiler", "inputs/ld": "linker 1", "usr/gcc": "compiler", "usr/ld": "linker 2"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path / folder)
    place = made(tmp_path)
    place.place_tools([], [tmp_path / "inputs" / "cc", tmp_path / "inputs" / "ld"], ())

    assert (place.root / "bin" / "cc").readlink() == tmp_path / "usr" / "gcc"
    assert (place.root / "bin" / "ld").readlink() == tmp_path / "inputs" / "ld"


def test_files_of_a_toolchain_are_at_their_places(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    place = made(tmp_path)
    place.place_tools([], [], [(str(place.root / "cc" / "commands" / "x"), str(tmp_path / "file"))])

    assert (place.root / "cc" / "commands" / "x").read_text() == "text"


def test_the_variables_of_a_build() -> None:
    place = World(Path("/r"))
    found = place.variables("1.0+x", 3, "my-pkg.z")

    assert found["PATH"] == "/r/env/bin:/r/bin"
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
    before = World(Path("/r")).variables("1", 1, "a")
    monkeypatch.setenv("SECRET_X", "canary")
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.test")

    assert World(Path("/r")).variables("1", 1, "a") == before


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


def test_a_folder_of_the_machine_is_at_a_constant_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cuda-13.0").mkdir()
    (tmp_path / "cuda-13.0" / "version.json").touch()
    (tmp_path / "inputs").mkdir()
    (tmp_path / "inputs" / "link").symlink_to(tmp_path / "cuda-13.0" / "version.json")
    (tmp_path / "inputs" / "copy").touch()
    monkeypatch.chdir(tmp_path / "inputs")
    place = made(tmp_path)
    place.place_folders([(f"{place.root}/accelerator", "link")])

    assert (place.root / "accelerator").readlink() == tmp_path / "cuda-13.0"
    with pytest.raises(ActionError, match=r"tools that a build finds in /x are not inputs, .* Use pinned tools"):
        place.place_folders([("/x", "copy")])
