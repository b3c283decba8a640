"""Candidates of packages whose setting `source` names versions without a package index."""

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote, urlsplit

import requests
from packaging.version import InvalidVersion, Version

from fromager_gen.contract import GIT_SUFFIX
from fromager_gen.errors import SettingsError
from fromager_gen.names import override_name
from fromager_gen.overrides import DEFAULT_MATCHER, Overrides, Source
from fromager_gen.plugins import HostContext, named
from fromager_gen.resolve.candidates import Candidate
from fromager_gen.resolve.forges import ForgeTag, github_api, github_tags, gitlab_tags
from fromager_gen.standards import version as parsed_version

# The tags that lead to valid addresses; others never name a release.
_TAG = re.compile(r"[A-Za-z0-9._/+][A-Za-z0-9._/+-]*")
_DEFAULT = re.compile(r"^(v?\d.*)$")
_OVERRIDES = ("get_resolver_provider", "download_source")
Matcher = Callable[[str, str], Version | None]


def listed_by_settings(overrides: Overrides, client: requests.Session) -> Callable[[str], tuple[Candidate, ...] | None]:
    """Return a function that returns the candidates of a package, or None if its index has them.

    Args:
        overrides: settings of packages.
        client: a session.
    """

    def listed(name: str) -> tuple[Candidate, ...] | None:
        source = overrides.settings(name).source
        if source is None:
            return None
        if not source.is_available:
            return ()
        if source.is_hook and not any(overrides.plugins.has(name, one) for one in _OVERRIDES):
            raise SettingsError(
                f"{source.where}: the provider {source.provider} needs a plugin for {name} with the function "
                f"{' or '.join(_OVERRIDES)}; install one, or choose another provider"
            )
        if source.versionmap:
            return highest_first(_of_map(name, version, source) for version in source.versionmap)
        return _of_forge(name, source, overrides, client) if source.is_forge else None

    return listed


def _of_map(name: str, version: Version, source: Source) -> Candidate:
    return Candidate(name, version, str(source.address(version)), _filename(name, version, GIT_SUFFIX))


def _filename(name: str, version: Version, suffix: str) -> str:
    return f"{override_name(name)}-{version}{suffix}"


def _of_forge(name: str, source: Source, overrides: Overrides, client: requests.Session) -> tuple[Candidate, ...]:
    parts = urlsplit(source.project_url)
    server, project = f"{parts.scheme}://{parts.netloc}", parts.path.strip("/")
    is_github = source.provider.startswith("github-")
    owner, _, repo = project.partition("/")
    tags = github_tags(owner, repo, client, server) if is_github else gitlab_tags(project, server, client)
    matches = matcher(source, overrides)
    found = []
    for tag in tags:
        version = matches(name, tag.name) if _TAG.fullmatch(tag.name) else None
        if version is None:
            continue
        if source.is_git:
            url, suffix = f"git+{source.project_url}@{tag.name}", GIT_SUFFIX
        else:
            url, suffix = _archive(source, tag, server, is_github), ".tar.gz"
        found.append(Candidate(name, version, url, _filename(name, version, suffix), uploaded=tag.created))
    return highest_first(found)


def _archive(source: Source, tag: ForgeTag, server: str, is_github: bool) -> str:
    """Return the address of a tag's archive, which is that of Fromager."""
    project = urlsplit(source.project_url).path.strip("/")
    if is_github:
        return f"{github_api(server)}/repos/{project}/tarball/refs/tags/{quote(tag.name)}"
    stem = f"{project.rpartition('/')[2]}-{tag.name.replace('/', '-')}"
    return f"{source.project_url}/-/archive/{quote(tag.name)}/{quote(stem)}.tar.gz"


def highest_first(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates, highest version first, the first of each version."""
    unique: dict[Version, Candidate] = {}
    for one in found:
        unique.setdefault(one.version, one)
    return tuple(sorted(unique.values(), key=lambda one: one.version, reverse=True))


def matcher(source: Source, overrides: Overrides) -> Matcher:
    """Return the function that returns the version in a tag, or None.

    Raises:
        SettingsError: the factory in the settings can't be called, or returns something else.
    """
    if source.tag_pattern:
        return _of_pattern(re.compile(source.tag_pattern))
    if source.matcher_factory == DEFAULT_MATCHER:
        return _of_pattern(_DEFAULT)
    try:
        context = HostContext.of_settings(overrides.variant, overrides.stated).work_context()
        made = named(source.matcher_factory)(ctx=context)
    except Exception as err:  # code of the team may raise any exception
        raise SettingsError(
            f"{source.where}: the matcher_factory {source.matcher_factory} can't be called: {err!r}. A `tag_pattern` "
            "needs no code"
        ) from err
    if isinstance(made, re.Pattern) and made.groups == 1:
        return _of_pattern(made)
    if not callable(made):
        raise SettingsError(
            f"{source.where}: the matcher_factory {source.matcher_factory} returned neither a pattern with one group "
            "nor a function"
        )
    return _of_function(made, source)


def _of_function(function: Callable[[str, str], object], source: Source) -> Matcher:
    def match(package: str, tag: str) -> Version | None:
        try:
            found = function(package, tag)
        except Exception as err:  # as above
            raise SettingsError(f"{source.where}: the matcher of {source.matcher_factory} failed: {err!r}") from err
        if found is None or isinstance(found, Version):
            return found
        raise SettingsError(f"{source.where}: the matcher of {source.matcher_factory} returned {found!r} for {tag!r}")

    return match


def _of_pattern(pattern: "re.Pattern[str]") -> Matcher:
    def match(package: str, tag: str) -> Version | None:
        found = pattern.match(tag)
        try:
            return parsed_version(found[1]) if found and found[1] else None
        except InvalidVersion:
            return None

    return match
