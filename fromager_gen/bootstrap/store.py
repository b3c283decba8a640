"""Fetch published sources once, and read their facts."""

import contextlib
import hashlib
import logging
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import requests
from packaging.utils import InvalidSdistFilename
from packaging.version import InvalidVersion, Version

from fromager_gen.addresses import split_sha256, without_credentials
from fromager_gen.errors import ResolutionError, WriteError, about
from fromager_gen.files import replacing, write_text
from fromager_gen.lock import LockedFile, downloaded, git_address, lock_archive, lock_commit
from fromager_gen.names import is_file_name, override_name
from fromager_gen.net import Workers, download, has_sha256, resolve_commit, write_archive
from fromager_gen.overrides import Overrides
from fromager_gen.plugins import SourcePlugins
from fromager_gen.resolve import Asked, Candidate
from fromager_gen.source import Facts, facts_of_source, from_json, install_of_metadata
from fromager_gen.standards import sdist_filename, version
from fromager_gen.wheel_index import DAMAGES

_log = logging.getLogger(__name__)
# Increased when the facts, or the way to read them, change.
_FACTS_VERSION = 5
T = TypeVar("T")
_LARGEST_METADATA = 8 << 20


@dataclass
class SourceStore:
    """Fetches sources into one folder and reads them; facts are cached by the file's hash."""

    client: requests.Session
    folder: Path
    cache: Path
    overrides: Overrides
    locked: dict[str, LockedFile] = field(default_factory=dict)
    """Fetched files, by the graph's key."""
    records: bool = False
    """Whether the hashes of files are recorded for which the index states none."""
    plugins: SourcePlugins | None = None
    """Plugins that download sources."""
    _workers: Workers = field(default_factory=Workers)

    def read(self, candidates: Sequence[Candidate], done: Callable[[str], None]) -> dict[str, Facts]:
        """Return the facts of published candidates, by the graph's key; files are fetched in parallel.

        Args:
            candidates: the candidates to read.
            done: called with each finished candidate.

        Raises:
            FetchError: a file can't be downloaded.
            LockError: its hash differs from that of the index.
            ResolutionError: a source contradicts the index.
        """
        return self._each(candidates, self._facts, done)

    def fetch(self, candidates: Sequence[Candidate], done: Callable[[str], None]) -> None:
        """Fetch candidates without reading them, because their facts may change with patches.

        Raises:
            FetchError: a file can't be downloaded.
            LockError: its hash differs from that of the index.
        """
        self._each(candidates, self._fetched, done)

    def _each(
        self, candidates: Sequence[Candidate], work: Callable[[Candidate], T], done: Callable[[str], None]
    ) -> dict[str, T]:
        def one(candidate: Candidate) -> T:
            with about(candidate.key):
                made = work(candidate)
            done(str(candidate))
            return made

        made = self._workers.run(candidates, one)
        return {candidate.key: each for candidate, each in zip(candidates, made, strict=True)}

    def direct(self, asked: Asked) -> Candidate:
        """Return the candidate of a requirement that names its source by address, with the version of the source.

        Raises:
            ResolutionError: the source does not state its version.
        """
        url = str(asked.requirement.url)
        if not url.startswith("git+"):
            return self._direct_archive(asked.name, url)
        remote, ref = _git_parts(url)
        commit = resolve_commit(remote, ref or "HEAD")
        ref = ref or commit
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, f"{override_name(asked.name)}.tar")
            write_archive(remote, commit, override_name(asked.name), archive)
            facts = facts_of_source(archive, asked.name, None, self._build_dir(asked.name))
        version = self._stated_version(asked.name, facts, ref)
        filename = f"{override_name(asked.name)}-{version}.tar"
        return Candidate(asked.name, version, f"git+{remote}@{ref}", filename, direct=url)

    def _direct_archive(self, name: str, url: str) -> Candidate:
        address, sha256 = split_sha256(url)
        filename = unquote(urlsplit(address).path.rpartition("/")[2])
        if not is_file_name(filename):
            raise ResolutionError(
                f"{name}: its address {_plain(url)} ends in {filename[:80]!r}, which is not a valid file name"
            )
        # Forges name an archive only by its tag; archives of two packages must not get the same name.
        own = filename.lower().replace("-", "_").startswith(override_name(name))
        stored = filename if own else f"{override_name(name)}-{filename}"
        probe = Candidate(name, Version("0"), address, stored, sha256)
        facts = facts_of_source(self._fetched(probe), name, None, self._build_dir(name))
        stem = ""
        with contextlib.suppress(InvalidSdistFilename):
            stem = str(sdist_filename(filename)[1])
        return replace(probe, version=self._stated_version(name, facts, stem), url=url, direct=url)

    def _stated_version(self, name: str, facts: Facts, hint: str) -> Version:
        for text in (facts.version, hint.removeprefix("v")):
            with contextlib.suppress(InvalidVersion):
                return version(text)
        raise ResolutionError(
            f"{name}: its source does not state its version in pyproject.toml or PKG-INFO. Name a tag that is a "
            "version, such as NAME @ git+https://...@v1.2.3"
        )

    def _build_dir(self, name: str, version: Version | None = None) -> str:
        return self.overrides.settings(name, None if version is None else str(version)).build_dir

    def _facts(self, candidate: Candidate) -> Facts:
        if candidate.url.startswith("git+"):
            return self._git_facts(candidate)
        kept = self._kept(candidate) if not self._is_downloaded_by_plugin(candidate) else None
        if kept is not None and candidate.sha256 is not None:
            self._lock(candidate, candidate.size)
            return kept
        path = self._fetched(candidate)
        if candidate.pre_built:
            try:
                install = install_of_metadata(wheel_metadata(path), candidate.name, str(candidate.version))
            except ResolutionError as err:
                raise ResolutionError(f"the wheel {_plain(candidate.url)} can't be used: {err}") from err
            facts = Facts((), install, "", str(candidate.version))
        else:
            facts = facts_of_source(
                path, candidate.name, str(candidate.version), self._build_dir(candidate.name, candidate.version)
            )
        self._keep(candidate, facts)
        return facts

    def _git_facts(self, candidate: Candidate) -> Facts:
        remote, ref = _git_parts(candidate.url)
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder, candidate.filename)
            self.locked[candidate.key] = lock_archive(remote, resolve_commit(remote, ref), archive)
            return facts_of_source(
                archive, candidate.name, str(candidate.version), self._build_dir(candidate.name, candidate.version)
            )

    def _lock(self, candidate: Candidate, size: int | None) -> None:
        if candidate.sha256 is not None:
            file = LockedFile(candidate.filename, candidate.sha256, size, url=_plain(candidate.url))
            self.locked[candidate.key] = file

    def _fetched(self, candidate: Candidate) -> Path:
        """Return the file, fetched unless an earlier run fetched it; a git source is only locked."""
        if candidate.url.startswith("git+"):
            self.locked[candidate.key] = lock_commit(*_git_parts(candidate.url), candidate.filename)
            return self.folder
        own = self._of_plugin(candidate)
        if own is not None:
            return own
        path = self.folder / candidate.filename
        if candidate.sha256 is None or not has_sha256(path, candidate.sha256):
            url = _plain(candidate.url)
            try:
                with replacing(path) as part:
                    fetched = download(self.client, url, part, candidate.sha256, lambda _: self._workers.check())
            except WriteError as err:
                raise WriteError(f"{candidate}: {err}") from err
            source = self.overrides.settings(candidate.name).source
            if self.records or candidate.is_listed or (source is not None and source.records_hash):
                candidate = replace(candidate, sha256=fetched.sha256)
        self._lock(candidate, path.stat().st_size)
        return path

    def _is_downloaded_by_plugin(self, candidate: Candidate) -> bool:
        return not candidate.pre_built and self.overrides.plugins.has(candidate.name, "download_source")

    def _of_plugin(self, candidate: Candidate) -> Path | None:
        """Return the source that a plugin downloads, or None. Other machines can't fetch it, they need the plugin."""
        if self.plugins is None or not self._is_downloaded_by_plugin(candidate):
            return None
        url = _plain(candidate.url)
        made = self.plugins.download(candidate.name, str(candidate.version), url, self.plugins.downloads)
        if made is None:
            return None
        self.locked[candidate.key] = downloaded(made, candidate.url, candidate.sha256)
        return made

    def _kept(self, candidate: Candidate) -> Facts | None:
        try:
            return from_json(self._place(candidate).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as err:
            _log.debug("%s: the facts that were kept can't be read: %s", candidate, err)
            return None

    def _keep(self, candidate: Candidate, facts: Facts) -> None:
        if candidate.sha256 is None:
            return
        try:
            write_text(self._place(candidate), facts.to_json())
        except WriteError as err:
            _log.debug("%s: its facts can't be cached: %s", candidate, err)

    def _place(self, candidate: Candidate) -> Path:
        """Return the path of cached facts, which depend on the file, its build_dir, and the expected version."""
        parts = (
            _FACTS_VERSION,
            candidate.sha256 or "",
            self._build_dir(candidate.name, candidate.version),
            candidate.key,
        )
        return self.cache / f"{hashlib.sha256(repr(parts).encode()).hexdigest()}.json"


def _plain(url: str) -> str:
    return without_credentials(url.partition("#")[0])


def _git_parts(url: str) -> tuple[str, str]:
    remote, ref = git_address(url)
    return remote.geturl(), ref or ""


def wheel_metadata(path: Path) -> bytes:
    """Return a wheel's METADATA.

    Raises:
        ResolutionError: the file is not a wheel.
    """
    try:
        with zipfile.ZipFile(path) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA") and name.count("/") == 1]
            if len(names) != 1 or wheel.getinfo(names[0]).file_size > _LARGEST_METADATA:
                raise ResolutionError(
                    f"{path.name} is not a valid wheel: it has {len(names)} METADATA files, or one that is too large"
                )
            return wheel.read(names[0])
    except DAMAGES as err:
        raise ResolutionError(f"{path.name} is not a valid wheel: {err}") from err
