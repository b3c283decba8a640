"""What is known of one package version before it is built, and what only its backend can tell."""

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
# PEP 517: what a source without a build-system table is built with.
_LEGACY = ("setuptools >= 40.8.0",)
# PEP 643: from here on an sdist says which fields a backend may still change.
_STATIC_SINCE = Version("2.2")


@dataclass(frozen=True)
class Facts:
    """What a source says of itself; None where only the backend can tell."""

    build_system: tuple[str, ...]
    install: tuple[str, ...] | None
    requires_python: str = ""
    version: str = ""
    is_long: bool = False
    """Whether the build is likely to take minutes: there is Rust in it, or much to compile."""
    build_requires: tuple[str, ...] | None = None
    """What the backend asks for beside ``build_system``."""
    likely_install: tuple[str, ...] = ()
    """Where only the backend can tell: what it said when the sdist was made, which is what it most often says again."""
    likely_build_requires: tuple[str, ...] = ()
    """The same: a backend that is in the source itself needs what the project needs to run; others ask for nothing."""

    def to_json(self) -> str:
        """Return the facts as a line of JSON."""
        return json.dumps(asdict(self))


def from_json(text: str) -> Facts:
    """Read what `Facts.to_json` wrote.

    Raises:
        ValueError: it is something else.
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
            likely_install=_read(entry["likely_install"]) or (),
            likely_build_requires=_read(entry["likely_build_requires"]) or (),
        )
    except (KeyError, TypeError) as err:
        raise ValueError(f"no facts: {err!r}") from err


def _read(entry: list[object] | None) -> tuple[str, ...] | None:
    return None if entry is None else tuple(map(str, entry))


def facts_of_source(archive: Path, name: str, version: str | None, build_dir: str = ".") -> Facts:
    """Read a source archive.

    Args:
        archive: the sdist, patched if it is to be.
        name: canonical name it must have.
        version: version it must have, None for a git source, which says it itself.
        build_dir: folder with the project.

    Raises:
        ResolutionError: it is another package or version, or its files can't be read.
    """
    tree = SourceArchive.of_archive(archive)
    shown = f"{name} {version or ''}".strip()
    pyproject = tree.toml(f"{build_dir}/pyproject.toml")
    try:
        system = pyproject.get("build-system", {})
        requires = _strings(system.get("requires", list(_LEGACY)), "build-system.requires")
        project = pyproject.get("project", {})
        dynamic = project.get("dynamic", [])
        _checked(requires, f"{shown}: build-system.requires of its pyproject.toml")
        info = _pkg_info(tree, shown)
        facts = Facts(
            build_system=tuple(requires),
            install=_static_install(info) if info else None,
            build_requires=static_build_requires(tree, build_dir, pyproject),
            requires_python=str(project.get("requires-python", "") or (info or {}).get("requires_python", "")),
            version=_version(info, project),
            # psutil and multidict have half of that to compile and build in seconds, aiohttp and Cython take minutes.
            is_long=tree.bytes_to_compile >= LONG_BUILD_BYTES or rust_backend(system) is not None,
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


def _pkg_info(tree: SourceArchive, shown: str) -> RawMetadata | None:
    data = tree.data("PKG-INFO")
    if data is None:
        return None
    try:
        return parse_email(data)[0]
    except (ValueError, email.errors.MessageError) as err:
        raise ResolutionError(f"{shown}: its PKG-INFO can't be read: {err}") from err


def _static_install(info: RawMetadata) -> tuple[str, ...] | None:
    """Return Requires-Dist where PEP 643 says that a build can't change it."""
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
    """Return Requires-Dist whatever it is worth, nothing where it can't be read."""
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
        raise TypeError(f"{where} is no list of requirements")
    return value


def _with_extra(text: str, extra: str) -> str:
    """Return an optional dependency as Requires-Dist has it."""
    try:
        requirement = standards.requirement(text)
    except InvalidRequirement:
        return text  # refused with its package's name where all are checked
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
                f"{shown}: the source's {where} says it is {str(says)[:80]!r}. The index, or the requirement, has "
                "another package under this name; nothing was taken from it."
            )
    if version is not None and facts.version:
        try:
            # As with Fromager, either may have a local part that the other lacks.
            differs = Version(standards.version(facts.version).public) != Version(Version(version).public)
        except InvalidVersion:
            differs = True
        if differs:
            raise ResolutionError(
                f"{shown}: the source says its version is {facts.version[:80]!r}. Constrain {name} to another version, "
                "or patch the source."
            )


def _checked(requirements: tuple[str, ...] | list[str], where: str) -> None:
    for text in requirements:
        try:
            standards.requirement(text)
        except InvalidRequirement as err:
            raise ResolutionError(
                f"{where} has {text[:200]!r}, which is no requirement: {str(err).splitlines()[0]}. Patch it, or "
                "constrain the package to another version."
            ) from None


def install_of_metadata(text: bytes, name: str, version: str) -> tuple[str, ...]:
    """Return Requires-Dist of a wheel's METADATA.

    Raises:
        ResolutionError: it can't be read, or is another package's or version's.
    """
    shown = f"{name} {version}"
    try:
        raw, _ = parse_email(text)
        metadata = Metadata.from_raw(raw, validate=False)
        says = str(canonicalize_name(metadata.name)), Version(str(metadata.version))
        # As with Fromager, a build may add a local version, or another one.
        fits = says[0] == name and Version(says[1].public) == Version(Version(version).public)
    except (InvalidMetadata, InvalidVersion, ExceptionGroup, AttributeError, TypeError, ValueError) as err:
        raise ResolutionError(f"{shown}: its metadata can't be read: {err}") from err
    if not fits:
        raise ResolutionError(
            f"{shown}: its metadata says that it is {says[0]} {says[1]}. The file's name says otherwise; patch the "
            "source, or constrain the package to another version."
        )
    requirements = tuple(raw.get("requires_dist", []))
    _checked(requirements, f"{shown}: its metadata")
    return requirements
