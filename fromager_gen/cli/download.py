"""``download-sequence``: the sources, and perhaps the wheels, of a build order."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import requests
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import Version

from fromager_gen.addresses import is_address, split_sha256, without_credentials
from fromager_gen.cli.messages import warn
from fromager_gen.cli.options import FILE, Settings, index_address
from fromager_gen.cli.output import counted, packages
from fromager_gen.cli.prepare import repos_of
from fromager_gen.cli.progress import Phases
from fromager_gen.errors import LockError, listed
from fromager_gen.graph.order import Step, read_build_order
from fromager_gen.interpreter import minor_version
from fromager_gen.lock.http import download, has_sha256, session
from fromager_gen.lock.index import Index
from fromager_gen.lock.index_file import IndexFile
from fromager_gen.lock.workers import Workers
from fromager_gen.names import ARCHIVE_SUFFIXES, BUILT_WHEELS, PREBUILT_WHEELS, override_name
from fromager_gen.standards import sdist_filename, wheel_filename, wheel_tags


@dataclass(frozen=True, slots=True)
class _Failure:
    step: Step
    reason: str
    fatal: bool

    def __str__(self) -> str:
        return f"{self.step.name} {self.step.version}: {self.reason}"


@click.command("download-sequence")
@click.argument("build_order_file", metavar="BUILD_ORDER", type=FILE)
@click.argument("sdist_server_url", callback=index_address)
@click.option("-w", "--include-wheels", is_flag=True, help="Also pre-built wheels, and those that the index has.")
@click.option("--ignore-missing-sdists", is_flag=True, help="A source that can't be had is a warning, no error.")
@click.option(
    "--num-threads", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="one for each core",
    help="Files fetched at a time.",
)  # fmt: skip
@click.pass_obj
def download_sequence(
    settings: Settings,
    /,
    build_order_file: Path,
    sdist_server_url: str,
    include_wheels: bool,
    ignore_missing_sdists: bool,
    num_threads: int,
) -> None:
    """Fetch the source of every package of BUILD_ORDER that comes from an index.

    Where BUILD_ORDER has no address, and for wheels, the index at SDIST_SERVER_URL is asked. What is there already
    is not fetched again.
    """
    steps = read_build_order(build_order_file)
    repos_of(settings).check(wheels=include_wheels)
    with session() as client, Phases() as progress:
        fetcher = _Fetcher(settings, client, Index(client, sdist_server_url), progress, Workers(num_threads))
        progress.begin("downloading", len(steps))
        found = fetcher.workers.run(steps, lambda step: list(fetcher.fetch(step, include_wheels)))
    failures = [failure for failures in found for failure in failures]
    fatal = [failure for failure in failures if failure.fatal and not ignore_missing_sdists]
    for failure in failures:
        if failure not in fatal:
            warn(str(failure))
    if fatal:
        raise LockError(listed(f"{build_order_file}: not all can be had", [str(failure) for failure in fatal]))
    missing = [failure.step for failure in failures if failure.fatal]
    there = [step for step in steps if step.has_sdist and step not in missing]
    folder = settings.sdists_repo / "downloads"
    click.echo(f"{folder}: {counted(len(there), 'source')} of {packages(len(steps))}", err=True)


@dataclass(frozen=True)
class _Fetcher:
    """Fetches what belongs to one step after another."""

    settings: Settings
    client: requests.Session
    index: Index
    progress: Phases
    workers: Workers

    def fetch(self, step: Step, include_wheels: bool) -> Iterator[_Failure]:
        """Fetch a step's files and yield what could not be had."""
        for action, fatal in self._actions(step, include_wheels):
            try:
                action(step)
            except LockError as err:
                yield _Failure(step, str(err), fatal)
            self.workers.check()
        self.progress.done(step.name)

    def _actions(self, step: Step, include_wheels: bool) -> Iterator[tuple[Callable[[Step], None], bool]]:
        """Yield what is to be done for a step, and whether it must succeed."""
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
        suffix = next((suffix for suffix in ARCHIVE_SUFFIXES if _filename(found.url).endswith(suffix)), ".tar.gz")
        name = f"{override_name(step.name)}-{step.version}{suffix}"
        self._save(found, self.settings.sdists_repo / "downloads" / name)

    def _prebuilt(self, step: Step) -> None:
        found = IndexFile(step.source_url, None, None) if step.source_url else self._on_index(step, self._rank)
        self._save(found, self.settings.wheels_repo / PREBUILT_WHEELS / _wheel_name(step, found.url), "file")

    def _wheel(self, step: Step) -> None:
        found = self._on_index(step, self._rank)
        self._save(found, self.settings.wheels_repo / BUILT_WHEELS / _wheel_name(step, found.url))

    def _on_index(self, step: Step, rank: Callable[[Step, str], int | None]) -> IndexFile:
        """Return the file of the index that ranks lowest; None is none of this version."""
        files = self.index.files(step.name)
        ranked = {name: place for name in files if (place := rank(step, name)) is not None}
        if not ranked:
            kind = "source" if rank is _is_sdist else f"wheel for Python {self.settings.python} on this machine"
            raise LockError(f"the index {without_credentials(self.index.url)} has no {kind} of this version")
        return files[min(ranked, key=lambda name: (ranked[name], name))]

    def _rank(self, step: Step, name: str) -> int | None:
        """Return how well a wheel suits, 0 best."""
        try:
            project, version, _, tags = wheel_filename(name)
        except InvalidWheelFilename:
            return None
        if (project, version) != (step.name, Version(step.version)):
            return None
        ranks = wheel_tags(minor_version(self.settings.python))
        return min((-ranks[tag] for tag in tags if tag in ranks), default=None)

    def _save(self, file: IndexFile, path: Path, *schemes: str) -> None:
        """Fetch a file unless it is there, as the index states it; it gets its name once it is whole.

        A wheel of the local `wheels-repo` has an address with the scheme `file`.
        """
        url, stated = split_sha256(file.url)
        sha256 = file.sha256 or stated
        if path.exists() and (sha256 is None or has_sha256(path, sha256)):
            return
        if not is_address(file.url, "http", "https", *schemes):
            raise LockError(f"{without_credentials(file.url)!r} is no http or https address")
        temporary = path.with_name(f".{path.name}.{os.getpid()}.{id(file)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            download(self.client, url, temporary, sha256, self._read)
            os.replace(temporary, path)
        except OSError as err:
            with suppress(OSError):
                temporary.unlink()
            raise LockError(f"{path} can't be written: {err.strerror}") from err

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
        LockError: the address ends in none, or in that of another package or version.
    """
    name = _filename(url)
    try:
        project, version, _, _ = wheel_filename(name)
    except InvalidWheelFilename as err:
        raise LockError(f"{without_credentials(url)} is no wheel: {err}") from err
    if (project, version) != (step.name, Version(step.version)) or "/" in name or not name.isprintable():
        raise LockError(f"{without_credentials(url)} is no wheel of this package and version")
    return name
