"""The wheel of a backend: it must be the planned one, and equal contents give equal bytes."""

import zipfile
from pathlib import Path

import pytest
from installer.sources import WheelFile
from support.wheels import INFO, MODULE, add_members, files_of, metadata, record_of, write_wheel

from actions.errors import ActionError
from actions.names import normalize
from actions.wheel.planned import Planned
from actions.wheel.wheel_file import check, doubled, find_built, normalise

PLANNED = Planned("demo", "1.0")
NAME = "demo-1.0-py3-none-any.whl"


def test_the_one_wheel_is_found(tmp_path: Path) -> None:
    (tmp_path / "note.txt").touch()

    assert find_built(write_wheel(tmp_path / NAME).parent).name == NAME


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "wrote 0 wheels instead of one; its output folder contains nothing"),
        (["demo-1.0.tar.gz"], r"wrote 0 wheels .* contains demo-1\.0\.tar\.gz"),
        (["a-1-py3-none-any.whl", "b-1-py3-none-any.whl"], "wrote 2 wheels .* a-1-py3-none-any.whl, b-1"),
    ],
)
def test_no_wheel_or_two_are_refused(tmp_path: Path, names: list[str], says: str) -> None:
    for name in names:
        (tmp_path / name).touch()

    with pytest.raises(ActionError, match=says):
        find_built(tmp_path)


@pytest.mark.parametrize(
    ("name", "made", "planned"),
    [
        (NAME, metadata(), PLANNED),
        ("Demo-1.0-2-py3-none-any.whl", metadata("DEMO"), PLANNED),
        ("my_demo-1.0-py3-none-any.whl", metadata("My.Demo"), Planned("my-demo", "1.0")),
        ("demo-1.0+cu121-py3-none-any.whl", metadata(version="1.0+cu121"), PLANNED),
        ("demo-1.0-py3-none-any.whl", metadata(), Planned("demo", "1.0+cu121")),
        ("demo-1.0_cu.1-py3-none-any.whl", metadata(version="1.0+cu.1"), Planned("demo", "1.0+cu.1")),
        ("demo-1!1.0-py3-none-any.whl", metadata(version="1!1.0"), Planned("demo", "1!1.0")),
        (
            NAME,
            metadata(requires=["Six>=1", "x ; extra == 'y'", "z;sys_platform=='win32'"]),
            Planned("demo", "1.0", frozenset({"six"})),
        ),
        (NAME, metadata().replace("\n", "\r\n"), PLANNED),
    ],
    ids=[
        "plain",
        "case and tag",
        "punctuation",
        "local",
        "planned local",
        "escaped local",
        "epoch",
        "requires",
        "crlf",
    ],
)
def test_a_planned_wheel_passes(tmp_path: Path, name: str, made: str, planned: Planned) -> None:
    check(write_wheel(tmp_path / name, files_of(metadata=made)), planned)


@pytest.mark.parametrize(
    ("name", "made", "says"),
    [
        ("other-1.0-py3-none-any.whl", metadata(), "other-1.0-py3-none-any.whl, which is not a wheel of demo"),
        ("demo-1.1-py3-none-any.whl", metadata(), r"has version 1\.1, but the graph has demo 1\.0"),
        ("demo-0.0.0-py3-none-any.whl", metadata(), "SETUPTOOLS_SCM_PRETEND_VERSION"),
        ("demo-1.0.whl", metadata(), "is not a valid file name of a wheel"),
        ("demo-1.0-1-2-3-py3-none-any.whl", metadata(), "is not a valid file name of a wheel"),
        (NAME, metadata("other"), "its metadata belongs to the package 'other'"),
        (NAME, metadata(version="1.1"), r"metadata has version 1\.1, but the graph has demo 1\.0"),
        (NAME, metadata().replace("Name: demo\n", ""), "its metadata belongs to the package ''"),
        (
            NAME,
            metadata(requires=["requests>=2"]),
            "requires 'requests>=2', but the graph has no install edge from demo 1.0 to requests",
        ),
        (NAME, metadata(requires=["requests[x]"]), "no install edge from demo 1.0 to requests"),
        (NAME, metadata(requires=["requests (>=2)"]), "no install edge from demo 1.0 to requests"),
    ],
)
def test_another_wheel_is_refused(tmp_path: Path, name: str, made: str, says: str) -> None:
    with pytest.raises(ActionError, match=says.replace("(", r"\(")):
        check(write_wheel(tmp_path / name, files_of(metadata=made)), PLANNED)


@pytest.mark.parametrize("version", ["1.0.0", "1.00", "v1.0", "1"])
def test_other_spellings_of_the_version_are_accepted(tmp_path: Path, version: str) -> None:
    """PEP 440 compares versions, and a backend may keep its own spelling in METADATA."""
    check(write_wheel(tmp_path / NAME, files_of(metadata=metadata(version=version))), PLANNED)


@pytest.mark.parametrize("name", ["../evil", "/etc/x", "demo/../../x", "demo\\x"])
def test_a_member_outside_the_wheel_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ActionError, match=f"{NAME}: .* is outside the wheel"):
        check(write_wheel(tmp_path / NAME, {**files_of(), name: "x"}), PLANNED)


@pytest.mark.parametrize("name", ["demo/a\nb", "demo/\x1b[2J", "demo/\x85"])
def test_a_control_character_in_a_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ActionError, match=f"{NAME}: .* contains a control character"):
        check(write_wheel(tmp_path / NAME, {**files_of(), name: "x"}), PLANNED)


def test_a_nul_in_a_name_is_refused(tmp_path: Path) -> None:
    """zipfile removes the NUL and the text after it."""
    path = write_wheel(tmp_path / NAME, {**files_of(), "demo/a_b": "x"})
    path.write_bytes(path.read_bytes().replace(b"demo/a_b", b"demo/a\0b"))

    with pytest.raises(ActionError, match="contains a control character"):
        check(path, PLANNED)


@pytest.mark.parametrize("name", [f"{MODULE}/x", f"{MODULE}/"])
def test_a_file_and_a_folder_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ActionError, match=f"{NAME} contains '{MODULE}' both as a file and as a folder"):
        check(write_wheel(tmp_path / NAME, {**files_of(), name: ""}), PLANNED)


def test_folders_can_be_members(tmp_path: Path) -> None:
    check(write_wheel(tmp_path / NAME, {"./": "", "demo/": "", **files_of()}), PLANNED)


def test_of_a_duplicate_member_the_last_is_used(tmp_path: Path) -> None:
    path = add_members(write_wheel(tmp_path / NAME), (MODULE, "last"), (f"{INFO}/METADATA", metadata()), mode=0o100755)
    check(path, PLANNED)
    assert sorted(doubled(path)) == [f"{INFO}/METADATA", MODULE]
    (tmp_path / "out").mkdir()
    normal = normalise(path, tmp_path / "out", PLANNED)

    assert doubled(normal) == []
    with WheelFile.open(normal) as source:
        source.validate_record(validate_contents=True)
    with zipfile.ZipFile(normal) as opened:
        assert opened.read(MODULE) == b"last"
        assert oct(opened.getinfo(MODULE).external_attr >> 16) == "0o100755"


def test_of_duplicate_metadata_the_last_is_checked(tmp_path: Path) -> None:
    path = add_members(write_wheel(tmp_path / NAME), (f"{INFO}/METADATA", metadata(version="1.1")))

    with pytest.raises(ActionError, match=r"metadata has version 1\.1, but the graph has demo 1\.0"):
        check(path, PLANNED)


@pytest.mark.parametrize("count", [0, 2])
def test_other_than_one_metadata_is_refused(tmp_path: Path, count: int) -> None:
    files = {name: text for name, text in files_of().items() if not name.endswith("METADATA")}
    files |= {f"x{n}.dist-info/METADATA": metadata() for n in range(count)}

    with pytest.raises(ActionError, match=f"contains {count} METADATA files instead of one"):
        check(write_wheel(tmp_path / NAME, files), PLANNED)


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 cut"])
def test_an_error_names_a_damaged_wheel(tmp_path: Path, data: bytes) -> None:
    (tmp_path / NAME).write_bytes(data)

    with pytest.raises(ActionError, match=f"{NAME} is damaged"):
        check(tmp_path / NAME, PLANNED)


def test_metadata_that_is_not_utf8_is_damage(tmp_path: Path) -> None:
    with pytest.raises(ActionError, match="is damaged"):
        check(write_wheel(tmp_path / NAME, {**files_of(), f"{INFO}/METADATA": b"\xff\xfe"}), PLANNED)


def test_broken_compressed_metadata_is_damage(tmp_path: Path) -> None:
    path = write_wheel(tmp_path / NAME)
    data = bytearray(path.read_bytes())
    data[data.index(b"METADATA") + len("METADATA")] |= 0x06
    path.write_bytes(data)

    with pytest.raises(ActionError, match="is damaged"):
        check(path, PLANNED)


def packed(tmp_path: Path, number: int, planned: Planned = PLANNED, **how: object) -> Path:
    folder = tmp_path / f"out{number}"
    folder.mkdir()
    return normalise(write_wheel(tmp_path / str(number) / NAME, **how), folder, planned)  # type: ignore[arg-type]


def test_order_times_and_modes_do_not_matter(tmp_path: Path) -> None:
    shuffled = dict(reversed(files_of().items()))
    first = packed(tmp_path, 1, date=(2024, 1, 1, 0, 0, 0), modes={"demo/run.sh": 0o100755, MODULE: 0o100600})
    second = packed(
        tmp_path, 2, files=shuffled, date=(1999, 2, 3, 4, 5, 6), modes={"demo/run.sh": 0o104711, MODULE: 0o100666}
    )

    assert first.read_bytes() == second.read_bytes()
    assert first.name == NAME


def test_other_contents_give_other_bytes(tmp_path: Path) -> None:
    first, second = packed(tmp_path, 1), packed(tmp_path, 2, files={**files_of(), MODULE: "other\n"})

    assert first.read_bytes() != second.read_bytes()


def test_a_packed_wheel_is_valid_and_has_all_files_of_the_backend(tmp_path: Path) -> None:
    comma = {**files_of(), 'demo/a,b"c': "x", "demo/empty": ""}
    path = packed(tmp_path, 1, files=comma, modes={"demo/run.sh": 0o100755})

    with WheelFile.open(path) as source:
        source.validate_record(validate_contents=True)
    with zipfile.ZipFile(path) as opened:
        assert {name: opened.read(name).decode() for name in opened.namelist() if not name.endswith("RECORD")} == comma
        assert oct(opened.getinfo("demo/run.sh").external_attr >> 16) == "0o100755"
        assert oct(opened.getinfo(MODULE).external_attr >> 16) == "0o100644"
        assert {info.date_time for info in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.namelist()[-1] == f"{INFO}/RECORD"


def test_record_is_written_again_without_signatures(tmp_path: Path) -> None:
    files = {**files_of(), f"{INFO}/RECORD.jws": "x", f"{INFO}/RECORD.p7s": "y"}
    path = packed(tmp_path, 1, files=files, record="wrong,,\n")

    with zipfile.ZipFile(path) as opened:
        assert not [name for name in opened.namelist() if name.endswith((".jws", ".p7s"))]
        lines = opened.read(f"{INFO}/RECORD").decode().splitlines()
    assert sorted(lines) == sorted(record_of(files_of()).splitlines())


def test_the_build_tag_is_in_name_and_wheel_file(tmp_path: Path) -> None:
    path = packed(tmp_path, 1, planned=PLANNED._replace(build_tag="7"))

    assert path.name == "demo-1.0-7-py3-none-any.whl"
    with zipfile.ZipFile(path) as opened:
        assert opened.read(f"{INFO}/WHEEL").decode().splitlines()[-1] == "Build: 7"
    with WheelFile.open(path) as source:
        source.validate_record(validate_contents=True)


def test_the_backends_own_build_tag_is_replaced(tmp_path: Path) -> None:
    files = {**files_of(), f"{INFO}/WHEEL": "Wheel-Version: 1.0\nBuild: 3\n\n"}
    (tmp_path / "out").mkdir()
    built = write_wheel(tmp_path / "demo-1.0-3-py3-none-any.whl", files)
    path = normalise(built, tmp_path / "out", PLANNED._replace(build_tag="7"))

    assert path.name == "demo-1.0-7-py3-none-any.whl"
    with zipfile.ZipFile(path) as opened:
        assert opened.read(f"{INFO}/WHEEL").decode() == "Wheel-Version: 1.0\nBuild: 7\n"


def test_fromagers_files_are_added(tmp_path: Path) -> None:
    path = packed(tmp_path, 1, planned=PLANNED._replace(extra_files=(("fromager-x.txt", "six\n"),)))

    with zipfile.ZipFile(path) as opened:
        assert opened.read(f"{INFO}/fromager-x.txt") == b"six\n"
    with WheelFile.open(path) as source:
        source.validate_record(validate_contents=True)


@pytest.mark.parametrize("name", ["Foo.Bar", "foo_bar", "foo--bar", "FOO-BAR"])
def test_names_are_normalised(name: str) -> None:
    assert normalize(name) == "foo-bar"
