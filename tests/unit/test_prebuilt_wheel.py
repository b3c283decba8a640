"""A published wheel is taken as it is, once it is the planned one."""

from pathlib import Path

import pytest
from samples import contents
from wheels import MODULE, files_of, metadata, record_of, write_wheel

from errors import ActionError
from prebuilt_wheel import main

NAME = "demo-1.0-py3-none-any.whl"


def run(wheel: Path, *options: str) -> Path:
    out = wheel.parent / "out"
    out.mkdir()
    main(["--package=demo", "--version=1.0", f"--wheel={wheel}", f"--out={out}", *options])
    return out


def test_it_is_copied_byte_for_byte(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / NAME, files_of(metadata=metadata(requires=["six"])))

    assert contents(run(wheel, "--install-requires=six")) == {NAME: wheel.read_bytes()}


@pytest.mark.parametrize(
    ("name", "requires", "says"),
    [
        ("other-1.0-py3-none-any.whl", [], "another package"),
        ("demo-2.0-py3-none-any.whl", [], r"version 2\.0"),
        (NAME, ["six"], "six"),
    ],
)
def test_another_wheel_is_refused(tmp_path: Path, name: str, requires: list[str], says: str) -> None:
    wheel = write_wheel(tmp_path / name, files_of(metadata=metadata(requires=requires)))

    with pytest.raises(ActionError, match=rf"the pre-built wheel of demo 1\.0 is not the planned one: .*{says}"):
        run(wheel)
    assert not list((tmp_path / "out").iterdir())


def test_a_wheel_whose_record_disagrees_is_refused(tmp_path: Path) -> None:
    """W08: a published wheel goes to the users as it is, so its RECORD is checked here too."""
    wheel = write_wheel(tmp_path / NAME, {**files_of(), MODULE: "evil()\n"}, record_of(files_of()))

    with pytest.raises(ActionError, match="RECORD"):
        run(wheel)
