"""Download the sources in a build order, and optionally wheels."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import Version

from fromager_gen.addresses import is_address, split_sha256, without_credentials
from fromager_gen.errors import FetchError, listed
from fromager_gen.files import replacing
from fromager_gen.graph import Step, read_build_order
from fromager_gen.index_file import IndexFile
from fromager_gen.interpreter import minor_version
from fromager_gen.names import BUILT_WHEELS, PREBUILT_WHEELS, SOURCE_SUFFIXES, override_name
from fromager_gen.net import Index, Workers, has_sha256, session
from fromager_gen.net import download as fetch
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.standards import sdist_filename, wheel_filename, wheel_tags
from fromager_gen.terminal import Phases, counted, say, warn


@dataclass(frozen=True, slots=True)
class _Failure:
    step: Step
    reason: str
    fatal: bool

    def __str__(self) -> str:
        return f"{self.step.name} {self.step.version}: {self.reason}"


def download(
    options: GlobalOptions,
    build_order: Path,
    index_url: str,
    threads: int,
    include_wheels: bool = False,
    ignore_missing: bool = False,
) -> None:
    """Download the files in a build order to Fromager's folders. Existing files are not downloaded again.

    Args:
        options: the options before the command.
        build_order: the build-order.json.
        index_url: index for wheels, and for sources without an address.
        threads: number of parallel downloads.
        include_wheels: whether to download pre-built wheels, and wheels that the index has.
        ignore_missing: whether a missing source is a warning and not an error.

    Raises:
        FetchError: some sources cannot be downloaded.
        WriteError: a file can't be written.
    """
    steps = read_build_order(build_order)
    options.repos.check(wheels=include_wheels)
    with session() as client, Phases() as progress:
        fetcher = _Fetcher(options, client, Index(client, index_url), progress, Workers(threads))
        progress.begin("downloading", len(steps))
        found = fetcher.workers.run(steps, lambda step: list(fetcher.fetch(step, include_wheels)))
    failures = [failure for failures in found for failure in failures]
    fatal = [failure for failure in failures if failure.fatal and not ignore_missing]
    for failure in failures:
        if failure not in fatal:
            warn(str(failure))
    if fatal:
        raise FetchError(listed(f"{build_order}: some files can't be downloaded", [str(failure) for failure in fatal]))
    missing = [failure.step for failure in failures if failure.fatal]
    there = [step for step in steps if step.has_sdist and step not in missing]
    folder = options.sdists_repo / "downloads"
    say(f"{folder}: {counted(len(there), 'source')} of {counted(len(steps), 'package')}")


@dataclass(frozen=True)
class _Fetcher:
    """Downloads the files of steps."""

    options: GlobalOptions
    client: requests.Session
    index: Index
    progress: Phases
    workers: Workers

    def fetch(self, step: Step, include_wheels: bool) -> Iterator[_Failure]:
        """Download the files of a step, and yield failures."""
        for action, fatal in self._actions(step, include_wheels):
            try:
                action(step)
            except FetchError as err:
                yield _Failure(step, str(err), fatal)
            self.workers.check()
        self.progress.done(step.name)

    def _actions(self, step: Step, include_wheels: bool) -> Iterator[tuple[Callable[[Step], None], bool]]:
        """Yield the downloads of a step, each with whether it must succeed."""
        if step.prebuilt:
            if include_wheels:
                yield self._prebuilt, True
            return
        if step.has_sdist:
            yield self._sdist, True
        if include_wheels:
            yield self._wheel, False

    def _sdist(self, step: Step) -> None:
        found = IndexFile(step.source_url, None, None) if step.source_url else self._on_index(step, _is_sdist)
        filename = _filename(found.url)
        suffix = next((suffix for suffix in SOURCE_SUFFIXES if filename.endswith(suffix)), SOURCE_SUFFIXES[0])
        name = f"{override_name(step.name)}-{step.version}{suffix}"
        self._save(found, self.options.sdists_repo / "downloads" / name)

    def _prebuilt(self, step: Step) -> None:
        found = IndexFile(step.source_url, None, None) if step.source_url else self._on_index(step, self._rank)
        self._save(found, self.options.wheels_repo / PREBUILT_WHEELS / _wheel_name(step, found.url), "file")

    def _wheel(self, step: Step) -> None:
        found = self._on_index(step, self._rank)
        self._save(found, self.options.wheels_repo / BUILT_WHEELS / _wheel_name(step, found.url))

    def _on_index(self, step: Step, rank: Callable[[Step, str], int | None]) -> IndexFile:
        """Return the file on the index with the lowest rank. A rank of None excludes a file."""
        files = self.index.files(step.name)
        ranked = {name: place for name in files if (place := rank(step, name)) is not None}
        if not ranked:
            kind = "source" if rank is _is_sdist else f"wheel for Python {self.options.python} on this machine"
            raise FetchError(f"the index {without_credentials(self.index.url)} has no {kind} of this version")
        return files[min(ranked, key=lambda name: (ranked[name], name))]

    def _rank(self, step: Step, name: str) -> int | None:
        """Return the rank of a wheel's best tag, lower is better, or None if the wheel does not fit."""
        try:
            project, version, _, tags = wheel_filename(name)
        except InvalidWheelFilename:
            return None
        if (project, version) != (step.name, Version(step.version)):
            return None
        ranks = wheel_tags(minor_version(self.options.python))
        return min((-ranks[tag] for tag in tags if tag in ranks), default=None)

    def _save(self, file: IndexFile, path: Path, *schemes: str) -> None:
        """Download a file, unless it exists with the hash that the index states. The file is written atomically.

        A wheel in the local `wheels-repo` has an address with the scheme `file`.
        """
        url, stated = split_sha256(file.url)
        sha256 = file.sha256 or stated
        if path.exists() and (sha256 is None or has_sha256(path, sha256)):
            return
        if not is_address(file.url, "http", "https", *schemes):
            raise FetchError(f"{without_credentials(file.url)!r} is not an http or https address")
        with replacing(path) as temporary:
            fetch(self.client, url, temporary, sha256, self._read)

    def _read(self, size: int) -> None:
        self.workers.check()
        self.progress.read(size)


def _is_sdist(step: Step, name: str) -> int | None:
    try:
        return 0 if sdist_filename(name) == (step.name, Version(step.version)) else None
    except InvalidSdistFilename:
        return None


def _filename(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _wheel_name(step: Step, url: str) -> str:
    """Return a wheel's file name.

    Raises:
        FetchError: the address does not end in the file name of a wheel of this package and version.
    """
    name = _filename(url)
    try:
        project, version, _, _ = wheel_filename(name)
    except InvalidWheelFilename as err:
        raise FetchError(f"{without_credentials(url)} is not a wheel: {err}") from err
    if (project, version) != (step.name, Version(step.version)) or "/" in name or not name.isprintable():
        raise FetchError(f"{without_credentials(url)} is not a wheel of this package and version")
    return name
