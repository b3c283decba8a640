"""Publish wheels to a folder: only new ones, with an index of all, and nothing half-written."""

import fcntl
import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.installs import file_server, pip_install
from support.samples import contents
from support.wheels import (
    INFO,
    MODULE,
    ONE,
    TWO,
    files_of,
    files_of_package,
    metadata,
    record_of,
    write_two_wheels,
    write_wheel,
)

from fromager_gen.errors import InputError, LockError, WriteError
from fromager_gen.pipeline.publish import PublishOptions, publish_to_folder

NAME = "demo-1.0-py3-none-any.whl"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return write_two_wheels(tmp_path / "house")


@pytest.fixture
def there(tmp_path: Path) -> Path:
    return tmp_path / "there"


def publish(house: Path, there: Path, replace: bool = False, dry_run: bool = False) -> None:
    publish_to_folder(house, there, PublishOptions(replace, dry_run))


def listed(folder: Path, project: str) -> list[str]:
    page = json.loads((folder / "simple" / project / "index.json").read_text())
    return [file["filename"] for file in page["files"]]


def test_a_folder_gets_wheels_metadata_and_an_index(
    house: Path, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(house, there)

    assert listed(there, "one") == [ONE] and listed(there, "two") == [TWO]
    assert (there / f"{ONE}.metadata").read_text() == metadata("one", "1.0", ["two"])
    assert (there / TWO).read_bytes() == (house / TWO).read_bytes()
    assert capsys.readouterr().err.splitlines() == [f"{ONE}: new", f"{TWO}: new", f"{there}: 2 new, 0 there already"]


def test_pip_installs_from_a_published_folder(house: Path, there: Path, tmp_path: Path) -> None:
    publish(house, there)
    installed = ["one-1.0.dist-info", "two-2.0+cpu.dist-info"]

    assert pip_install(tmp_path / "a", "--no-index", "--find-links", there, "one") == installed
    with file_server(there) as (url, asked):
        assert pip_install(tmp_path / "b", "--index-url", f"{url}/simple/", "one") == installed
    assert f"/{ONE}.metadata" in asked


def test_only_new_wheels_are_copied_and_the_index_has_all(
    house: Path, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(house, there)
    before = {path: path.stat().st_mtime_ns for path in there.rglob("*.*") if path.is_file() and path.name != ".lock"}
    write_wheel(house / NAME)
    (house / ONE).unlink()
    capsys.readouterr()
    publish(house, there)

    assert capsys.readouterr().err.splitlines() == [
        f"{NAME}: new", f"{TWO}: there already", f"{there}: 1 new, 1 there already",
    ]  # fmt: skip
    assert [listed(there, project) for project in ("demo", "one", "two")] == [[NAME], [ONE], [TWO]]
    changed = {path for path, time in before.items() if path.stat().st_mtime_ns != time}
    assert changed == {there / "simple" / "index.html", there / "simple" / "index.json"}


def test_other_bytes_of_a_wheel_are_an_error_that_changes_nothing(house: Path, there: Path) -> None:
    publish(house, there)
    before = contents(there)
    for name, package, version in ((ONE, "one", "1.0"), (TWO, "two", "2.0+cpu")):
        write_wheel(house / name, files_of_package(package, version), date=(2020, 1, 1, 0, 0, 0))
    write_wheel(house / NAME)

    with pytest.raises(LockError, match="nothing is changed: 2 problems") as caught:
        publish(house, there)
    assert ONE in str(caught.value) and TWO in str(caught.value) and NAME not in str(caught.value)
    assert contents(there) == before

    publish(house, there, replace=True)
    assert (there / ONE).read_bytes() == (house / ONE).read_bytes()
    assert listed(there, "demo") == [NAME]


def test_a_dry_run_writes_nothing(house: Path, there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(house, there, dry_run=True)

    assert not there.exists()
    assert capsys.readouterr().err.splitlines() == [
        f"{ONE}: would be new", f"{TWO}: would be new", f"{there}: 2 new, 0 there already (dry run)",
    ]  # fmt: skip


def damaged(folder: Path) -> None:
    (folder / NAME).write_bytes(b"no zip")


def forged(folder: Path) -> None:
    write_wheel(folder / NAME, {**files_of(), MODULE: "other"}, record_of(files_of()))


def renamed(folder: Path) -> None:
    write_wheel(folder / "other-1.0-py3-none-any.whl", files_of_package("other", "1.0"))
    with zipfile.ZipFile(folder / "other-1.0-py3-none-any.whl") as wheel:
        files = {name: wheel.read(name) for name in wheel.namelist() if not name.endswith("RECORD")}
    files["other-1.0.dist-info/METADATA"] = metadata("demo").encode()
    write_wheel(folder / "other-1.0-py3-none-any.whl", files)


def other_version(folder: Path) -> None:
    write_wheel(folder / NAME, {**files_of(), f"{INFO}/METADATA": metadata(version="1.0+local")})


def no_record(folder: Path) -> None:
    write_wheel(folder / NAME, record="")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (damaged, f"{NAME} is damaged: File is not a zip file"),
        (forged, "RECORD has another hash for 1 file ('demo/__init__.py')"),
        (renamed, "its metadata belongs to the package 'demo'"),
        (other_version, "its metadata has the version '1.0+local'"),
        (no_record, "the wheel has no RECORD"),
        (lambda folder: shutil.copy(folder / ONE, folder / "nonsense.whl"), "Invalid wheel filename"),
        (lambda folder: (folder / NAME).symlink_to("nowhere"), "can't be read"),
        (lambda folder: write_wheel(folder / "demo-1.0-py3-none-any .whl"), "is not a safe file name"),
        (lambda folder: write_wheel(folder / NAME, {**files_of(), "../evil": "x"}), "outside the wheel"),
    ],
)
def test_a_wheel_that_is_not_what_it_says_is_not_published(
    house: Path, there: Path, make: Callable[[Path], object], says: str
) -> None:
    make(house)

    with pytest.raises(InputError, match="nothing is published") as caught:
        publish(house, there)
    assert says in str(caught.value)
    assert not there.exists()


def test_a_wheelhouse_without_wheels_is_an_error(tmp_path: Path, there: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        publish(tmp_path / "none", there)
    with pytest.raises(InputError, match="contains no wheels"):
        publish(tmp_path, there)


def test_pages_of_removed_wheels_are_removed(house: Path, there: Path) -> None:
    publish(house, there)
    (there / ONE).unlink()
    (there / "simple" / "notes.txt").touch()
    (house / ONE).unlink()
    publish(house, there)

    assert not (there / f"{ONE}.metadata").exists() and not (there / "simple" / "one").exists()
    assert (there / "simple" / "notes.txt").exists()


def test_a_damaged_wheel_in_the_folder_is_listed_without_metadata(house: Path, there: Path) -> None:
    there.mkdir()
    damaged(there)
    publish(house, there)

    page = json.loads((there / "simple" / "demo" / "index.json").read_text())
    assert "core-metadata" not in page["files"][0]


def test_files_without_a_valid_name_are_not_in_the_index(
    house: Path, there: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(house, there)
    before = contents(there)
    for name in ("-x.whl", "x.whl", "one-1.0-py3-none-any .whl"):
        shutil.copy(house / ONE, there / name)
    capsys.readouterr()
    publish(house, there)

    said = capsys.readouterr().err
    assert f"{there}: not all files are in the index: 3 problems" in said
    assert all(name in said for name in ("'-x.whl'", "'x.whl'", "'one-1.0-py3-none-any .whl'"))
    assert {name: data for name, data in contents(there).items() if "x.whl" not in name and " " not in name} == before


def test_each_wheel_is_opened_once_for_the_index(house: Path, there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    real = zipfile.ZipFile.__init__

    def counting(self: zipfile.ZipFile, file: Path, *args: Any, **options: Any) -> None:
        opened.append(Path(file).parent)
        real(self, file, *args, **options)

    monkeypatch.setattr(zipfile.ZipFile, "__init__", counting)
    publish(house, there)

    assert opened.count(there) == 2


def test_two_runs_wait_for_each_other(house: Path, there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there.mkdir()
    with (there / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = threading.Thread(target=publish, args=(house, there))
        second.start()
        second.join(0.3)
        assert second.is_alive() and not (there / ONE).exists()
        fcntl.flock(lock, fcntl.LOCK_UN)
        second.join()

    assert (there / ONE).exists()
    assert "waiting for another run that publishes to" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_an_error(house: Path, there: Path) -> None:
    there.write_text("a file")

    with pytest.raises(WriteError, match="is not a folder"):
        publish(house, there)


def test_no_temporary_files_are_left(house: Path, there: Path) -> None:
    (there / "simple" / "two" / "index.html" / "in the way").mkdir(parents=True)

    with pytest.raises(WriteError, match=r"two/index\.html"):
        publish(house, there)
    assert {path.name for path in there.iterdir() if path.name.startswith(".")} == {".lock"}
    assert (there / ONE).read_bytes() == (house / ONE).read_bytes()
