"""``publish``: its options, and where it publishes to."""

from pathlib import Path

import pytest
from support.command import error, output, usage_error
from support.wheels import write_wheel

from fromager_gen.errors import InputError

NAME = "demo-1.0-py3-none-any.whl"


def test_wheels_are_published_to_a_folder(tmp_path: Path) -> None:
    write_wheel(tmp_path / "house" / NAME)

    assert output("publish", tmp_path / "house", "--to", tmp_path / "there") == ""
    assert (tmp_path / "there" / NAME).is_file() and (tmp_path / "there" / "simple" / "index.json").is_file()


def test_a_missing_wheelhouse_is_an_error(tmp_path: Path) -> None:
    found = error("publish", tmp_path / "none", "--to", tmp_path / "there")

    assert isinstance(found, InputError) and found.exit_code == 2


@pytest.mark.parametrize("to", ["", " ", "ftp://h/x", "s3://bucket/x", "file:///srv/wheels", "S3:/x", "git+ssh://h/x"])
def test_a_destination_that_is_neither_a_folder_nor_a_repository_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str
) -> None:
    write_wheel(tmp_path / "house" / NAME)
    monkeypatch.chdir(tmp_path)

    said = usage_error("publish", tmp_path / "house", "--to", to)
    assert "Invalid value for '--to'" in said and ("but only to one" in said if to.strip() else "is empty" in said)
    assert [path.name for path in tmp_path.iterdir()] == ["house"]


def test_the_scheme_of_an_address_may_be_in_upper_case(tmp_path: Path) -> None:
    said = usage_error("publish", tmp_path, "--to", "HTTPS://upload.test/legacy/", "--replace")

    assert "--replace is only for folders" in said


def test_options_that_do_not_fit_the_destination_are_errors(tmp_path: Path) -> None:
    to_folder = "publish", tmp_path, "--to", tmp_path / "there"
    to_url = "publish", tmp_path, "--to", "https://upload.test/legacy/"

    assert "--index-url is only for uploads" in usage_error(*to_folder, "--index-url", "https://index.test/simple/")
    assert "--replace is only for folders" in usage_error(*to_url, "--replace")
    assert "'https:upload.test' is not a valid address" in usage_error("publish", tmp_path, "--to", "https:upload.test")
    assert "Missing option '--to'" in usage_error("publish", tmp_path)
