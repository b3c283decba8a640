"""Find the versions of a package that may be chosen, the best first, and why others on the index may not."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from packaging.tags import Tag
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.addresses import is_address
from fromager_gen.contract import ARCHIVE_SUFFIXES
from fromager_gen.errors import LockError, SettingsError
from fromager_gen.index_file import IndexFile
from fromager_gen.lock import WheelsRepo
from fromager_gen.names import archive_name, is_file_name
from fromager_gen.net import Index, NoSuchProjectError, Workers
from fromager_gen.overrides import Overrides, PackageSettings
from fromager_gen.resolve.ages import Ages
from fromager_gen.resolve.any_platform import AnyPlatform
from fromager_gen.resolve.pythons import INVALID, OTHER_PYTHON, is_for, why_not_for
from fromager_gen.standards import sdist_filename, wheel_filename

_log = logging.getLogger(__name__)
_NO_NAME = "with invalid file names"
_YANKED = "yanked"
_OF_A_VERSION = (_YANKED, INVALID, OTHER_PYTHON)
Rank = tuple[tuple[int, str] | tuple[()], int]
"""Build tag and rank of the platform; a higher rank is preferred."""


@dataclass(frozen=True)
class Candidate:
    """One version of a package and its file."""

    name: str
    version: Version
    url: str
    filename: str
    sha256: str | None = None
    size: int | None = None
    uploaded: str = ""
    pre_built: bool = False
    direct: str = ""
    """The address in the requirement that names the source; it may lack a ref, which ``url`` always has."""
    local: bool = False
    """Whether the file is in `wheels-repo`, which takes precedence over the index."""
    is_cached: bool = False
    """Whether the file is a built wheel of a wheel server; `pre_built` is then true, too."""
    is_listed: bool = False
    """Whether a plugin lists the version; the hash of its file is recorded."""

    @property
    def key(self) -> str:
        """The key of the version in the graph."""
        return f"{self.name}=={self.version}"

    def __str__(self) -> str:
        """Return name and version as messages show them."""
        return f"{self.name} {self.version}"


@dataclass
class Finder:
    """Asks the indexes and keeps their answers."""

    index_for: Callable[[str, bool], Index]
    """Returns the index of a package, given its name and whether it is pre-built."""
    overrides: Overrides
    python: str
    tags: Mapping[Tag, int]
    ages: Ages
    wheels_repo: WheelsRepo | None = None
    fixed: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    """Candidates, highest version first, of packages for which no index is asked: a requirement names the address of
    the source, or a build order has the packages."""
    closed: str = ""
    """What has all packages that may be chosen, such as the path of a build order; empty if the index has them."""
    warnings: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Reasons why packages have no candidates, by package."""
    left_out: dict[str, dict[Version, str]] = field(default_factory=dict)
    """Versions on the index that may not be chosen, each with the reason, by package."""
    unknown: set[str] = field(default_factory=set)
    """Packages that are not projects of the index."""
    refused: set[str] = field(default_factory=set)
    """Versions that are excluded because of their source's metadata, by the graph's key."""
    replaced: dict[str, Candidate] = field(default_factory=dict)
    """Wheels in place of sources that can't be built, by the graph's key."""
    own_source: Callable[[str], tuple[Candidate, ...] | None] = lambda name: None
    """Returns the versions of a package whose settings or plugin list them, highest first, or None if its index has
    them."""
    is_several: bool = False
    """Whether every version is chosen; the greatest age is then a limit for the versions that fit a requirement."""
    _found: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    _logged: set[str] = field(default_factory=set)
    """Packages whose age limits were logged."""
    _young: dict[str, set[Version]] = field(default_factory=dict)
    """Versions that are young enough, by requirement."""

    def unasked(self, names: set[str]) -> set[str]:
        """Return the packages for which the index was not asked yet."""
        return names - self._found.keys() - self.fixed.keys()

    def prefetch(self, names: set[str], done: Callable[[str], None] = lambda name: None) -> None:
        """Ask for several packages in parallel; an error is raised only when the package is needed."""

        def ask(name: str) -> None:
            try:
                self._all(name)
            except (LockError, SettingsError) as err:
                _log.debug("%s is not asked for ahead: %s", name, err)
            done(name)

        Workers().run(sorted(self.unasked(names)), ask)

    def candidates(self, name: str, pinned: bool = False, held: bool = False) -> tuple[Candidate, ...]:
        """Return a package's versions, highest first, those of `wheels-repo` before those of the index.

        Args:
            name: canonical name.
            pinned: whether a top-level requirement names one exact version, which is exempt from age limits.
            held: whether a constraint names one exact version, which is exempt from the greatest age.

        Raises:
            FetchError: the index can't be reached; without the error other versions would be chosen silently.
        """
        if name in self.fixed:
            return self._kept(self.fixed[name])
        found = self._kept(self._all(name))
        return found if pinned else self._of_age(name, found, held)

    def _kept(self, found: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        if not self.refused and not self.replaced:
            return found
        return tuple(self.replaced.get(one.key, one) for one in found if one.key not in self.refused)

    def young(self, name: str, asked: str, fitting: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Return the versions that are young enough for a requirement, or only the first one if none is.

        The choice is made once: after failures, older versions do not take the place of younger ones.
        """
        if not self.ages.most or self.overrides.settings(name).pre_built or name in self.fixed:
            return fitting
        if asked not in self._young:
            left, said = self.ages.young_or_newest(name, fitting, str(fitting[0].version))
            _log.info(said)
            self._young[asked] = {one.version for one in left}
        return tuple(one for one in fitting if one.version in self._young[asked])

    def _all(self, name: str) -> tuple[Candidate, ...]:
        """Return a package's versions of any age; the index is asked once."""
        if name not in self._found and self.closed:
            self.missing[name] = f"{name} is not in {self.closed}"
            self._found[name] = ()
        if name not in self._found:
            try:
                self._found[name] = self._ask(name)
            except NoSuchProjectError as err:
                self.missing[name] = str(err)
                self.unknown.add(name)
                self._found[name] = ()
        return self._found[name]

    def _of_age(self, name: str, found: tuple[Candidate, ...], held: bool) -> tuple[Candidate, ...]:
        settings = self.overrides.settings(name)
        least = self.ages.least if settings.min_release_age is None else settings.min_release_age
        most = self.ages.most and not held and not settings.pre_built
        local = tuple(one for one in found if one.local)  # have no upload time
        found = tuple(one for one in found if not one.local)
        if (least or most) and not all(map(self.ages.is_known, found)):
            self.warnings[name] = f"{name}: the index does not state upload times, so age limits don't apply to it"
        old = self.ages.old_enough(found, least) if least else found
        young = self.ages.young_enough(old) if most and not self.is_several else old
        if name not in self._logged:
            self._logged.add(name)
            self._log_ages(name, found, old, young, held)
        return (*local, *young)

    def _log_ages(
        self,
        name: str,
        found: tuple[Candidate, ...],
        old: tuple[Candidate, ...],
        young: tuple[Candidate, ...],
        held: bool,
    ) -> None:
        """Log how many versions are left of each limit, in the words of Fromager, for which scripts look."""
        left = {one.version for one in old}
        blocked = [str(one.version) for one in found if one.version not in left]
        if blocked:
            _log.info("%s: cooldown blocked %d version(s): %s", name, len(blocked), ", ".join(blocked))
        if self.ages.most and held:
            _log.info("%s: skipping age filter for pinned constraint (%d candidate(s))", name, len(old))
        if len(young) < len(old):
            _log.info("%s: have %d candidate(s) published within %d days", name, len(young), self.ages.most)

    def refuse(self, candidate: Candidate, why: str) -> None:
        """Exclude a version from now on, because of metadata of its source that the index lacks."""
        self.refused.add(candidate.key)
        self.missing.setdefault(candidate.name, f"{candidate} {why}")

    def _ask(self, name: str) -> tuple[Candidate, ...]:
        own = self.own_source(name)  # may change the settings
        settings = self.overrides.settings(name)
        if own is not None:
            if not own and settings.source:
                self.missing[name] = settings.source.why_none(name)
            return own
        local = self._local(name, settings)
        try:
            files = self.index_for(name, settings.pre_built).files(name)
        except NoSuchProjectError:
            if not local:
                raise
            files = {}
        refused: dict[str, int] = {}
        # A wheel that was copied from the index keeps the index's address, which is valid on other machines, too.
        local = {key: files[key] if _same(file, files.get(key)) else file for key, file in local.items()}
        best = self._best(name, local, refused, local=True)
        best += [one for one in self._best(name, files, refused) if one.version not in {own.version for own in best}]
        if not best:
            reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items())) or "none"
            kind = "wheel" if settings.pre_built else "sdist"
            self.missing[name] = f"{name}: the index has no {kind} that can be used; its files: {reasons}"
        return tuple(best)

    def _local(self, name: str, settings: PackageSettings) -> dict[str, IndexFile]:
        """Return a pre-built package's wheels in `wheels-repo`, or none if its settings name a server."""
        asked = (settings.pre_built or settings.by_version is not None) and not settings.wheel_server_url
        return self.wheels_repo.files(name) if asked and self.wheels_repo is not None else {}

    def _best(
        self, name: str, files: Mapping[str, IndexFile], refused: dict[str, int], local: bool = False
    ) -> list[Candidate]:
        """Return the best file of each version, highest version first; count the reasons why others are excluded."""
        best: dict[Version, Candidate] = {}
        ranked = self._ranked(name, files, refused, local)
        for version, _, candidate in sorted(ranked, key=lambda one: one[:2], reverse=True):
            best.setdefault(version, candidate)
        return list(best.values())

    def usable(self, name: str) -> list[Candidate]:
        """Return every file on the index that may be chosen, regardless of its age, not only the best of each version.

        Raises:
            FetchError: the index can't be reached, or does not have the project.
        """
        own = self.own_source(name)
        if own is not None:
            return list(own)
        files = self.index_for(name, self.overrides.settings(name).pre_built).files(name)
        return [candidate for _, _, candidate in self._ranked(name, files, {}, local=False)]

    def _ranked(
        self, name: str, files: Mapping[str, IndexFile], refused: dict[str, int], local: bool
    ) -> list[tuple[Version, Rank, Candidate]]:
        ranked: list[tuple[Version, Rank, Candidate]] = []
        for filename, file in files.items():
            reason, made = self._candidate(name, filename, file, local)
            if made is None:
                refused[reason] = refused.get(reason, 0) + 1
                self._leave_out(name, filename, reason)
            else:
                ranked.append((made[0].version, made[1], made[0]))
        return ranked

    def _leave_out(self, name: str, filename: str, reason: str) -> None:
        """Keep the reason why a version on the index is excluded, for errors about requirements that need it."""
        if reason.startswith(_OF_A_VERSION):
            found = wheel_filename(filename)[1] if filename.endswith(".whl") else sdist_filename(filename)[1]
            self.left_out.setdefault(name, {})[found] = reason

    def _candidate(
        self, name: str, filename: str, file: IndexFile, local: bool
    ) -> tuple[str, tuple[Candidate, Rank] | None]:
        """Return a file's candidate and its rank among those of its version, or the reason why it is excluded."""
        own, is_wheel = self.overrides.settings(name), filename.endswith(".whl")
        kind = "wheels" if is_wheel else "sources"
        if not filename.endswith((".whl", *ARCHIVE_SUFFIXES)) or not (own.by_version or own.includes(is_wheel)):
            return kind, None
        if not is_file_name(filename):
            return _NO_NAME, None
        try:
            project, version, rank = self._wheel(filename, own.ignore_platform) if is_wheel else _sdist(filename)
        except ValueError:
            return _NO_NAME, None
        if canonicalize_name(project) != name:
            return "of other packages", None
        own = self.overrides.settings(name, str(version))
        if not own.includes(is_wheel):
            return kind, None
        if rank is None:
            return "wheels for other platforms", None
        problem = _problem_of(file, self.python, local)
        if problem:
            return problem, None
        made = _made(
            own, Candidate(name, version, file.url, filename, file.sha256, file.size, file.uploaded, local=local)
        )
        if made is None:
            return "wheels, which are no source (`download_source.url` can name one)", None
        return "", (made, rank)

    def _wheel(self, filename: str, any_platform: bool) -> tuple[str, Version, Rank | None]:
        """Return project, version and rank; the build tag counts before the platform, as in pip and Fromager."""
        project, version, build, tags = wheel_filename(filename)
        known = AnyPlatform(self.tags) if any_platform else self.tags
        ranks = [known[tag] for tag in tags if tag in known]
        return project, version, (build, max(ranks)) if ranks else None


def _problem_of(file: IndexFile, python: str, local: bool) -> str:
    """Return why a file of an index can't be used, or an empty text."""
    if file.yanked:
        return _YANKED
    if not is_address(file.url, "http", "https", *(("file",) if local else ())):
        return "with broken addresses"
    return "" if is_for(file.requires_python, python) else why_not_for(file.requires_python, python)


def _made(settings: PackageSettings, listed: Candidate) -> Candidate | None:
    """Return the candidate for a file of an index, with the address from the settings; None if it is no source."""
    if settings.pre_built:
        return replace(listed, pre_built=True)
    name, version = listed.name, listed.version
    url = settings.source_url(name, str(version)) or listed.url
    if url == listed.url:
        return None if listed.filename.endswith(".whl") else listed
    keeps_name = not listed.filename.endswith(".whl") and not url.startswith("git+")
    filename = listed.filename if keeps_name else archive_name(name, str(version), url)
    return replace(listed, url=url, filename=filename, sha256=None, size=None)


def _same(file: IndexFile, other: IndexFile | None) -> bool:
    return other is not None and file.sha256 == other.sha256


def _sdist(filename: str) -> tuple[str, Version, Rank]:
    project, version = sdist_filename(filename)
    suffix = next(rank for rank, suffix in enumerate(ARCHIVE_SUFFIXES) if filename.endswith(suffix))
    return project, version, ((), -suffix)
