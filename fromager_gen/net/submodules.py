"""The submodules of a commit: https://git-scm.com/docs/gitmodules."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from fromager_gen.addresses import is_address
from fromager_gen.errors import FetchError
from fromager_gen.net.git import run_git

_PATH = re.compile(r"[A-Za-z0-9._+@/-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MOST = 500
_GITMODULES = ".gitmodules"
# The mode of a submodule in a commit.
_LINK = "160000"
_SCP = re.compile(r"([A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!/)(.+)")


class Submodule(NamedTuple):
    """One submodule."""

    path: str
    """Its folder, relative to the top-level folder of the repository that was asked for."""
    remote: str
    commit: str


def find_submodules(remote: str, commit: str, paths: Sequence[str] = ()) -> list[Submodule]:
    """Return the submodules of a commit and their own submodules, outer ones first.

    Args:
        remote: address of the repository.
        commit: the commit.
        paths: folders of the submodules that are wanted, with those in them; all by default.

    Raises:
        FetchError: a repository can't be reached, or a submodule has no address, or an address that is not allowed.
    """
    found: list[Submodule] = []
    todo = [Submodule("", remote, commit)]
    while todo:
        outer = todo.pop(0)
        inner = [
            one._replace(path=f"{outer.path}/{one.path}".lstrip("/")) for one in _submodules(outer.remote, outer.commit)
        ]
        if not outer.path and paths:
            inner = _wanted(remote, inner, paths)
        found += inner
        if len(found) > _MOST:
            raise FetchError(f"{remote}: the commit has more than {_MOST} submodules")
        todo += inner
    return found


def _wanted(remote: str, found: list[Submodule], paths: Sequence[str]) -> list[Submodule]:
    wanted = {str(PurePosixPath(path)) for path in paths}
    missing = sorted(wanted - {one.path for one in found})
    if missing:
        raise FetchError(f"{remote}: the commit has no submodule {missing[0]!r}, which `submodule_paths` names")
    return [one for one in found if one.path in wanted]


def _submodules(remote: str, commit: str) -> Iterator[Submodule]:
    """Yield the submodules of one commit."""
    with tempfile.TemporaryDirectory() as folder:
        run_git(remote, ["init", "--quiet", "--bare", folder])
        run_git(remote, ["fetch", "--quiet", "--depth=1", "--", remote, commit], folder)
        entries = _entries(run_git(remote, ["ls-tree", "-r", "-z", "--full-tree", commit], folder))
        links = {path: sha for path, (mode, sha) in entries.items() if mode == _LINK}
        if not links or _GITMODULES not in entries:
            return
        listed = ["config", "--blob", f"{commit}:{_GITMODULES}", "--null", "--list"]
        addresses = _addresses(run_git(remote, listed, folder))
    for path, sha in sorted(links.items()):
        if not _PATH.fullmatch(path) or ".." in path.split("/") or not _COMMIT.fullmatch(sha):
            raise FetchError(f"{remote}: the path {path!r} of a submodule has characters that are not supported")
        if path not in addresses:
            raise FetchError(f"{remote}: .gitmodules has no address for the submodule {path}")
        yield Submodule(path, _absolute(remote, path, addresses[path]), sha)


def _entries(text: str) -> dict[str, tuple[str, str]]:
    """Return mode and hash of each file in a commit by path, from the output of `git ls-tree -z`."""
    found = {}
    for row in text.split("\0"):
        head, tab, path = row.partition("\t")
        if tab:
            mode, _, sha = head.split(" ")
            found[path] = mode, sha
    return found


def _addresses(text: str) -> dict[str, str]:
    """Return the addresses of submodules by path, from the output of `git config --null --list`."""
    values = dict(row.split("\n", 1) for row in text.split("\0") if "\n" in row)
    found = {}
    for key, path in values.items():
        if key.startswith("submodule.") and key.endswith(".path"):
            address = values.get(f"{key.removesuffix('.path')}.url")
            if address:
                found[path] = address
    return found


def _absolute(remote: str, path: str, address: str) -> str:
    """Return the address of a submodule. It may be relative to that of the repository.

    A repository on this machine can only be named by another one on this machine: otherwise a source could copy any of
    them into its build.
    """
    if address.startswith(("./", "../")):
        parts = urlsplit(remote)
        place = parts.path.rstrip("/")
        while address.startswith(("./", "../")):
            place = place.rpartition("/")[0] if address.startswith("../") else place
            address = address.partition("/")[2]
        address = parts._replace(path=f"{place}/{address}").geturl()
    elif scp := _SCP.fullmatch(address):
        address = f"ssh://{scp[1] or ''}{scp[2]}/{scp[3]}"
    allowed = ("https", "http", "ssh", *(("file",) if remote.startswith("file:") else ()))
    if not is_address(address, *allowed) or urlsplit(address).password:
        raise FetchError(f"{remote}: the address {address[:200]!r} of the submodule {path} is not supported")
    return address
