"""If an action can't write all of its output, as on a full disk, it removes the output and the error names it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.samples import contents, files_of_at_most, tar_gz
from support.wheels import files_of, files_of_package, planned, write_wheel

from actions import install_wheel, make_wheelhouse, patch_sdist, prebuilt_wheel, vendor_crates
from actions.errors import ActionError
from actions.outputs import whole

LIMIT = 4000
NAME = "demo-1.0-py3-none-any.whl"


def noise(folder: str) -> dict[str, str]:
    """Return files of which each is below the size limit and all together are not, even if packed."""
    return {f"{folder}/{number}.txt": os.urandom(1500).hex() for number in range(3)}


def wheel(folder: Path) -> Path:
    return write_wheel(folder / "wheel" / NAME, {**files_of(), **noise("demo")})


def sdist(folder: Path) -> list[str]:
    source = tar_gz(folder / "demo-1.0.tar.gz", {"demo-1.0/Cargo.lock": "version = 4\n", **noise("demo-1.0")})
    return ["--package=demo", "--version=1.0", f"--source={source}"]


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (patch_sdist.main, r"demo 1\.0: .*File too large"),
        (vendor_crates.main, r"crates of demo 1\.0: .*File too large"),
    ],
)
def test_a_source_is_packed_completely_or_not_at_all(
    program: Callable[[list[str]], None], says: str, tmp_path: Path
) -> None:
    arguments = [*sdist(tmp_path), f"--out={tmp_path / 'out'}", "--cargo-root=."]
    with files_of_at_most(LIMIT), pytest.raises(ActionError, match=says):
        program(arguments)
    assert not (tmp_path / "out").exists()

    program(arguments)
    assert (tmp_path / "out").stat().st_size > LIMIT


def test_a_tool_is_installed_completely_or_not_at_all(tmp_path: Path) -> None:
    arguments = [f"--wheel={wheel(tmp_path).parent}", f"--out={tmp_path / 'out'}"]
    with files_of_at_most(LIMIT), pytest.raises(ActionError, match=rf"^{NAME}: .*File too large"):
        install_wheel.main(arguments)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (make_wheelhouse.main, r"^a wheelhouse of 2 wheels: .*File too large"),
        (prebuilt_wheel.main, r"^the pre-built wheel of demo 1\.0: .*File too large"),
    ],
)
def test_a_folder_contains_complete_wheels_or_none(
    program: Callable[[list[str]], None], says: str, tmp_path: Path
) -> None:
    path, out = wheel(tmp_path), tmp_path / "out"
    out.mkdir()
    small = write_wheel(tmp_path / "small" / "a-1.0-py3-none-any.whl", files_of_package("a", "1.0"))
    arguments = [f"--wheel={path}", "--package=demo", "--version=1.0"]
    if program is make_wheelhouse.main:
        arguments = [f"--wheel={small.parent}", f"--planned={planned('a', '1.0')}"]
        arguments += [f"--wheel={path.parent}", f"--planned={planned('demo', '1.0')}"]
    with files_of_at_most(LIMIT), pytest.raises(ActionError, match=says):
        program([*arguments, f"--out={out}"])
    assert contents(out) == {}

    program([*arguments, f"--out={out}"])
    assert (out / NAME).read_bytes() == path.read_bytes()


def test_an_output_folder_is_emptied_but_kept(tmp_path: Path) -> None:
    (tmp_path / "out" / "simple" / "demo").mkdir(parents=True)
    (tmp_path / "out" / "link").symlink_to(tmp_path)
    with pytest.raises(KeyboardInterrupt), whole(tmp_path / "out"):
        raise KeyboardInterrupt
    assert list((tmp_path / "out").iterdir()) == []


def test_an_output_that_cannot_be_removed_does_not_hide_the_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "none", tmp_path / "file" / "out"):
        with pytest.raises(ValueError, match="first"), whole(out):
            raise ValueError("first")
