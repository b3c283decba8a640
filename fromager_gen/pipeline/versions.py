"""List the versions of packages on an index, and newer versions than those in constraints."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from packaging.requirements import Requirement
from packaging.specifiers import Specifier
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from fromager_gen.bootstrap import read_constraints
from fromager_gen.errors import FetchError, GenError, InputError, ResolutionError, SettingsError
from fromager_gen.net import NoSuchProjectError, Workers
from fromager_gen.overrides import PackageSettings
from fromager_gen.pipeline.lookup import Lookup, looking_up
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.resolve import Available, Forms, available_versions, parse_requirements
from fromager_gen.standards import version as parsed_version
from fromager_gen.terminal import warn

Distribution = Literal["default", "sdist", "wheel", "both"]
# A constraint with exactly one of these operators can exclude newer versions.
_OPERATORS = ("==", "<", "<=", "~=", "!=", "===")


@dataclass(frozen=True)
class VersionQuery:
    """A requirement, and where to look for its versions; the names are those of the options."""

    requirement_spec: str
    distribution_type: Distribution
    """The files that count; ``default`` are those in the settings of the package."""
    sdist_server_url: str | None
    """The index of packages without their own index, or None for the index in pip's configuration."""


@dataclass(frozen=True)
class VersionRow:
    """One version of a package, as texts; an unknown value is empty."""

    package: str
    version: str
    upload_time: str
    """Time of the latest upload: ``2026-03-15 08:30``."""
    age_days: str
    cooldown: str
    """``blocked``, ``available``, ``skipped`` if the upload time is not known, or empty if there is no minimum age."""


@dataclass(frozen=True)
class VersionList:
    """The versions of a package, lowest first, and the minimum age in days; 0 is none."""

    rows: tuple[VersionRow, ...]
    least_age: int


def parsed_requirement(text: str) -> Requirement:
    """Parse a requirement of the command line.

    Raises:
        InputError: it is not a valid requirement, or it is an address.
    """
    requirement = parse_requirements([text], ())[0].requirement
    if requirement.url is not None:
        raise InputError(f"{text!r} is an address, which has no other versions; name a package")
    return requirement


def list_versions(options: GlobalOptions, query: VersionQuery, *, only_global_age: bool = False) -> VersionList:
    """Return the versions that a requirement accepts.

    Args:
        options: the options before the command.
        query: the requirement, and where to look.
        only_global_age: whether to ignore the minimum age in the settings of the package.

    Raises:
        InputError: the requirement is not valid.
        ResolutionError: there are no versions.
        FetchError: the index can't be reached.
    """
    requirement = parsed_requirement(query.requirement_spec)
    with looking_up(options, query.sdist_server_url) as lookup:
        own = lookup.overrides.settings(canonicalize_name(requirement.name))
        found = _available(lookup, requirement, forms_of(own, query.distribution_type))
        least = options.min_release_age if own.min_release_age is None or only_global_age else own.min_release_age
        now = lookup.finder.ages.now
    return VersionList(tuple(_row(requirement.name, one, now, least) for one in found), least)


def _available(lookup: Lookup, requirement: Requirement, forms: Forms) -> list[Available]:
    try:
        found = available_versions(lookup.finder, requirement, lookup.constraints, forms)
    except NoSuchProjectError as err:
        raise ResolutionError(f"No versions found for {requirement}: {err}") from err
    if not found:
        source = lookup.overrides.settings(canonicalize_name(requirement.name)).source
        if source is not None and not source.is_available:
            raise ResolutionError(f"No versions found for {requirement}: {source.why_none(requirement.name)}")
        constraint = lookup.constraints.text(canonicalize_name(requirement.name))
        more = f" and its constraint {constraint}" if constraint else ""
        raise ResolutionError(
            f"No versions found for {requirement}: the index has no {_kinds(forms)} of the package that {requirement}"
            f"{more} accept and that can be used with Python {lookup.finder.python}"
        )
    return found


def _kinds(forms: Forms) -> str:
    kinds = [kind for kind, wanted in (("sdist", forms.sdists), ("wheel", forms.wheels)) if wanted]
    return " or ".join(kinds) or "file"


def forms_of(own: PackageSettings, distribution: Distribution) -> Forms:
    """Return the files that count as versions of a package."""
    if distribution == "default":
        return Forms(own.include_sdists, own.include_wheels, own.ignore_platform)
    return Forms(distribution != "wheel", distribution != "sdist", own.ignore_platform)


def _row(package: str, one: Available, now: datetime, least: int) -> VersionRow:
    if one.uploaded is None:
        return VersionRow(package, str(one.version), "", "", "skipped" if least else "")
    age = now - one.uploaded
    status = "available" if age >= timedelta(days=least) else "blocked"
    time = one.uploaded.strftime("%Y-%m-%d %H:%M")
    return VersionRow(package, str(one.version), time, str(age.days), status if least else "")


def find_updates(
    options: GlobalOptions, constraints_file: str, distribution: Distribution, index_url: str | None
) -> list[tuple[str, str]]:
    """Return names and versions of releases that constraints exclude, by constraint and lowest first.

    For ``==`` and ``===``, these are all higher versions. For ``<``, ``<=``, ``~=`` and ``!=``, these are the version
    of the constraint and all higher ones. Constraints with other operators, or with several of these, are ignored.

    Args:
        options: the options before the command, whose constraints also apply.
        constraints_file: path or address of the constraints.
        distribution: as in `VersionQuery`.
        index_url: as ``sdist_server_url`` in `VersionQuery`.

    Raises:
        InputError: a file of constraints can't be used.
        FetchError: no package could be looked up.
    """
    with looking_up(options, index_url) as lookup:
        constraints = read_constraints([constraints_file], lookup.variables, lookup.client)
        limits = {name: limit for name, one in constraints.by_name.items() if (limit := _limit(list(one.specifier)))}

        def newer(name: str) -> list[tuple[str, str]] | GenError:
            forms = forms_of(lookup.overrides.settings(name), distribution)
            try:
                found = available_versions(lookup.finder, Requirement(name), lookup.constraints, forms)
            except (FetchError, SettingsError) as err:
                return err
            return [(name, str(one.version)) for one in found if _is_update(one.version, *limits[name])]

        results = Workers().run(list(limits), newer)
    failed = [result for result in results if isinstance(result, GenError)]
    if failed and len(failed) == len(results) and not all(isinstance(err, NoSuchProjectError) for err in failed):
        raise FetchError(f"no package could be looked up. {failed[0]}")
    for err in failed:
        warn(str(err))
    return [row for result in results if not isinstance(result, GenError) for row in result]


def _limit(specifier: list[Specifier]) -> tuple[str, Version] | None:
    """Return the operator and the version of a constraint that can exclude newer versions, or None."""
    limits = [part for part in specifier if part.operator in _OPERATORS]
    if len(limits) != 1:
        return None
    try:
        return limits[0].operator, parsed_version(limits[0].version)
    except InvalidVersion:  # a prefix such as 1.*
        return None


def _is_update(version: Version, operator: str, limit: Version) -> bool:
    return version > limit if operator in ("==", "===") else version >= limit
