"""Whatever a damaged or a hostile wheel raises in Python, everything that reads wheels reports it as damage."""

import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.wheels import INFO, MODULE, files_of, record_of, write_wheel

from actions.errors import ActionError
from actions.wheel.indexed import check, check_own
from actions.wheel.planned import Planned
from fromager_gen.bootstrap.store import wheel_metadata
from fromager_gen.compare import compare, equivalence
from fromager_gen.errors import InputError, ResolutionError
from fromager_gen.pipeline.publish import PublishOptions, publish_to_folder
from fromager_gen.wheel_index import describe

NAME = "demo-1.0-py3-none-any.whl"
DEMO = Planned("demo", "1.0", frozenset())
METADATA = f"{INFO}/METADATA"
_LOCAL, _CENTRAL, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"


def not_a_zip(path: Path) -> None:
    path.write_bytes(b"no zip")


def broken(path: Path, method: int) -> None:
    """Write a wheel with another compression, and damage its METADATA behind the header of the compression."""
    write_wheel(path)
    with zipfile.ZipFile(path) as wheel:
        files = {name: wheel.read(name) for name in wheel.namelist()}
    with zipfile.ZipFile(path, "w", method) as wheel:
        for name, data in files.items():
            wheel.writestr(name, data)
    with zipfile.ZipFile(path) as wheel:
        info = wheel.getinfo(METADATA)
    data = bytearray(path.read_bytes())
    start = info.header_offset + 30 + len(METADATA)
    data[start + 9 : start + info.compress_size] = b"\xff" * (info.compress_size - 9)
    path.write_bytes(data)


def change(path: Path, signature: bytes, offset: int, value: bytes) -> None:
    """Overwrite a field in all headers of a kind."""
    write_wheel(path)
    data = bytearray(path.read_bytes())
    at = data.find(signature)
    while at >= 0:
        data[at + offset : at + offset + len(value)] = value
        at = data.find(signature, at + 1)
    path.write_bytes(data)


def long_field(path: Path) -> None:
    """Write a wheel with a field in RECORD that is over the limit of Python's csv."""
    files = {**files_of(), MODULE: "other = True\n"}
    write_wheel(path, files, f"{'x' * 200_000},,\n{record_of(files)}")


def cut(path: Path) -> None:
    path.write_bytes(write_wheel(path).read_bytes()[:-30])


CASES: dict[str, Callable[[Path], object]] = {
    "no zip": not_a_zip,
    "cut": cut,
    "stored": lambda path: broken(path, zipfile.ZIP_STORED),
    "deflate": lambda path: broken(path, zipfile.ZIP_DEFLATED),
    "bzip2": lambda path: broken(path, zipfile.ZIP_BZIP2),
    "lzma": lambda path: broken(path, zipfile.ZIP_LZMA),
    "encrypted": lambda path: change(path, _CENTRAL, 8, b"\1"),
    "strongly encrypted": lambda path: change(path, _CENTRAL, 8, b"\x40"),
    "unknown compression": lambda path: change(path, _CENTRAL, 10, b"\x63"),
    "directory before the file": lambda path: change(path, _END, 12, struct.pack("<L", 1 << 30)),
    "members before the file": lambda path: change(path, _END, 16, struct.pack("<L", 1 << 30)),
    "members after the file": lambda path: change(path, _CENTRAL, 42, struct.pack("<L", 1 << 30)),
    "damaged header": lambda path: change(path, _LOCAL, 0, b"XX"),
    "long field": long_field,
}


@pytest.fixture(params=sorted(CASES))
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "hostile" / NAME
    path.parent.mkdir()
    CASES[request.param](path)
    return path


def test_a_wheel_that_enters_the_index_is_refused(hostile: Path) -> None:
    for published in (True, False):
        with pytest.raises(ActionError, match=f"is not the one that was built: {NAME}: ."):
            check(hostile, DEMO, published)


def test_a_wheel_without_a_plan_is_refused(hostile: Path) -> None:
    with pytest.raises(ActionError, match=f"{NAME} is damaged: ."):
        check_own(hostile)


def test_a_comparison_says_which_wheel_is_damaged(hostile: Path, tmp_path: Path) -> None:
    good = write_wheel(tmp_path / NAME)

    for pair in ((hostile, good), (good, hostile)):
        found = compare(*pair)
        assert found.result == "damaged" and "wheel is damaged: " in found.problem, found
        assert equivalence(*pair).result == "damaged"


def test_it_is_not_published(hostile: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"{NAME} is damaged: ."):
        publish_to_folder(hostile.parent, tmp_path / "there", PublishOptions())
    assert not (tmp_path / "there").exists()


def test_an_index_of_what_is_there_lists_it(hostile: Path) -> None:
    assert describe(hostile).size == hostile.stat().st_size


def test_a_bootstrap_names_it(hostile: Path) -> None:
    try:
        assert wheel_metadata(hostile).startswith(b"Metadata-Version")  # only another member is damaged
    except ResolutionError as err:
        assert f"{NAME} is not a valid wheel: " in str(err)


def test_a_good_wheel_is_accepted_and_a_missing_file_is_no_damage(tmp_path: Path) -> None:
    good = write_wheel(tmp_path / NAME)
    check(good, DEMO, published=False)
    check_own(good)

    for read in (lambda path: check(path, DEMO, published=False), check_own, describe):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none" / NAME)
