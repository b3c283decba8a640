"""Facts about one package version that are known before its build, and those that only its backend knows."""

import email.errors
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from packaging.metadata import InvalidMetadata, Metadata, RawMetadata, parse_email
from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from fromager_gen import standards
from fromager_gen.contract import LONG_BUILD_BYTES
from fromager_gen.errors import ResolutionError
from fromager_gen.source.archive import SourceArchive
from fromager_gen.source.backends import static_build_requires
from fromager_gen.source.rust import rust_backend

_log = logging.getLogger(__name__)
# Build requirements of a source without a build-system table: https://peps.python.org/pep-0517/#source-trees
_LEGACY = ("setuptools >= 40.8.0",)
# Since this metadata version an sdist states which fields a backend may change: https://peps.python.org/pep-0643/
_STATIC_SINCE = Version("2.2")


@dataclass(frozen=True)
class Facts:
    """The facts that a source states about itself; None for facts that only the backend knows."""

    build_system: tuple[str, ...]
    install: tuple[str, ...] | None
    requires_python: str = ""
    version: str = ""
    is_long: bool = False
    """Whether the build is likely to take minutes because of Rust or much code to compile."""
    build_requires: tuple[str, ...] | None = None
    """Requirements of the backend in addition to ``build_system``."""
    likely_install: tuple[str, ...] = ()
    """Likely install requirements, if only the backend knows: those that it stated when the sdist was made."""
    states_sdist_requires: bool = False
    """Whether a plugin requires something else to build the sdist than the backend requires to build the wheel."""
    external: tuple[str, ...] = ()
    """Dependencies outside of Python that its table `external` states for a build."""
    likely_build_requires: tuple[str, ...] = ()
    """Likely answer of the backend: the project's install requirements if it is in the source itself, else nothing."""

    def to_json(self) -> str:
        """Return the facts as a line of JSON."""
        return json.dumps(asdict(self))


def from_json(text: str) -> Facts:
    """Parse the output of `Facts.to_json`.

    Raises:
        ValueError: the text has another format.
    """
    try:
        entry = json.loads(text)
        return Facts(
            build_system=_read(entry["build_system"]) or (),
            install=_read(entry["install"]),
            build_requires=_read(entry["build_requires"]),
            requires_python=str(entry["requires_python"]),
            version=str(entry["version"]),
            is_long=bool(entry["is_long"]),
            external=_read(entry["external"]) or (),
            likely_install=_read(entry["likely_install"]) or (),
            likely_build_requires=_read(entry["likely_build_requires"]) or (),
        )
    except (KeyError, TypeError) as err:
        raise ValueError(f"not valid facts: {err!r}") from err


def _read(entry: list[object] | None) -> tuple[str, ...] | None:
    return None if entry is None else tuple(map(str, entry))


def facts_of_source(archive: Path, name: str, version: str | None, build_dir: str = ".") -> Facts:
    """Read the facts of a source archive.

    Args:
        archive: the sdist, after its patches.
        name: canonical name that it must have.
        version: version that it must have, None for a git source, which states its own version.
        build_dir: folder with the project.

    Raises:
        ResolutionError: the archive is another package or version, or its files can't be read.
    """
    source = SourceArchive.of_archive(archive)
    shown = f"{name} {version or ''}".strip()
    pyproject = source.toml(f"{build_dir}/pyproject.toml")
    try:
        system = pyproject.get("build-system", {})
        requires = _strings(system.get("requires", list(_LEGACY)), "build-system.requires")
        project = pyproject.get("project", {})
        dynamic = project.get("dynamic", [])
        _checked(requires, f"{shown}: build-system.requires of its pyproject.toml")
        info = _pkg_info(source, shown)
        facts = Facts(
            build_system=tuple(requires),
            install=_static_install(info) if info else None,
            build_requires=static_build_requires(source, build_dir, pyproject),
            requires_python=str(project.get("requires-python", "") or (info or {}).get("requires_python", "")),
            version=_version(info, project),
            # psutil and multidict have half that many bytes and build in seconds; aiohttp and Cython take minutes.
            external=_external(pyproject.get("external", {})),
            is_long=source.bytes_to_compile >= LONG_BUILD_BYTES or rust_backend(system) is not None,
        )
        if facts.install is None and project and not {"dependencies", "optional-dependencies"} & set(dynamic):
            facts = replace(facts, install=_project_install(project))
        if facts.install is None and info:
            facts = replace(facts, likely_install=_requirements_of(info))
        if system.get("backend-path"):
            facts = replace(facts, likely_build_requires=facts.install or facts.likely_install)
    except (AttributeError, TypeError) as err:
        raise ResolutionError(f"{shown}: its pyproject.toml does not follow the standards: {err}") from err
    _same(shown, name, version, info, project, facts)
    _checked(facts.install or (), f"{shown}: its metadata")
    return facts


def _external(table: object) -> tuple[str, ...]:
    """Return the dependencies of a build in the table `external`: https://peps.python.org/pep-0725/#specification.

    The table is not a standard yet, so that an entry of another form is left out.
    """
    lists = [table.get(key) for key in ("build-requires", "host-requires")] if isinstance(table, dict) else []
    return tuple(text for one in lists if isinstance(one, list) for text in one if isinstance(text, str))


def _pkg_info(source: SourceArchive, shown: str) -> RawMetadata | None:
    data = source.data("PKG-INFO")
    if data is None:
        return None
    try:
        return parse_email(data)[0]
    except (ValueError, email.errors.MessageError) as err:
        raise ResolutionError(f"{shown}: its PKG-INFO can't be read: {err}") from err


def _static_install(info: RawMetadata) -> tuple[str, ...] | None:
    """Return Requires-Dist, or None if a build may change it according to PEP 643."""
    try:
        if standards.version(info.get("metadata_version", "1.0")) < _STATIC_SINCE:
            return None
    except InvalidVersion:
        return None
    dynamic = {field.lower() for field in info.get("dynamic", [])}
    if {"requires-dist", "provides-extra"} & dynamic:
        return None
    return tuple(info.get("requires_dist", []))


def _requirements_of(info: RawMetadata) -> tuple[str, ...]:
    """Return Requires-Dist even if a build may change it, or nothing if it is not valid."""
    texts = tuple(info.get("requires_dist", []))
    try:
        _checked(texts, "")
    except ResolutionError as err:
        _log.debug("requirements that PKG-INFO lists are left out: %s", err)
        return ()
    return texts


def _project_install(project: Mapping[str, Any]) -> tuple[str, ...]:
    found = _strings(project.get("dependencies", []), "project.dependencies")
    for extra, texts in project.get("optional-dependencies", {}).items():
        found += [_with_extra(text, extra) for text in _strings(texts, f"project.optional-dependencies.{extra}")]
    return tuple(found)


def _strings(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise TypeError(f"{where} is not a list of requirements")
    return value


def _with_extra(text: str, extra: str) -> str:
    """Return an optional dependency in the form of Requires-Dist, with the extra in its marker."""
    try:
        requirement = standards.requirement(text)
    except InvalidRequirement:
        return text  # `_checked` reports it with the package's name
    marker = f'extra == "{canonicalize_name(extra)}"'
    both = f"({requirement.marker}) and {marker}" if requirement.marker else marker
    requirement.marker = None
    return f"{requirement} ; {both}" if requirement.url else f"{requirement}; {both}"


def _version(info: RawMetadata | None, project: Mapping[str, Any]) -> str:
    return str((info or {}).get("version", "") or project.get("version", ""))


def _same(
    shown: str, name: str, version: str | None, info: RawMetadata | None, project: Mapping[str, Any], facts: Facts
) -> None:
    for says, where in (((info or {}).get("name"), "PKG-INFO"), (project.get("name"), "pyproject.toml")):
        if says and canonicalize_name(str(says)) != name:
            raise ResolutionError(
                f"{shown}: the name in the source's {where} is {str(says)[:80]!r}. The file at this address belongs to "
                "another package; nothing of it is used. Correct the requirement or the index."
            )
    if version is not None and facts.version:
        try:
            # As in Fromager, the local version parts may differ.
            differs = Version(standards.version(facts.version).public) != Version(Version(version).public)
        except InvalidVersion:
            differs = True
        if differs:
            raise ResolutionError(
                f"{shown}: the version in the source's metadata is {facts.version[:80]!r}. Constrain {name} to another "
                "version, or patch the source."
            )


def _checked(requirements: tuple[str, ...] | list[str], where: str) -> None:
    for text in requirements:
        try:
            standards.requirement(text)
        except InvalidRequirement as err:
            raise ResolutionError(
                f"{where} has {text[:200]!r}, which is not a valid requirement: {str(err).splitlines()[0]}. Patch it, "
                "or constrain the package to another version."
            ) from None


def install_of_metadata(text: bytes, name: str, version: str) -> tuple[str, ...]:
    """Return Requires-Dist from a wheel's METADATA.

    Raises:
        ResolutionError: the metadata can't be read, or belongs to another package or version.
    """
    shown = f"{name} {version}"
    try:
        raw, _ = parse_email(text)
        metadata = Metadata.from_raw(raw, validate=False)
        says = str(canonicalize_name(metadata.name)), Version(str(metadata.version))
        # As in Fromager, a build may add or change the local version.
        fits = says[0] == name and Version(says[1].public) == Version(Version(version).public)
    except (InvalidMetadata, InvalidVersion, ExceptionGroup, AttributeError, TypeError, ValueError) as err:
        raise ResolutionError(f"{shown}: its metadata can't be read: {err}") from err
    if not fits:
        raise ResolutionError(
            f"{shown}: its metadata is that of {says[0]} {says[1]}, unlike the file's name. Patch the source, or "
            "constrain the package to another version."
        )
    requirements = tuple(raw.get("requires_dist", []))
    _checked(requirements, f"{shown}: its metadata")
    return requirements
