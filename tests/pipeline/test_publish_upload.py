"""Upload wheels to a repository: only new ones, with the credentials of twine."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.installs import pip_install
from support.uploads import PASSWORD, USER, Repository, repository
from support.wheels import ONE, TWO, write_two_wheels

from fromager_gen.errors import FetchError, InputError, LockError, ToolError
from fromager_gen.pipeline.publish import PublishOptions, publish_to_repository


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return write_two_wheels(tmp_path / "house")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("TWINE_USERNAME", USER)
    monkeypatch.setenv("TWINE_PASSWORD", PASSWORD)
    monkeypatch.setenv("NO_PROXY", "*")
    with repository() as made:
        yield made


def publish(house: Path, there: Repository, index_url: str | None = None, dry_run: bool = False) -> None:
    publish_to_repository(house, there.url, PublishOptions(index_url=index_url, dry_run=dry_run))


def test_new_wheels_are_uploaded_with_their_metadata(
    house: Path, there: Repository, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(house, there, there.index)

    assert there.files == {name: (house / name).read_bytes() for name in (ONE, TWO)}
    assert there.fields[ONE]["name"] == "one" and there.fields[ONE]["requires_dist"] == "two"
    shown = capsys.readouterr()
    assert shown.err.splitlines() == [f"{ONE}: new", f"{TWO}: new", f"{there.url}: 2 new, 0 there already"]
    assert shown.out == ""
    assert pip_install(tmp_path / "x", "--index-url", there.index, "one") == [
        "one-1.0.dist-info", "two-2.0+cpu.dist-info",
    ]  # fmt: skip


def test_wheels_that_the_index_has_are_not_uploaded(
    house: Path, there: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    there.files[ONE] = (house / ONE).read_bytes()
    publish(house, there, there.index)

    assert there.posts == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"{there.url}: 1 new, 1 there already"


def test_other_bytes_in_the_index_are_an_error_before_anything_is_uploaded(house: Path, there: Repository) -> None:
    there.files[TWO] = b"other"

    with pytest.raises(LockError, match="so nothing is uploaded") as caught:
        publish(house, there, there.index)
    assert TWO in str(caught.value) and ONE not in str(caught.value)
    assert there.posts == 0


@pytest.mark.parametrize("answer", [(400, "File already exists"), (409, "Conflict")])
def test_a_repository_that_has_a_wheel_counts_as_there_already(
    house: Path, there: Repository, answer: tuple[int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    there.files[ONE] = b"unknown to us"
    there.exists = answer
    publish(house, there)

    assert capsys.readouterr().err.splitlines()[-1] == f"{there.url}: 1 new, 1 there already"


def test_a_refused_wheel_is_an_error_that_counts_the_others(house: Path, there: Repository) -> None:
    there.refused[TWO] = 413

    with pytest.raises(FetchError, match=r"two-2\.0\+cpu.*answered 413 Refused; 1 of 2 wheels are published"):
        publish(house, there)


def test_wrong_credentials_are_an_error_without_them(
    house: Path, there: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWINE_PASSWORD", "wr0ng")

    with pytest.raises(FetchError, match="answered 403 Forbidden; 0 of 2") as caught:
        publish(house, there)
    assert "wr0ng" not in str(caught.value)


def test_missing_credentials_are_an_error_without_a_question(
    house: Path, there: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWINE_USERNAME")
    monkeypatch.delenv("TWINE_PASSWORD")

    with pytest.raises(InputError, match=r"Set TWINE_USERNAME and TWINE_PASSWORD, or add the address to ~/\.pypirc"):
        publish(house, there)
    assert there.posts == 0


def test_credentials_come_from_pypirc(
    house: Path, there: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWINE_USERNAME")
    monkeypatch.delenv("TWINE_PASSWORD")
    (tmp_path / ".pypirc").write_text(
        f"[distutils]\nindex-servers = team\n[team]\nrepository = {there.url}\n"
        f"username = {USER}\npassword = {PASSWORD}\n"
    )
    publish(house, there)

    assert sorted(there.files) == [ONE, TWO]


def test_a_damaged_pypirc_is_an_error_without_its_text(house: Path, there: Repository, tmp_path: Path) -> None:
    (tmp_path / ".pypirc").write_text("password = s3cret")

    with pytest.raises(InputError, match=r"~/\.pypirc can't be read: MissingSectionHeaderError"):
        publish(house, there)


def test_credentials_in_the_address_are_used_and_not_shown(
    house: Path, there: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TWINE_USERNAME")
    monkeypatch.delenv("TWINE_PASSWORD")
    there.root = there.root.replace("//", f"//{USER}:{PASSWORD}@")
    publish(house, there)

    assert len(there.files) == 2
    assert PASSWORD not in capsys.readouterr().err


def test_a_dry_run_without_an_index_says_that_nothing_was_asked(
    house: Path, there: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    publish(house, there, dry_run=True)

    assert there.posts == 0
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("the repository was not asked which of these wheels it has; --index-url")


def test_a_dry_run_uploads_nothing_and_asks_only_the_index(
    house: Path, there: Repository, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("TWINE_PASSWORD")
    there.files[ONE] = (house / ONE).read_bytes()
    publish(house, there, there.index, dry_run=True)

    assert there.posts == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{ONE}: there already", f"{TWO}: would be new", f"{there.url}: 1 new, 1 there already (dry run)",
    ]  # fmt: skip


def test_an_unreachable_repository_is_an_error(house: Path, there: Repository) -> None:
    there.root = "http://127.0.0.1:9"

    with pytest.raises(FetchError, match=r"one-1\.0.*can't be reached: .*; 0 of 2 wheels are published"):
        publish(house, there)


def test_without_twine_there_is_one_error(house: Path, there: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "twine", None)

    with pytest.raises(ToolError, match=r"pip install 'fromager-gen\[publish\]'"):
        publish(house, there)


def test_a_folder_needs_no_twine() -> None:
    code = "import sys, fromager_gen.pipeline.publish; sys.exit('twine' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
