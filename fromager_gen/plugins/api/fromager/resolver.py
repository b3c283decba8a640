"""Providers: where the versions of a package come from. They are used on the host, before a build."""

import dataclasses
import datetime
import logging
import re
import typing
import urllib.parse

from packaging.version import InvalidVersion, Version

from fromager._missing import names_of
from fromager.downloads import extract_filename_from_url
from fromager.requirements_file import RequirementType

_log = logging.getLogger("fromager.resolver")
__all__ = [
    "BaseProvider", "Candidate", "GenericProvider", "GitHubTagProvider", "GitLabTagProvider", "PyPIProvider",
    "RequirementType", "VersionMapProvider", "default_resolver_provider", "extract_filename_from_url",
]  # fmt: skip
# Set by the host: returns the items of a list in JSON at an address, and at the pages after it.
pages: typing.Callable[[str, dict[str, str]], typing.Iterable[dict[str, typing.Any]]] | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Candidate:
    """One version of a package, and the address of its source."""

    name: str
    version: Version
    url: str
    is_sdist: bool | None = None
    extras: tuple[str, ...] = ()
    build_tag: tuple[typing.Any, ...] = ()
    has_metadata: bool = False
    remote_tag: str | None = None
    remote_commit: str | None = None
    upload_time: datetime.datetime | None = None


class MatchFunction(typing.Protocol):
    """Returns the version that a tag names, or None."""

    def __call__(self, identifier: str, item: str) -> Version | None:
        """Return the version."""


class BaseProvider:
    """The versions of one package. Constraints and age limits apply to all providers, so their arguments do nothing."""

    provider_description: typing.ClassVar[str] = "custom resolver"

    def __init__(self, **given: typing.Any) -> None:
        """Take the arguments that fromager-gen does not need."""
        self.constraints = given.get("constraints")
        self.req_type = given.get("req_type")

    def find_candidates(self, identifier: str) -> typing.Iterable[Candidate]:
        """Return the versions of a package, given its canonical name."""
        raise NotImplementedError(f"{type(self).__name__} has no find_candidates for {identifier}")


class PyPIProvider(BaseProvider):
    """The versions on an index. fromager-gen reads the index itself."""

    provider_description = "PyPI resolver"

    def __init__(
        self,
        include_sdists: bool = True,
        include_wheels: bool = True,
        sdist_server_url: str = "",
        constraints: typing.Any = None,
        req_type: RequirementType | None = None,
        ignore_platform: bool = False,
        *,
        override_download_url: str | None = None,
        **given: typing.Any,
    ) -> None:
        """Take the index, and which of its files count."""
        super().__init__(constraints=constraints, req_type=req_type, **given)
        self.include_sdists, self.include_wheels = include_sdists, include_wheels
        self.sdist_server_url, self.ignore_platform = sdist_server_url, ignore_platform
        self.override_download_url = override_download_url

    def find_candidates(self, identifier: str) -> typing.Iterable[Candidate]:
        """Fail: a subclass must list its versions itself."""
        raise NotImplementedError(
            f"{type(self).__name__} lists the versions of {identifier} by methods of Fromager's PyPIProvider, which do "
            "not exist in fromager-gen. Return a PyPIProvider itself, or a GenericProvider"
        )


class GenericProvider(BaseProvider):
    """The versions that a function returns: candidates, or pairs of an address and a version or tag."""

    provider_description = "custom resolver (GenericProvider)"

    def __init__(
        self,
        version_source: typing.Callable[[str], typing.Iterable[typing.Any]],
        constraints: typing.Any = None,
        req_type: RequirementType | None = None,
        matcher: MatchFunction | re.Pattern[str] | None = None,
        **given: typing.Any,
    ) -> None:
        """Take the function, and what returns the version of a tag."""
        super().__init__(constraints=constraints, req_type=req_type, **given)
        self._version_source = version_source
        self._matcher = matcher

    def find_candidates(self, identifier: str) -> typing.Iterable[Candidate]:
        """Return the versions of a package."""
        for item in self._version_source(identifier):
            if isinstance(item, Candidate):
                yield item
                continue
            url, named = item
            version = named if isinstance(named, Version) else self.version_of(identifier, str(named))
            if version is not None:
                yield Candidate(name=identifier, version=version, url=url)

    def version_of(self, identifier: str, tag: str) -> Version | None:
        """Return the version that a tag names, or None."""
        if self._matcher is not None and not isinstance(self._matcher, re.Pattern):
            return self._matcher(identifier, tag)
        found = self._matcher.match(tag) if self._matcher is not None else None
        if self._matcher is not None and found is None:
            return None
        try:
            return Version(found[1] if found is not None else tag)
        except InvalidVersion:
            _log.debug("%s: the tag %s names no version", identifier, tag)
            return None


class _TagProvider(GenericProvider):
    """The tags of a project on a forge."""

    def __init__(
        self,
        constraints: typing.Any,
        matcher: MatchFunction | re.Pattern[str] | None,
        override_download_url: str | None,
        **given: typing.Any,
    ) -> None:
        super().__init__(self._tags, constraints, matcher=matcher, **given)
        self.override_download_url = override_download_url

    def _tags(self, identifier: str) -> typing.Iterable[Candidate]:
        raise NotImplementedError

    def _entries(self, url: str, headers: dict[str, str]) -> typing.Iterable[dict[str, typing.Any]]:
        if pages is None:
            raise RuntimeError(f"{url} can be read only on the host, not in a build")
        return pages(url, headers)


class GitHubTagProvider(_TagProvider):
    """The tags of a repository on GitHub. ``override_download_url`` knows organization, repo, tagname and version."""

    provider_description = "GitHub tag resolver"
    host = "github.com:443"
    api_url = "https://api.{self.host}/repos/{self.organization}/{self.repo}/tags"

    def __init__(
        self,
        organization: str,
        repo: str,
        constraints: typing.Any = None,
        matcher: MatchFunction | re.Pattern[str] | None = None,
        *,
        override_download_url: str | None = None,
        **given: typing.Any,
    ) -> None:
        """Take the repository."""
        super().__init__(constraints, matcher, override_download_url, **given)
        self.organization, self.repo = organization, repo

    def _tags(self, identifier: str) -> typing.Iterable[Candidate]:
        address = self.api_url.format(self=self)
        for entry in self._entries(address, {"accept": "application/vnd.github+json"}):
            tag = entry["name"]
            version = self.version_of(identifier, tag)
            if version is None:
                continue
            template = self.override_download_url
            url = entry["tarball_url"] if template is None else template.format(
                organization=self.organization, repo=self.repo, tagname=tag, version=version
            )  # fmt: skip
            commit = entry.get("commit", {}).get("sha")
            yield Candidate(name=identifier, version=version, url=url, remote_tag=tag, remote_commit=commit)


class GitLabTagProvider(_TagProvider):
    """The tags of a project on GitLab.

    ``override_download_url`` knows hostname, project_path, project_name, tagname and version.
    """

    provider_description = "GitLab tag resolver"

    def __init__(
        self,
        project_path: str,
        server_url: str = "https://gitlab.com",
        constraints: typing.Any = None,
        matcher: MatchFunction | re.Pattern[str] | None = None,
        *,
        override_download_url: str | None = None,
        **given: typing.Any,
    ) -> None:
        """Take the project."""
        super().__init__(constraints, matcher, override_download_url, **given)
        self.server_url, self.project_path = server_url.rstrip("/"), project_path.strip("/")

    def _tags(self, identifier: str) -> typing.Iterable[Candidate]:
        project = urllib.parse.quote(self.project_path, safe="")
        template = self.override_download_url or (
            self.server_url + "/{project_path}/-/archive/{tagname}/{project_name}-{tagname}.tar.gz"
        )
        for entry in self._entries(f"{self.server_url}/api/v4/projects/{project}/repository/tags", {}):
            tag = entry["name"]
            version = self.version_of(identifier, tag)
            if version is None:
                continue
            url = template.format(
                hostname=urllib.parse.urlsplit(self.server_url).hostname,
                project_path=self.project_path,
                project_name=self.project_path.rpartition("/")[2],
                tagname=tag,
                version=version,
            )
            commit = entry.get("commit") or {}
            created = entry.get("created_at") or commit.get("created_at")
            time = datetime.datetime.fromisoformat(created) if created else None
            yield Candidate(
                name=identifier, version=version, url=url, remote_tag=tag, remote_commit=commit.get("id"),
                upload_time=time,
            )  # fmt: skip


class VersionMapProvider(BaseProvider):
    """The versions of a map from versions to addresses."""

    provider_description = "VersionMap resolver"

    def __init__(self, version_map: typing.Any, package_name: str | None = None, **given: typing.Any) -> None:
        """Take the map: a dict, or an object with ``versions()`` and ``[version]``."""
        super().__init__(**given)
        self.version_map, self.package_name = version_map, package_name

    def find_candidates(self, identifier: str) -> typing.Iterable[Candidate]:
        """Return the versions of the map."""
        versions = self.version_map.versions() if hasattr(self.version_map, "versions") else self.version_map
        for version in versions:
            yield Candidate(name=identifier, version=Version(str(version)), url=self.version_map[version])


def default_resolver_provider(
    ctx: typing.Any,
    req: typing.Any,
    sdist_server_url: str,
    include_sdists: bool,
    include_wheels: bool,
    req_type: RequirementType | None = None,
    ignore_platform: bool = False,
) -> PyPIProvider:
    """Return the provider of Fromager without a plugin."""
    return PyPIProvider(
        include_sdists, include_wheels, sdist_server_url, ctx.constraints, req_type, ignore_platform
    )  # fmt: skip


__getattr__ = names_of(__name__)
