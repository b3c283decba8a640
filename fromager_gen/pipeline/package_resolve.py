"""Explain how one package is resolved: its settings, the versions that they allow, and those on the default index."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen.addresses import without_credentials
from fromager_gen.errors import FetchError, ResolutionError
from fromager_gen.index_file import IndexFile
from fromager_gen.net import Index, NoSuchProjectError
from fromager_gen.overrides import survey
from fromager_gen.pipeline.lookup import Lookup, looking_up
from fromager_gen.pipeline.options import GlobalOptions, cache_folder
from fromager_gen.pipeline.versions import (
    Distribution,
    VersionQuery,
    forms_of,
    parsed_requirement,
)
from fromager_gen.resolve import available_versions, upload_time
from fromager_gen.standards import sdist_filename, wheel_filename


@dataclass
class _OnIndex:
    """The versions of a package on an index that fit, for any Python and platform."""

    sdists: set[Version] = field(default_factory=set)
    wheels: set[Version] = field(default_factory=set)
    times: list[datetime | None] = field(default_factory=list)
    compiled: bool = False
    pure: bool = False


def resolve_package(options: GlobalOptions, query: VersionQuery) -> Iterator[str]:
    """Yield the lines of a report about a requirement.

    Args:
        options: the options before the command.
        query: the requirement, and where to look.

    Raises:
        InputError: the requirement is not valid.
        ResolutionError: there are no versions; the report is complete.
        FetchError: the index can't be reached.
    """
    requirement = parsed_requirement(query.requirement_spec)
    name = str(canonicalize_name(requirement.name))
    is_customised = name in survey(options.override_paths)
    yield f"resolving requirement for '{requirement}' (variant: {options.variant})"
    with looking_up(options, query.sdist_server_url) as lookup:
        yield ""
        yield from _settings(lookup, name, query.distribution_type, is_customised)
        yield ""
        versions = yield from _resolved(lookup, requirement, name, query.distribution_type)
        yield ""
        own = lookup.overrides.settings(name)
        compared = own.use_pypi_org_metadata if own.use_pypi_org_metadata is not None else not is_customised
        if compared:
            default = Index(lookup.client, query.sdist_server_url, cache_folder() / "pages")
            yield from _compared(lookup, requirement, default, versions)
        else:
            yield "not compared with the default index: the package has settings, or use_pypi_org_metadata is false"
    if not versions:
        raise ResolutionError(f"No versions found for {requirement}; see the report on standard output")


def _settings(lookup: Lookup, name: str, distribution: Distribution, is_customised: bool) -> Iterator[str]:
    own, forms = lookup.overrides.settings(name), forms_of(lookup.overrides.settings(name), distribution)
    yield "the package has settings, patches or a plugin" if is_customised else "the package has no settings"
    if own.source is not None:
        yield f"- source: {own.source.provider} ({own.source.where})"
    yield f"- sdist server url: {without_credentials(lookup.finder.index_for(name, False).url)}"
    yield f"- resolver includes sdists: {own.include_sdists}"
    yield f"- resolver includes wheels: {own.include_wheels}"
    yield f"- using distribution type '{distribution}' (sdists: {forms.sdists}, wheels: {forms.wheels})"
    yield f"- wheel server url: {own.wheel_server_url}"
    yield f"- download url: {own.download_url}"
    yield f"- prebuilt wheel: {own.pre_built}"
    constraint = lookup.constraints.text(name)
    yield f"- constraint of --constraints-file: {constraint}" if constraint else "- no constraint of --constraints-file"


def _resolved(
    lookup: Lookup, requirement: Requirement, name: str, distribution: Distribution
) -> Generator[str, None, set[Version]]:
    """Yield what is resolved with the settings, and return the versions."""
    forms = forms_of(lookup.overrides.settings(name), distribution)
    try:
        found = available_versions(lookup.finder, requirement, lookup.constraints, forms)
    except NoSuchProjectError as err:
        yield str(err)
        return set()
    count, files = len(found), sum(one.files for one in found)
    yield f"found {count} versions in {files} files for '{requirement}', constraint: {lookup.constraints.text(name)}"
    yield f"- most recent release: {_latest(one.uploaded for one in found)}"
    yield f"- versions: {_joined(one.version for one in found)}"
    return {one.version for one in found}


def _compared(lookup: Lookup, requirement: Requirement, index: Index, versions: set[Version]) -> Iterator[str]:
    name = str(canonicalize_name(requirement.name))
    try:
        files = index.files(name)
    except FetchError as err:
        yield str(err)
        return
    found = _on_index(lookup, requirement, name, files)
    everything = found.sdists | found.wheels
    yield f"found {len(everything)} versions on the default index for any Python and platform"
    yield f"- most recent release on the default index: {_latest(found.times)}"
    if found.compiled:
        yield "- the package has wheels for platforms, with compiled code"
    if found.pure:
        yield "- the package has wheels for any platform"
    yield f"- versions on the default index: {_joined(everything)}"
    parts = (
        ("only as sdist", found.sdists - found.wheels),
        ("only as wheel", found.wheels - found.sdists),
        ("missing from the default index", versions - everything),
        ("not resolved with the settings", everything - versions),
    )
    for title, part in parts:
        if part:
            yield f"- {title}: {_joined(part)}"


def _on_index(lookup: Lookup, requirement: Requirement, name: str, files: Mapping[str, IndexFile]) -> _OnIndex:
    named = bool(requirement.specifier.prereleases) or lookup.constraints.names_prerelease(name)
    found = _OnIndex()
    for filename, file in files.items():
        is_wheel = filename.endswith(".whl")
        try:
            version = wheel_filename(filename)[1] if is_wheel else sdist_filename(filename)[1]
        except ValueError:
            continue
        accepted = requirement.specifier.contains(version, prereleases=named) and lookup.constraints.allows(
            name, version
        )
        if file.yanked or not accepted:
            continue
        (found.wheels if is_wheel else found.sdists).add(version)
        found.times.append(upload_time(file))
        found.pure |= filename.endswith("-none-any.whl")
        found.compiled |= is_wheel and not filename.endswith("-none-any.whl")
    return found


def _latest(times: Iterable[datetime | None]) -> str:
    latest = max((time for time in times if time is not None), default=None)
    return latest.isoformat(" ", "seconds") if latest else "unknown"


def _joined(versions: Iterable[Version]) -> str:
    return ", ".join(map(str, sorted(versions)))
