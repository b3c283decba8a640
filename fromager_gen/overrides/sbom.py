"""Settings of SBOMs: Fromager's sections `sbom` and `purl`, and the additions that only this project has."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from fromager_gen.overrides.readers import check_keys, read_boolean
from fromager_gen.overrides.value import Value

_ADDITIONS = ("crate_licenses", "cyclonedx")
# https://spdx.github.io/spdx-spec/v2.3/package-information/#75-package-supplier-field
_SUPPLIER = re.compile(r"NOASSERTION|(Person|Organization): .*\S")
_CREATOR = re.compile(r"(Person|Organization|Tool): .*\S")
_TYPE = re.compile(r"[a-z][a-z0-9.+-]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_NO_ASSERTION = "NOASSERTION"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Purl:
    """The parts of a package's package URL that its settings state; None for those that have their default."""

    type: str | None = None
    namespace: str | None = None
    name: str | None = None
    version: str | None = None
    repository_url: str | None = None
    upstream: str | None = None
    """The whole package URL of the source."""


@dataclass(frozen=True)
class Sbom:
    """What the SBOMs of all wheels state."""

    supplier: str = _NO_ASSERTION
    namespace: str = "https://spdx.org/spdxdocs"
    creators: tuple[str, ...] = ()
    purl_type: str = "pypi"
    repository_url: str | None = None
    additions: tuple[str, ...] = ()
    """Names of the additions that are asked for: `crate_licenses`, `cyclonedx`."""


def sbom_of(section: Mapping[str, Value]) -> Sbom:
    """Read the global section `sbom`, whose keys are known.

    Raises:
        SettingsError: a value is not valid.
    """
    given = _given(section, supplier=_text, namespace=_namespace, purl_type=_type, repository_url=_address)
    if "supplier" in given:
        _warn_unless(_SUPPLIER, section["supplier"])
    creators = section["creators"].data if "creators" in section else []
    if not isinstance(creators, list):
        raise section["creators"].error(f"expected a list, not {creators!r}")
    given["creators"] = tuple(_text(creator) for creator in creators)
    for creator in creators:
        _warn_unless(_CREATOR, creator)
    return Sbom(**given)


def purl_of(section: Mapping[str, Value]) -> Purl:
    """Read a package's section `purl`, whose keys are known.

    Raises:
        SettingsError: a value is not valid.
    """
    readers = {"namespace": _text, "name": _text, "version": _text, "repository_url": _address}
    return Purl(**_given(section, type=_type, upstream=_upstream, **readers))


def with_additions(sbom: Sbom | None, section: Value | None) -> Sbom | None:
    """Return the settings of SBOMs with the additions that our own section `sbom` asks for.

    Raises:
        SettingsError: the section is not valid, or asks for additions to SBOMs that are not made.
    """
    if section is None or section.data is None:
        return sbom
    check_keys(section, set(_ADDITIONS))
    asked = {name: read_boolean(value) for name, value in section.data.items()}
    additions = tuple(sorted(name for name, is_asked in asked.items() if is_asked))
    if additions and sbom is None:
        raise section.error(f"{additions[0]} has no effect: settings.yaml has no `sbom`, so wheels have no SBOM")
    return replace(sbom, additions=additions) if sbom else None


def _given(section: Mapping[str, Value], **readers: Callable[[Value], str]) -> dict[str, Any]:
    """Return the values of a section that are not null."""
    return {
        name: read(section[name])
        for name, read in readers.items()
        if name in section and section[name].data is not None
    }


def _text(value: Value) -> str:
    if not isinstance(value.data, str) or not value.data.isprintable():
        raise value.error(f"expected a string of one line, not {value.data!r}")
    return value.data


def _warn_unless(form: re.Pattern[str], value: Value) -> None:
    """Warn of a supplier or creator that makes the SBOM invalid; Fromager writes any text."""
    if not form.fullmatch(value.data):
        _log.warning(
            "%s: %r makes the SBOMs invalid: SPDX expects 'Organization: NAME' or 'Person: NAME'",
            value.where,
            value.data,
        )


def _type(value: Value) -> str:
    found = _text(value).strip().lower()
    if not _TYPE.fullmatch(found):
        raise value.error(f"{value.data!r} is not a type of package URLs, such as 'pypi' or 'generic'")
    return found


def _address(value: Value) -> str:
    """Return an address with its scheme and host in lower case and without the scheme's usual port, as Fromager."""
    text = _text(value)
    try:
        parts = urlsplit(text)
        is_usual = parts.port == _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError as err:
        raise value.error(f"{text!r} is not a valid address: {err}") from None
    if not parts.scheme or not text.isascii() or " " in text:
        raise value.error(f"{text!r} is not an absolute address in printable ASCII")
    if parts.password:
        raise value.error("the address contains a password, which every wheel would show")
    user, at, host = parts.netloc.rpartition("@")
    host = host.lower().removesuffix(f":{parts.port}") if is_usual else host.lower()
    return parts._replace(netloc=f"{user}{at}{host}").geturl()


def _namespace(value: Value) -> str:
    """Return the address of SBOMs without their names. SPDX refuses one with a fragment."""
    if "#" in _text(value):
        raise value.error(f"{value.data!r} contains `#`, which the namespace of an SBOM must not")
    return _address(value)


def _upstream(value: Value) -> str:
    from packageurl import PackageURL  # noqa: PLC0415 - few packages state one

    text = _text(value).strip()
    try:
        return PackageURL.from_string(text).to_string()
    except ValueError as err:
        raise value.error(f"{text!r} is not a valid package URL: {err}") from None
