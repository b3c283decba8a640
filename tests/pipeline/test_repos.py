"""Copying built files to Fromager's folders: complete, once, and listed in the index."""

import hashlib
import os
from pathlib import Path

import pytest
from support.samples import files_of_at_most

from fromager_gen.errors import WriteError
from fromager_gen.files import copy
from fromager_gen.pipeline.repos import Repos

NAME = "my_pkg-1.0-0-py3-none-any.whl"
NONE: frozenset[str] = frozenset()


@pytest.fixture
def repos(tmp_path: Path) -> Repos:
    return Repos(tmp_path / "wheels-repo", tmp_path / "sdists-repo")


def built(folder: Path, name: str = NAME, data: bytes = b"wheel") -> Path:
    """Create a read-only file, as Bazel does, and return it."""
    path = folder / "bazel-out" / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    path.chmod(0o444)
    return path


def page(repos: Repos, project: str = "my-pkg") -> list[str]:
    return [row for row in (repos.simple / project / "index.html").read_text().splitlines() if row.startswith("<a")]


def test_wheels_are_copied_and_listed(repos: Repos, tmp_path: Path) -> None:
    other = built(tmp_path, "other-2.0-py3-none-any.whl", b"other")
    copied = repos.add_wheels([built(tmp_path), other], frozenset({"other"}))

    assert copied == [repos.wheels / "downloads" / NAME, repos.wheels / "prebuilt" / other.name]
    link = repos.simple / "my-pkg" / NAME
    assert (os.readlink(link), link.read_bytes()) == (f"../../downloads/{NAME}", b"wheel")
    assert (repos.simple / "other" / other.name).read_bytes() == b"other"
    sha256 = hashlib.sha256(b"wheel").hexdigest()
    assert page(repos) == [f'<a href="{NAME}#sha256={sha256}">{NAME}</a><br>']


def test_copy_is_writable_and_replaceable(repos: Repos, tmp_path: Path) -> None:
    (copied,) = repos.add_wheels([built(tmp_path)], NONE)
    assert copied.stat().st_mode & 0o200

    repos.add_wheels([built(tmp_path, data=b"newer")], NONE)
    assert copied.read_bytes() == b"newer"
    assert hashlib.sha256(b"newer").hexdigest() in page(repos)[0]
    assert [path.name for path in copied.parent.iterdir()] == [NAME]


def test_identical_file_is_not_written_again(repos: Repos, tmp_path: Path) -> None:
    (copied,) = repos.add_wheels([built(tmp_path)], NONE)
    before = copied.stat()
    repos.add_wheels([built(tmp_path)], NONE)
    after = copied.stat()

    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_page_lists_all_existing_wheels(repos: Repos, tmp_path: Path) -> None:
    names = ["my_pkg-2.0-py3-none-any.whl", "My.Pkg-1.0-py3-none-any.whl", "my_pkg-1.5-py3-none-any.whl"]
    copied = repos.add_wheels([built(tmp_path, name) for name in names], NONE)
    copied[2].unlink()
    repos.add_wheels([built(tmp_path)], NONE)

    assert [row.partition("#")[0] for row in page(repos)] == [
        f'<a href="{name}' for name in sorted([names[0], names[1], NAME])
    ]


def test_package_built_after_being_prebuilt_is_listed_once(repos: Repos, tmp_path: Path) -> None:
    repos.add_wheels([built(tmp_path, data=b"published")], frozenset({"my-pkg"}))
    repos.add_wheels([built(tmp_path, data=b"own")], NONE)

    assert (repos.simple / "my-pkg" / NAME).read_bytes() == b"own"
    assert len(page(repos)) == 1


def test_names_are_escaped_for_html(repos: Repos, tmp_path: Path) -> None:
    repos.add_wheels([built(tmp_path, "my_pkg-1.0+a&b-py3-none-any.whl")], NONE)

    (row,) = page(repos)
    assert '"my_pkg-1.0%2Ba%26b-py3-none-any.whl#sha256=' in row
    assert row.endswith(">my_pkg-1.0+a&amp;b-py3-none-any.whl</a><br>")


def test_has_compares_wheels_by_content(repos: Repos, tmp_path: Path) -> None:
    wheel = built(tmp_path)
    assert not repos.has(wheel, False)
    repos.add_wheels([wheel], NONE)

    assert repos.has(wheel, False)
    assert not repos.has(wheel, True)
    other, copied = built(tmp_path, data=b"whee1"), (repos.wheels / "downloads" / NAME).stat()
    os.utime(other, ns=(copied.st_atime_ns, copied.st_mtime_ns))
    other.chmod(copied.st_mode)
    assert not repos.has(other, False)


def test_sdists_have_separate_folders(repos: Repos, tmp_path: Path) -> None:
    path = built(tmp_path, "my_pkg-1.0.tar.gz")

    assert repos.add_sdists([path], "downloads") == [repos.sdists / "downloads" / path.name]
    assert repos.add_sdists([path], "builds") == [repos.sdists / "builds" / path.name]
    assert repos.add_sdists([], "builds") == []


def test_error_names_the_folder_of_wheels_that_cannot_be_created(repos: Repos, tmp_path: Path) -> None:
    repos.wheels.mkdir()
    (repos.wheels / "downloads").write_text("a file in the way")

    with pytest.raises(WriteError, match=rf"{repos.wheels}/downloads can't be created: "):
        repos.add_wheels([built(tmp_path)], NONE)


def test_error_names_the_index_that_cannot_be_created(repos: Repos, tmp_path: Path) -> None:
    repos.wheels.mkdir()
    repos.simple.write_text("a file in the way")

    with pytest.raises(WriteError, match=rf"{repos.simple} can't be created: "):
        repos.add_wheels([built(tmp_path)], NONE)


def test_unreadable_source_leaves_no_copy(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"target can't be written: No such file"):
        copy(tmp_path / "none", tmp_path / "folder" / "target")
    assert list((tmp_path / "folder").iterdir()) == []


def test_listed_wheel_is_not_written_again(repos: Repos, tmp_path: Path) -> None:
    repos.add_wheels([built(tmp_path)], NONE)
    places = [repos.simple / "my-pkg" / name for name in (NAME, "index.html")]
    before = [path.lstat() for path in places]
    repos.add_wheels([built(tmp_path)], NONE)

    assert [path.lstat().st_ino for path in places] == [status.st_ino for status in before]


def test_link_with_other_target_is_replaced(repos: Repos, tmp_path: Path) -> None:
    link = repos.simple / "my-pkg" / NAME
    link.parent.mkdir(parents=True)
    link.symlink_to("gone")
    repos.add_wheels([built(tmp_path)], NONE)

    assert link.read_bytes() == b"wheel"
    assert sorted(path.name for path in link.parent.iterdir()) == ["index.html", NAME]


def test_check_finds_unwritable_folder(repos: Repos, tmp_path: Path) -> None:
    repos.check()
    assert not list(tmp_path.iterdir())

    (tmp_path / "file").touch()
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "simple").symlink_to("gone")
    for wheels, sdists, what in (("file", "s", "file"), ("v", "file/deep", "file"), ("w", "s", "w/simple")):
        with pytest.raises(WriteError, match=rf"can't be created: {tmp_path}/{what} is not a folder"):
            Repos(tmp_path / wheels, tmp_path / sdists).check()

    # Not even root, who can ignore permissions, can write there.
    with pytest.raises(WriteError, match=r"/proc/none/downloads can't be written: no file can be created in /proc: "):
        Repos(Path("/proc/none"), repos.sdists).check()


def test_full_disk_during_a_copy_is_an_error(repos: Repos, tmp_path: Path) -> None:
    repos.add_wheels([built(tmp_path, data=b"older")], NONE)
    large, says = built(tmp_path, data=bytes(2000)), rf"downloads/{NAME} can't be written: File too large"
    with files_of_at_most(1000), pytest.raises(WriteError, match=says):
        repos.add_wheels([large], NONE)

    (kept,) = repos.wheel_downloads.iterdir()
    assert kept.read_bytes() == b"older"


def test_all_folders_of_fromager_are_created_with_the_first_wheel(repos: Repos, tmp_path: Path) -> None:
    repos.add_wheels([built(tmp_path)], NONE)

    assert sorted(path.name for path in repos.wheels.iterdir()) == ["build", "downloads", "prebuilt", "simple"]
    assert repos.add_fresh(built(tmp_path)) == repos.wheels / "build" / NAME
