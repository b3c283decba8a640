"""List the versions of a package on an index, with sdists or wheels, regardless of their ages."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.overrides import Overrides
from fromager_gen.resolve.ages import upload_time
from fromager_gen.resolve.any_platform import AnyPlatform
from fromager_gen.resolve.candidates import Finder
from fromager_gen.resolve.requirements import Constraints


@dataclass(frozen=True)
class Forms:
    """The files that count as a version of a package."""

    sdists: bool
    wheels: bool
    any_platform: bool = False
    """Whether wheels for other platforms count, if they are for the same interpreter and ABI."""


@dataclass(frozen=True)
class Available:
    """A version on an index."""

    version: Version
    files: int
    uploaded: datetime | None
    """Time of the latest upload of its files, with its time zone; None if the index does not state any."""


def available_versions(
    finder: Finder, requirement: Requirement, constraints: Constraints, forms: Forms
) -> list[Available]:
    """Return the versions that a requirement and the constraint of its package accept, lowest first.

    Yanked files and files for other versions of Python do not count. A pre-release is accepted only if the requirement
    or the constraint names one. Settings that a bootstrap does not support, and `pre_built`, have no effect.

    Args:
        finder: indexes and settings.
        requirement: name and versions of a package.
        constraints: constraints of all packages.
        forms: the files that count.

    Raises:
        FetchError: the index can't be reached, or does not have the project.
    """
    name = str(canonicalize_name(requirement.name))
    named = bool(requirement.specifier.prereleases) or constraints.names_prerelease(name)
    found: dict[Version, list[datetime | None]] = {}
    for own in _finders(finder, name, forms):
        for candidate in own.usable(name):
            accepted = requirement.specifier.contains(candidate.version, prereleases=named)
            if accepted and constraints.allows(name, candidate.version):
                found.setdefault(candidate.version, []).append(upload_time(candidate))
    return [
        Available(version, len(times), max((time for time in times if time is not None), default=None))
        for version, times in sorted(found.items())
    ]


def _finders(finder: Finder, name: str, forms: Forms) -> Iterator[Finder]:
    """Yield a finder for each form, on the index of the package's sdists."""
    index = finder.index_for(name, False)
    tags = AnyPlatform(finder.tags) if forms.any_platform else finder.tags
    for wanted, is_wheel in ((forms.sdists, False), (forms.wheels, True)):
        if wanted:
            own = replace(finder.overrides.settings(name), pre_built=is_wheel, include_sdists=True, by_version=None)
            overrides = Overrides(packages={name: own})
            own_source = finder.own_source
            yield Finder(
                lambda name, pre_built: index, overrides, finder.python, tags, finder.ages, own_source=own_source
            )
