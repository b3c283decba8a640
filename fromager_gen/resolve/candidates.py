"""Which versions of a package may be taken, the best first: what the index has, less what must not be taken."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.addresses import is_address
from fromager_gen.contract import ARCHIVE_SUFFIXES
from fromager_gen.errors import LockError, SettingsError
from fromager_gen.index_file import IndexFile
from fromager_gen.lock import WheelsRepo
from fromager_gen.names import is_file_name
from fromager_gen.net import Index, NoSuchProjectError, Workers
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.resolve.ages import Ages
from fromager_gen.standards import sdist_filename, wheel_filename

_log = logging.getLogger(__name__)
_NO_NAME = "with names that are no file's of a package"
_YANKED, _INVALID, _OTHER_PYTHON = "yanked", "with an invalid Requires-Python", "not for Python"
_OF_A_VERSION = (_YANKED, _INVALID, _OTHER_PYTHON)
Rank = tuple[tuple[int, str] | tuple[()], int]
"""Build tag and fitness; the higher the better."""


@dataclass(frozen=True)
class Candidate:
    """One version of a package and the file it would be taken from."""

    name: str
    version: Version
    url: str
    filename: str
    sha256: str | None = None
    size: int | None = None
    uploaded: str = ""
    pre_built: bool = False
    direct: str = ""
    """The address by which a requirement names it; its own may say the commit where that does not."""
    local: bool = False
    """Whether it lies in `wheels-repo`, and so goes before all that the index has."""

    @property
    def key(self) -> str:
        """The graph's key of it."""
        return f"{self.name}=={self.version}"

    def __str__(self) -> str:
        """Return name and version as people write them."""
        return f"{self.name} {self.version}"


@dataclass
class Finder:
    """Asks the indexes and keeps what they answered."""

    index_for: Callable[[str, bool], Index]
    """Returns the index of a package, by its name and whether it is pre-built."""
    overrides: Overrides
    python: str
    tags: Mapping[Tag, int]
    ages: Ages
    wheels_repo: WheelsRepo | None = None
    fixed: dict[str, Candidate] = field(default_factory=dict)
    """Packages whose source a requirement names by its address."""
    warnings: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a package has no candidate at all."""
    left_out: dict[str, dict[Version, str]] = field(default_factory=dict)
    """Versions that the index has and that may not be taken, each with the reason, by package."""
    unknown: set[str] = field(default_factory=set)
    """Packages that the index does not know at all."""
    refused: set[str] = field(default_factory=set)
    """Versions whose source says that they must not be taken, by the graph's key."""
    _found: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)

    def unasked(self, names: set[str]) -> set[str]:
        """Return those packages that the index was not asked for."""
        return names - self._found.keys() - self.fixed.keys()

    def prefetch(self, names: set[str], done: Callable[[str], None] = lambda name: None) -> None:
        """Ask for several packages side by side; what goes wrong is told when the package is needed."""

        def ask(name: str) -> None:
            try:
                self.candidates(name)
            except (LockError, SettingsError) as err:
                _log.debug("%s is not asked for ahead: %s", name, err)
            done(name)

        Workers().run(sorted(self.unasked(names)), ask)

    def candidates(self, name: str, pinned: bool = False, held: bool = False) -> tuple[Candidate, ...]:
        """Return a package's versions, highest first; those of `wheels-repo` before those of the index.

        Args:
            name: canonical name.
            pinned: whether a top-level requirement names one exact version, which is exempt from ages.
            held: whether a constraint does, which is exempt from the greatest age.

        Raises:
            LockError: the index can't be asked; to take that for no candidates would choose other versions in silence.
            SettingsError: the package's settings want what a bootstrap can't do.
        """
        if name in self.fixed:
            return (self.fixed[name],) if self.fixed[name].key not in self.refused else ()
        if name not in self._found:
            try:
                self._found[name] = self._ask(name)
            except NoSuchProjectError as err:
                self.missing[name] = str(err)
                self.unknown.add(name)
                self._found[name] = ()
        found = self._found[name]
        if self.refused:
            found = tuple(one for one in found if one.key not in self.refused)
        return found if pinned else self._of_age(name, found, held)

    def _of_age(self, name: str, found: tuple[Candidate, ...], held: bool) -> tuple[Candidate, ...]:
        settings = self.overrides.settings(name)
        least = self.ages.least if settings.min_release_age is None else settings.min_release_age
        most = self.ages.most and not held and not settings.pre_built
        local = tuple(one for one in found if one.local)  # which have no upload time
        found = tuple(one for one in found if not one.local)
        if (least or most) and not all(map(self.ages.is_known, found)):
            self.warnings[name] = f"{name}: the index does not say when its files were uploaded; any age will do"
        if least:
            found = self.ages.old_enough(found, least)
        return (*local, *(self.ages.young_enough(found) if most else found))

    def refuse(self, candidate: Candidate, why: str) -> None:
        """Leave a version out from now on: its source says what the index did not."""
        self.refused.add(candidate.key)
        self.missing.setdefault(candidate.name, f"{candidate} {why}")

    def _ask(self, name: str) -> tuple[Candidate, ...]:
        settings = self.overrides.settings(name)
        if settings.not_for_bootstrap:
            keys = ", ".join(settings.not_for_bootstrap)
            raise SettingsError(f"{settings.where}: {keys}: a bootstrap takes sdists alone, by their own names")
        local = self._local(name, settings)
        try:
            files = self.index_for(name, settings.pre_built).files(name)
        except NoSuchProjectError:
            if not local:
                raise
            files = {}
        refused: dict[str, int] = {}
        # A wheel that was copied here from the index is the index's: the next machine finds it there.
        local = {key: files[key] if _same(file, files.get(key)) else file for key, file in local.items()}
        best = self._best(name, local, refused, local=True)
        best += [one for one in self._best(name, files, refused) if one.version not in {own.version for own in best}]
        if not best:
            reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items())) or "none at all"
            kind = "wheel" if settings.pre_built else "sdist"
            self.missing[name] = f"{name}: the index has no {kind} that may be taken; its files: {reasons}"
        return tuple(best)

    def _local(self, name: str, settings: PackageSettings) -> dict[str, IndexFile]:
        """Return a pre-built package's wheels in `wheels-repo`, none where its settings name a server."""
        asked = settings.pre_built and not settings.wheel_server_url
        return self.wheels_repo.files(name) if asked and self.wheels_repo is not None else {}

    def _best(
        self, name: str, files: Mapping[str, IndexFile], refused: dict[str, int], local: bool = False
    ) -> list[Candidate]:
        """Return the best file of each version, the highest first; count why others are none."""
        ranked: list[tuple[Version, Rank, Candidate]] = []
        for filename, file in files.items():
            reason, made = self._candidate(name, filename, file, local)
            if made is None:
                refused[reason] = refused.get(reason, 0) + 1
                self._leave_out(name, filename, reason)
            else:
                ranked.append((made[0].version, made[1], made[0]))
        best: dict[Version, Candidate] = {}
        for version, _, candidate in sorted(ranked, key=lambda one: one[:2], reverse=True):
            best.setdefault(version, candidate)
        return list(best.values())

    def _leave_out(self, name: str, filename: str, reason: str) -> None:
        """Keep why the index's file of a version may not be taken, for whoever asks for just that version."""
        if reason.startswith(_OF_A_VERSION):
            found = wheel_filename(filename)[1] if filename.endswith(".whl") else sdist_filename(filename)[1]
            self.left_out.setdefault(name, {})[found] = reason

    def _candidate(
        self, name: str, filename: str, file: IndexFile, local: bool
    ) -> tuple[str, tuple[Candidate, Rank] | None]:
        """Return a file's candidate and rank among those of its version, or why it is none."""
        pre_built = self.overrides.settings(name).pre_built
        if pre_built != filename.endswith(".whl") or not filename.endswith((".whl", *ARCHIVE_SUFFIXES)):
            return ("sources" if pre_built else "wheels"), None
        if not is_file_name(filename):
            return _NO_NAME, None
        try:
            project, version, rank = self._wheel(filename) if pre_built else _sdist(filename)
        except ValueError:
            return _NO_NAME, None
        if canonicalize_name(project) != name:
            return "of other packages", None
        if rank is None:
            return "wheels for other platforms", None
        if file.yanked:
            return _YANKED, None
        if not is_address(file.url, "http", "https", *(("file",) if local else ())):
            return "with broken addresses", None
        if not is_for(file.requires_python, self.python):
            return _why_not_for(file.requires_python, self.python), None
        url = self._address(name, version) or file.url
        own = url == file.url
        candidate = Candidate(
            name, version, url, filename, file.sha256 if own else None, file.size if own else None, file.uploaded,
            pre_built, local=local,
        )  # fmt: skip
        return "", (candidate, rank)

    def _wheel(self, filename: str) -> tuple[str, Version, Rank | None]:
        """As pip and Fromager have it, the highest build tag goes before the best platform."""
        project, version, build, tags = wheel_filename(filename)
        ranks = [self.tags[tag] for tag in tags if tag in self.tags]
        return project, version, (build, max(ranks)) if ranks else None

    def _address(self, name: str, version: Version) -> str | None:
        """Return the address that the setting ``download_source.url`` puts in the index's place."""
        template = self.overrides.settings(name).download_url
        if template is None:
            return None
        return template.replace("${version}", str(version)).replace("${canonicalized_name}", name)


def _same(file: IndexFile, other: IndexFile | None) -> bool:
    return other is not None and file.sha256 == other.sha256


def _sdist(filename: str) -> tuple[str, Version, Rank]:
    project, version = sdist_filename(filename)
    suffix = next(rank for rank, suffix in enumerate(ARCHIVE_SUFFIXES) if filename.endswith(suffix))
    return project, version, ((), -suffix)


def _why_not_for(requires_python: str, python: str) -> str:
    try:
        SpecifierSet(requires_python)
    except ValueError:
        return f"{_INVALID} {requires_python[:40]!r}"
    return f"{_OTHER_PYTHON} {python}"


def _release(python: str) -> str:
    """Return an interpreter's version as pip compares it: ``3.14.0`` of ``3.14.0rc1``, ``3.13.0`` of ``3.13.0+``."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", python)
    return found[0] if found else python


def is_for(requires_python: str, python: str) -> bool:
    """Tell whether a file or source says it is for a Python; as with Fromager, one that can't be read is for none."""
    if not requires_python:
        return True
    try:
        return SpecifierSet(requires_python).contains(_release(python), prereleases=True)
    except ValueError:  # of packaging, and of a number with more digits than Python reads
        return False
