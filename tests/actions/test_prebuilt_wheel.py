"""A pre-built wheel is used unchanged if it is the planned one."""

from pathlib import Path

import pytest
from support.samples import contents
from support.wheels import INFO, MODULE, add_members, files_of, metadata, record_of, write_wheel

from actions.errors import ActionError
from actions.prebuilt_wheel import main

NAME = "demo-1.0-py3-none-any.whl"


def run(wheel: Path, *options: str) -> Path:
    out = wheel.parent / "out"
    out.mkdir()
    main(["--package=demo", "--version=1.0", f"--wheel={wheel}", f"--out={out}", *options])
    return out


def test_the_wheel_is_copied_byte_for_byte(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / NAME, files_of(metadata=metadata(requires=["six"])))

    assert contents(run(wheel, "--install-requires=six")) == {NAME: wheel.read_bytes()}


@pytest.mark.parametrize(
    ("name", "requires", "says"),
    [
        ("other-1.0-py3-none-any.whl", [], "is not a wheel of demo"),
        ("demo-2.0-py3-none-any.whl", [], r"version 2\.0"),
        (NAME, ["six"], "six"),
    ],
)
def test_another_wheel_is_refused(tmp_path: Path, name: str, requires: list[str], says: str) -> None:
    wheel = write_wheel(tmp_path / name, files_of(metadata=metadata(requires=requires)))

    with pytest.raises(ActionError, match=rf"the pre-built wheel of demo 1\.0 can't be used: .*{says}"):
        run(wheel)
    assert not list((tmp_path / "out").iterdir())


def test_a_file_that_differs_from_record_is_a_warning_as_in_pip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = write_wheel(tmp_path / NAME, {**files_of(), MODULE: "changed()\n"}, record_of(files_of()))

    run(wheel)
    assert f"RECORD has another hash for 1 file ('{MODULE}')" in capsys.readouterr().err
    (tmp_path / "out" / NAME).unlink()
    (tmp_path / "out").rmdir()
    with pytest.raises(ActionError, match="RECORD has another hash"):
        run(wheel, "--strict")


GONE = "gone.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"


def faulty(folder: Path) -> Path:
    """Return a wheel with a duplicate member, and a RECORD that lists it twice and a missing file."""
    files, name = files_of(), f"{INFO}/LICENSE"
    row = record_of({name: "text"}).splitlines()[0]
    wheel = write_wheel(folder / NAME, {**files, name: "text"}, f"{GONE}{row}\n{row}\n{record_of(files)}")
    return add_members(wheel, (name, "text"))


def test_a_wheel_with_faults_in_record_is_used_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = faulty(tmp_path)

    assert contents(run(wheel)) == {NAME: wheel.read_bytes()}
    begin = f"WARNING: demo 1.0: the published wheel {NAME} is used, as pip and uv would use it, although "
    assert capsys.readouterr().err == (
        f"{begin}the wheel contains 1 file ('{INFO}/LICENSE') more than once (the last copy is used); "
        "RECORD lists 1 file ('gone.py') that the wheel does not contain; "
        f"RECORD lists 1 file ('{INFO}/LICENSE') more than once\n"
    )


def test_a_good_wheel_is_used_without_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(write_wheel(tmp_path / NAME), "--strict")

    assert capsys.readouterr().err == ""


def test_a_strict_build_refuses_a_wheel_with_faults_in_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ActionError) as raised:
        run(faulty(tmp_path), "--strict")

    said = str(raised.value)
    assert f"{NAME}: the wheel contains 1 file ('{INFO}/LICENSE') more than once" in said
    assert "RECORD lists 1 file ('gone.py') that the wheel does not contain" in said
    assert "Without --strict-prebuilt" in said
    assert capsys.readouterr().err == ""
    assert not list((tmp_path / "out").iterdir())


def test_a_strict_build_refuses_faults_that_only_the_installer_finds(tmp_path: Path) -> None:
    """RECORD must not have its own size, even the correct one."""
    record = record_of(files_of()).removesuffix("\n")
    size = len(record) + len("NNN\n")

    with pytest.raises(ActionError, match="RECORD file incorrectly contains hash / size"):
        run(write_wheel(tmp_path / NAME, record=f"{record}{size}\n"), "--strict")


@pytest.mark.parametrize("strict", [(), ("--strict",)])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("/etc/evil", "is outside the wheel"),
        ("demo/../../evil", "is outside the wheel"),
        ("demo\\evil", "is outside the wheel"),
        ("demo/evil\x1b", "contains a control character"),
        ("demo/__init__.py/x", f"contains '{MODULE}' both as a file and as a folder"),
    ],
)
def test_a_member_with_an_invalid_path_is_refused(
    tmp_path: Path, name: str, says: str, strict: tuple[str, ...]
) -> None:
    with pytest.raises(ActionError, match=rf"the pre-built wheel of demo 1\.0 can't be used: .*{says}"):
        run(write_wheel(tmp_path / NAME, {**files_of(), name: "x"}), *strict)


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    """Also if RECORD has no hash to compare with."""
    files = {**files_of(), "demo/data": b"0123456789" * 9}
    wheel = write_wheel(tmp_path / NAME, files, record_of(files_of()) + "demo/data,,\n")
    data = bytearray(wheel.read_bytes())
    data[data.index(b"demo/data") + len("demo/data") + 3] ^= 0xFF
    wheel.write_bytes(data)

    with pytest.raises(ActionError, match="can't be used"):
        run(wheel)
