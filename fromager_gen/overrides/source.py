"""Read `source`: where the versions and the source of a package come from.

The form is that of Fromager 0.101, which has models for it but does not read it yet
(docs/proposals/new-resolver-config.md).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from packaging.version import InvalidVersion, Version

from fromager_gen import standards
from fromager_gen.addresses import is_address
from fromager_gen.overrides.readers import check_keys, read_days, read_mapping, read_text, shown
from fromager_gen.overrides.value import Value

# Fromager's name of the factory that matches tags such as v1.0 and 1.2.3, which is the default.
DEFAULT_MATCHER = "fromager.packagesettings:pep440_tag_matcher"
_REF = re.compile(r"[A-Za-z0-9._/+][A-Za-z0-9._/+-]*")
_VERSION = re.compile(r"\{version(?:\.(major|minor|micro|public|base_version))?\}")
_FACTORY = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Source:
    """Where the versions and the source of one package come from."""

    provider: str
    where: str = ""
    """File and line."""
    index_url: str | None = None
    download_url: str = ""
    """Address of an archive, with a place for the version."""
    download_kind: str = "sdist"
    clone_url: str = ""
    tag: str = ""
    """Tag of a version, with a place for the version."""
    versionmap: Mapping[Version, str] = field(default_factory=dict)
    """Ref in the repository by version."""
    project_url: str = ""
    matcher_factory: str = DEFAULT_MATCHER
    tag_pattern: str = ""
    """Regular expression whose only group is the version in a tag; empty if the factory is used."""
    build_sdist: str = ""
    min_release_age: int | None = None

    @property
    def is_prebuilt(self) -> bool:
        """Whether the package is a published wheel."""
        return self.provider in ("pypi-prebuilt", "hook-prebuilt")

    @property
    def is_available(self) -> bool:
        """Whether the package may be used."""
        return self.provider != "not-available"

    @property
    def is_git(self) -> bool:
        """Whether the source is a commit of a git repository."""
        return self.provider.endswith("-git")

    @property
    def is_forge(self) -> bool:
        """Whether the versions are the tags of a project on a forge."""
        return bool(self.project_url)

    @property
    def is_hook(self) -> bool:
        """Whether a plugin chooses versions and source."""
        return self.provider.startswith("hook-")

    @property
    def builds_sdist(self) -> bool:
        """Whether the backend builds the sdist, since the source is a repository, which is no sdist."""
        return self.is_git_or_tag and self.build_sdist != "tarball"

    @property
    def is_git_or_tag(self) -> bool:
        """Whether the source is a commit, or the archive of a tag."""
        return self.provider.endswith(("-git", "-tag-download"))

    @property
    def is_tarball(self) -> bool:
        """Whether the source is an archive of a repository, which has no PKG-INFO."""
        return self.provider.endswith("-tag-download") or self.download_kind == "tarball"

    @property
    def records_hash(self) -> bool:
        """Whether the lock records the hash of the file that the address has at first, since no index states one."""
        return self.provider == "pypi-download" or self.provider.endswith("-tag-download")

    def address(self, version: Version) -> str | None:
        """Return the address of a version's source, or None if it is that of the index or a tag."""
        if self.provider == "pypi-download":
            return _filled(self.download_url, version)
        if self.provider == "pypi-git":
            return f"git+{self.clone_url}@{_filled(self.tag, version)}"
        return f"git+{self.clone_url}@{self.versionmap[version]}" if version in self.versionmap else None

    def why_none(self, name: str) -> str:
        """Return why there is no version of a package."""
        if not self.is_available:
            return f"package {name} is not available: {self.where} says `provider: {self.provider}`"
        return f"{name}: no tag of {self.project_url} is a version ({self.where}); see `tag_pattern`"


def _filled(template: str, version: Version) -> str:
    return _VERSION.sub(lambda found: str(getattr(version, found[1]) if found[1] else version), template)


def read_source(value: Value) -> Source:
    """Read the mapping `source`.

    Raises:
        SettingsError: it is not valid; the message names file and line.
    """
    keys = read_mapping(value)
    if "provider" not in keys:
        raise value.error(f"`source` needs the key `provider`: {', '.join(PROVIDERS)}")
    provider = read_text(keys["provider"])
    if provider not in PROVIDERS:
        raise keys["provider"].error(f"unknown provider {provider!r}; known providers are {', '.join(PROVIDERS)}")
    mandatory, more = PROVIDERS[provider]
    check_keys(value, {"provider", *mandatory, *more})
    missing = [name for name in mandatory if name not in keys or keys[name].data is None]
    if missing:
        raise value.error(f"the provider {provider} needs the key `{missing[0]}`")
    given: dict[str, Any] = {
        name: _READERS[name](one) for name, one in keys.items() if name != "provider" and one.data is not None
    }
    if "tag_pattern" in given and "matcher_factory" in given:
        raise keys["tag_pattern"].error("`tag_pattern` and `matcher_factory` exclude each other")
    if provider.startswith("github-") and urlsplit(given["project_url"]).path.count("/") != 2:
        raise keys["project_url"].error(f"{given['project_url']!r} is not the address of a project: HOST/OWNER/REPO")
    return Source(provider, value.where, **given)


def _address(*schemes: str) -> Callable[[Value], str]:
    def read(value: Value) -> str:
        text = read_text(value)
        parts = urlsplit(text) if is_address(text, *schemes) else None
        if parts is None or "#" in text or not (parts.hostname or parts.scheme == "file"):
            raise value.error(f"{text!r} is not an address with {' or '.join(schemes)}")
        if parts.password or (parts.username and "ssh" not in parts.scheme):
            raise value.error("the address has credentials; put them into ~/.netrc, which git and fromager-gen read")
        return text

    return read


def _download_url(value: Value) -> str:
    text = read_text(value)
    _address("http", "https")(Value(_with_version(text, value), value.path, value.line))
    return text


def _tag(value: Value) -> str:
    text = read_text(value)
    if not _REF.fullmatch(_with_version(text, value)):
        raise value.error(f"{text!r} is not the name of a git tag with a place for the version, such as 'v{{version}}'")
    return text.removeprefix("refs/tags/")


def _with_version(text: str, value: Value) -> str:
    """Return a template with a version in its place."""
    if not _VERSION.search(text):
        raise value.error(
            f"{text!r} has no place for the version: {{version}}, or a part of it such as {{version.major}}"
        )
    return _filled(text, Version("1.2.3"))


def _versionmap(value: Value) -> dict[Version, str]:
    found: dict[Version, str] = {}
    for text, ref in read_mapping(value).items():
        try:
            version = standards.version(text)
        except InvalidVersion:
            raise ref.error(f"{text!r} is not a valid version") from None
        if not isinstance(ref.data, str):
            raise ref.error(f"YAML reads the commit, tag or branch of {text} as {shown(ref)}: quote it")
        if not _REF.fullmatch(ref.data):
            raise ref.error(f"{ref.data!r} is not the name of a git commit, tag or branch")
        if version in found:
            raise ref.error(f"the version {version} appears twice")
        found[version] = ref.data.removeprefix("refs/tags/").removeprefix("refs/heads/")
    if not found:
        raise value.error("`versionmap` is empty")
    return found


def _project_url(value: Value) -> str:
    text = _address("https", "http")(value).rstrip("/")
    parts = urlsplit(text)
    # Only tests and proxies on the same machine speak http.
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise value.error(f"{text!r} is not an https address")
    if parts.path.count("/") < 2 or parts.path.endswith(".git") or parts.query:
        raise value.error(f"{text!r} is not the address of a project: https://HOST/OWNER/PROJECT, without .git")
    return text


def _factory(value: Value) -> str:
    text = read_text(value)
    if not _FACTORY.fullmatch(text):
        raise value.error(f"{text!r} is not the name of a function, such as 'package.module:name'")
    return text


def _pattern(value: Value) -> str:
    text = read_text(value)
    try:
        groups = re.compile(text).groups
    except (re.error, OverflowError, RecursionError) as err:
        raise value.error(f"{text!r} is not a valid regular expression: {err}") from None
    if groups != 1:
        raise value.error(f"{text!r} has {groups} groups; it needs exactly one, which is the version")
    return text


def _one_of(*allowed: str) -> Callable[[Value], str]:
    def read(value: Value) -> str:
        text = read_text(value)
        if text not in allowed:
            raise value.error(f"{text!r} is not one of {', '.join(allowed)}")
        return text

    return read


_INDEX = ("index_url", "min_release_age")
_TAGS = ("matcher_factory", "tag_pattern", "build_sdist", "min_release_age")
PROVIDERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "pypi-sdist": ((), _INDEX),
    "pypi-prebuilt": ((), _INDEX),
    "pypi-download": (("download_url", "download_kind"), _INDEX),
    "pypi-git": (("clone_url", "tag"), (*_INDEX, "build_sdist")),
    "versionmap-git": (("clone_url", "versionmap"), ("build_sdist",)),
    "github-tag-download": (("project_url",), _TAGS),
    "github-tag-git": (("project_url",), _TAGS),
    "gitlab-tag-download": (("project_url",), _TAGS),
    "gitlab-tag-git": (("project_url",), _TAGS),
    "not-available": ((), ()),
    "hook-sdist": ((), ("min_release_age",)),
    "hook-prebuilt": ((), ("min_release_age",)),
}
"""The mandatory and the optional keys of each provider."""
_READERS: Mapping[str, Callable[[Value], Any]] = {
    "index_url": _address("http", "https"),
    "download_url": _download_url,
    "download_kind": _one_of("sdist", "tarball"),
    "clone_url": _address("https", "ssh", "file"),
    "tag": _tag,
    "versionmap": _versionmap,
    "project_url": _project_url,
    "matcher_factory": _factory,
    "tag_pattern": _pattern,
    "build_sdist": _one_of("pep517", "tarball"),
    "min_release_age": read_days,
}
