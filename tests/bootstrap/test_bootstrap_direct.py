"""Sources that a requirement names by address: an archive, or a commit of a git repository."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.version import Version
from support.indexes import VARIABLES, Place, asked, constraints, pkg_info
from support.servers import serving

from fromager_gen.errors import LockError, ResolutionError
from fromager_gen.net.http import session
from fromager_gen.resolve.candidates import Candidate
from fromager_gen.resolve.known import Known
from fromager_gen.resolve.resolution import Collection, resolve


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with serving() as server, session() as client:
        yield Place(server, client, tmp_path)


def direct(place: Place, text: str) -> Candidate:
    return place.sources().direct(asked(text)[0])


def test_the_version_comes_from_the_source(place: Place) -> None:
    url = place.sdist("a", "1", {"PKG-INFO": pkg_info("a", "7.0")})
    found = direct(place, f"a @ {url}")

    assert (found.key, found.url, found.sha256) == ("a==7.0", url, None)


def test_a_hash_in_the_address_is_checked(place: Place) -> None:
    url = place.sdist("a", "1", {})

    with pytest.raises(LockError, match="expected 000"):
        direct(place, f"a @ {url}#sha256={'0' * 64}")


def test_the_version_may_come_from_the_file_name(place: Place) -> None:
    assert direct(place, f"a @ {place.sdist('a', '3.1', {'setup.py': ''})}").version == Version("3.1")
    with pytest.raises(ResolutionError, match="a: its source does not state its version"):
        direct(place, f"a @ {place.sdist('a', 'main', {'setup.py': ''})}")


@pytest.mark.parametrize("name", ["", "..%2f..%2fx.tar.gz", "a%20b.tar.gz", "-rf.tar.gz", "%1b[31m", ".hidden"])
def test_a_hostile_file_name_in_the_address_is_an_error(place: Place, name: str) -> None:
    with pytest.raises(
        ResolutionError, match=r"a: its address .* ends in .*, which is not a valid file name"
    ) as raised:
        direct(place, f"a @ {place.server.url.replace('//', '//user:secret@')}/files/{name}")
    assert "secret" not in str(raised.value)
    assert not place.server.asked


def test_an_archive_of_another_package_is_an_error(place: Place) -> None:
    with pytest.raises(ResolutionError, match="a: the name in the source's PKG-INFO is 'other'"):
        direct(place, f"a @ {place.sdist('a', '1', {'PKG-INFO': pkg_info('other', '1')})}")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Create a git repository with the tag v1.0 and return its address."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "setup.py").touch()
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "x")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "x@example.com")
    git(folder, "init -q -b main")
    git(folder, "add .")
    git(folder, "commit -q -m x")
    git(folder, "tag v1.0")
    return f"git+file://{folder}"


def git(folder: Path, words: str) -> str:
    return subprocess.run(
        ["git", *words.split()], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(place: Place, text: str) -> None:
    """Commit a PKG-INFO to the branch."""
    folder = place.folder / "repository"
    (folder / "PKG-INFO").write_text(text)
    git(folder, "add .")
    git(folder, "commit -q -m x")


def resolved(place: Place, text: str) -> Candidate:
    """Resolve one requirement that names its source."""
    (one,) = asked(text)
    finder = place.finder()
    finder.fixed = {one.name: (place.sources().direct(one),)}
    (candidate,) = resolve(Collection((one,), constraints(), VARIABLES), finder, Known()).unread
    return candidate


def test_the_version_may_come_from_the_tag(place: Place, repository: str) -> None:
    found = resolved(place, f"my-pkg @ {repository}@v1.0")

    assert (found.key, found.url, found.filename) == ("my-pkg==1.0", f"{repository}@v1.0", "my_pkg-1.0.tar")


def test_a_source_that_cannot_be_read_is_an_error(place: Place, repository: str) -> None:
    (place.folder / "repository" / "pyproject.toml").write_text("x = [")
    commit(place, pkg_info("my-pkg", "2.0"))

    with pytest.raises(LockError, match=r"my_pkg\.tar: pyproject\.toml can't be read"):
        resolved(place, f"my-pkg @ {repository}@main")


def test_the_version_of_the_source_takes_precedence_over_the_tag(place: Place, repository: str) -> None:
    commit(place, pkg_info("my-pkg", "2.0"))

    assert resolved(place, f"my-pkg @ {repository}@main").key == "my-pkg==2.0"


def test_without_a_ref_the_current_commit_of_the_default_branch_is_used(place: Place, repository: str) -> None:
    commit(place, pkg_info("my-pkg", "2.0"))
    head = git(place.folder / "repository", "rev-parse HEAD")

    assert resolved(place, f"my-pkg @ {repository}").url == f"{repository}@{head}"


def test_the_error_for_a_source_without_version_suggests_a_tag(place: Place, repository: str) -> None:
    with pytest.raises(ResolutionError, match=r"my-pkg: its source does not state its version .*Name a tag"):
        resolved(place, f"my-pkg @ {repository}@main")


@pytest.mark.parametrize("ref", ["v9", "--upload-pack=touch evil", "refs/heads/../x"])
def test_a_missing_ref_is_an_error(place: Place, repository: str, ref: str) -> None:
    with pytest.raises(LockError, match="has no tag, branch or commit"):
        direct(place, f"my-pkg @ {repository}@{ref}".replace(" evil", "%20evil"))
    assert not list(place.folder.rglob("evil"))


def test_a_missing_repository_is_an_error(place: Place) -> None:
    with pytest.raises(LockError, match="/none: git ls-remote failed"):
        direct(place, f"my-pkg @ git+file://{place.folder}/none@v1")


def test_a_repository_of_another_package_is_an_error(place: Place, repository: str) -> None:
    commit(place, pkg_info("other", "2.0"))

    with pytest.raises(ResolutionError, match="my-pkg: the name in the source's PKG-INFO is 'other'"):
        direct(place, f"my-pkg @ {repository}@main")


def test_a_git_source_is_locked_to_its_commit(place: Place, repository: str) -> None:
    candidate = direct(place, f"my-pkg @ {repository}@v1.0")
    sources = place.sources()
    facts = sources.read([candidate], lambda item: None)

    assert facts["my-pkg==1.0"].install is None
    locked = sources.locked["my-pkg==1.0"]
    assert locked.commit == git(place.folder / "repository", "rev-parse v1.0")
    assert (locked.git, locked.prefix) == (repository.removeprefix("git+"), "my_pkg-1.0")
