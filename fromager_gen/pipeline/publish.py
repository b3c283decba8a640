"""Publish wheels: copy them to a folder with an index, or upload them to a repository."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import InvalidWheelFilename

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import InputError, LockError, WriteError, listed
from fromager_gen.files import alone, check_writable, copy, same, sha256_of, write_bytes
from fromager_gen.names import is_file_name
from fromager_gen.net import Index, NoSuchProjectError, session
from fromager_gen.pipeline.upload import Uploader
from fromager_gen.standards import wheel_filename
from fromager_gen.terminal import say, warn
from fromager_gen.wheel_index import FOLDER, METADATA_SUFFIX, describe_with_metadata, metadata_files, problem_of, site


@dataclass(frozen=True)
class PublishOptions:
    """How wheels are published."""

    replace: bool = False
    """Whether wheels in a folder are replaced by wheels of the same name with other bytes."""
    dry_run: bool = False
    index_url: str | None = None
    """Index of the repository that receives an upload, to ask which files it has."""


@dataclass
class _Count:
    """The published wheels, each of which is reported in a line."""

    dry_run: bool
    new: int = 0
    there: int = 0

    def add(self, wheel: Path, is_new: bool) -> None:
        if is_new:
            self.new += 1
            say(f"{wheel.name}: {'would be new' if self.dry_run else 'new'}")
        else:
            self.there += 1
            say(f"{wheel.name}: there already")

    def end(self, place: str) -> None:
        say(f"{place}: {self.new} new, {self.there} there already{' (dry run)' if self.dry_run else ''}")


def wheels_in(folder: Path) -> list[Path]:
    """Return the wheels in a folder. Each is read and compared with its name and its RECORD.

    Raises:
        InputError: there are none, or some are damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; build it first, or name the folder with the wheels")
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise InputError(f"{folder} contains no wheels; a wheelhouse, or `downloads` of a wheels-repo, has them")
    problems = [problem for wheel in wheels if (problem := _problem(wheel)) is not None]
    if problems:
        raise InputError(listed(f"{folder}: nothing is published", problems))
    return wheels


def _problem(wheel: Path) -> str | None:
    try:
        return _problem_of_name(wheel.name) or problem_of(wheel)
    except OSError as err:
        return f"{wheel.name} can't be read: {err.strerror}"


def _problem_of_name(name: str) -> str | None:
    try:
        wheel_filename(name)
    except InvalidWheelFilename as err:
        return f"{name!r}: {err}"
    return None if is_file_name(name) else f"{name!r} is not a safe file name"


def publish_to_folder(source: Path, folder: Path, options: PublishOptions) -> None:
    """Copy the wheels that a folder does not have, and write the index of all wheels in it again.

    A file is written completely or not at all. Another run that writes to the folder ends first.

    Raises:
        InputError: there are no wheels, or some are damaged.
        LockError: the folder has a wheel of the same name with other bytes. Nothing is changed then.
        WriteError: a file can't be written.
    """
    wheels = wheels_in(source)
    count = _Count(options.dry_run)
    if options.dry_run:
        new = _new_in(folder, wheels, options)
        for wheel in wheels:
            count.add(wheel, wheel in new)
    else:
        check_writable(folder)
        with alone(folder, lambda: say(f"waiting for another run that publishes to {folder}")):
            new = _new_in(folder, wheels, options)
            for wheel in wheels:
                copy(wheel, folder / wheel.name)
                count.add(wheel, wheel in new)
            _write_index(folder)
    count.end(str(folder))


def _new_in(folder: Path, wheels: Sequence[Path], options: PublishOptions) -> set[Path]:
    """Return the wheels that a folder does not have.

    Raises:
        LockError: the folder has other bytes of a wheel, and they must not be replaced.
    """
    new = {wheel for wheel in wheels if not same(wheel, folder / wheel.name)}
    others = [wheel.name for wheel in sorted(new) if (folder / wheel.name).exists()]
    if others and not options.replace:
        raise LockError(
            listed(f"{folder} has wheels of the same name with other bytes, so nothing is changed", others)
            + "\nGive the new wheels another version or build tag, or use --replace"
        )
    return new


def _write_index(folder: Path) -> None:
    """Write the pages of all wheels in a folder, and remove pages of projects that it does not have."""
    try:
        wheels = [describe_with_metadata(wheel) for wheel in _valid(sorted(folder.glob("*.whl")))]
        texts = {**metadata_files(wheels), **site(file for file, _ in wheels)}
        for name, data in texts.items():
            write_bytes(folder / name, data)
        _remove_others(folder, texts)
    except OSError as err:
        raise WriteError(f"the index of {folder} can't be written: {err.filename}: {err.strerror}") from err


def _valid(wheels: Sequence[Path]) -> list[Path]:
    """Return the files with a valid name of a wheel; others belong to no project, and are named in a warning."""
    problems = {wheel: problem for wheel in wheels if (problem := _problem_of_name(wheel.name)) is not None}
    if problems:
        warn(listed(f"{wheels[0].parent}: not all files are in the index", list(problems.values())))
    return [wheel for wheel in wheels if wheel not in problems]


def _remove_others(folder: Path, texts: Iterable[str]) -> None:
    """Remove pages and metadata files of wheels that were removed by hand."""
    kept = {folder / name for name in texts}
    pages = [*(folder / FOLDER).glob("*/index.html"), *(folder / FOLDER).glob("*/index.json")]
    for path in [*folder.glob(f"*.whl{METADATA_SUFFIX}"), *pages]:
        if path not in kept:
            path.unlink()
    for project in (folder / FOLDER).glob("*/"):
        if not any(project.iterdir()):
            project.rmdir()


def publish_to_repository(source: Path, address: str, options: PublishOptions) -> None:
    """Upload the wheels that a repository does not have.

    Raises:
        InputError: there are no wheels, or some are damaged.
        LockError: the repository has a wheel of the same name with other bytes. Nothing is uploaded then.
        FetchError: the repository refuses a wheel, or can't be reached.
        ToolError: the library for uploads is not installed.
    """
    wheels = wheels_in(source)
    count = _Count(options.dry_run)
    with Uploader(address, dry_run=options.dry_run) as uploader:
        there = _in_index(wheels, options.index_url) if options.index_url else set()
        for done, wheel in enumerate(wheels):
            is_new = wheel not in there and uploader.upload(wheel, f"{done} of {len(wheels)} wheels are published")
            count.add(wheel, is_new)
    count.end(without_credentials(address))
    if options.dry_run and not options.index_url:
        say("the repository was not asked which of these wheels it has; --index-url names its index")


def _in_index(wheels: Sequence[Path], index_url: str) -> set[Path]:
    """Return the wheels that an index has. A file without a stated hash is left to the repository to compare.

    Raises:
        LockError: the index has other bytes of some wheels.
        FetchError: the index can't be queried.
    """
    with session() as client:
        index = Index(client, index_url)
        stated = {wheel: hashes[wheel.name] for wheel in wheels if wheel.name in (hashes := _hashes(index, wheel))}
    own = {wheel: sha256_of(wheel) for wheel in stated}
    others = [
        f"{wheel.name}: sha256 {own[wheel]}, the index has {stated[wheel]}"
        for wheel in stated
        if own[wheel] != stated[wheel]
    ]
    if others:
        raise LockError(
            listed(
                f"{without_credentials(index_url)} has wheels of the same name with other bytes, "
                "so nothing is uploaded",
                others,
            )
            + "\nGive the new wheels another version or build tag"
        )
    return set(stated)


def _hashes(index: Index, wheel: Path) -> Mapping[str, str]:
    """Return the sha256 of each file of a wheel's project, as the index states it."""
    project, *_ = wheel_filename(wheel.name)
    try:
        files = index.files(project)
    except NoSuchProjectError:
        return {}
    return {name: file.sha256.lower() for name, file in files.items() if file.sha256}
