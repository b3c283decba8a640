"""Parse requirements and constraints: one requirement per line or argument.

https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager_gen import standards
from fromager_gen.addresses import is_address
from fromager_gen.errors import InputError, listed
from fromager_gen.names import problem_of_name
from fromager_gen.resolve.markers import applies

_COMMENT = re.compile(r"(^|\s)#.*$")


class Text(NamedTuple):
    """A file of requirements or constraints: its path or address without credentials, and its text."""

    place: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A requirement of the user, and the place where it was stated."""

    requirement: Requirement
    where: str

    @property
    def name(self) -> str:
        """Canonical name of the package."""
        return str(canonicalize_name(self.requirement.name))


@dataclass(frozen=True)
class Constraint:
    """The constraint of one package."""

    specifier: SpecifierSet
    text: str
    where: str

    @property
    def blocks(self) -> bool:
        """Whether it blocks the package, which is written as ``name<0`` in Fromager."""
        return str(self.specifier) in ("<0", "<0.0", "<0.0.0")


@dataclass(frozen=True)
class Constraints:
    """Constraints by canonical name."""

    by_name: dict[str, Constraint] = field(default_factory=dict)

    def allows(self, name: str, version: Version) -> bool:
        """Return whether a package's constraint allows a version; every pre-release in its range counts."""
        constraint = self.by_name.get(name)
        return constraint is None or constraint.specifier.contains(version, prereleases=True)

    def names_prerelease(self, name: str) -> bool:
        """Return whether a package's constraint names a pre-release, which allows pre-releases."""
        constraint = self.by_name.get(name)
        return constraint is not None and bool(constraint.specifier.prereleases)

    def specifiers(self) -> dict[str, SpecifierSet]:
        """Return the specifiers of all constraints, by canonical name."""
        return {name: one.specifier for name, one in self.by_name.items()}

    def pins(self, name: str) -> bool:
        """Return whether a package's constraint names one exact version."""
        constraint = self.by_name.get(name)
        return constraint is not None and is_pin(constraint.specifier)

    def text(self, name: str) -> str | None:
        """Return a package's constraint as it was written, for the graph."""
        constraint = self.by_name.get(name)
        return constraint.text if constraint else None

    def merged(self) -> str:
        """Return ``merged-constraints.txt``: a line for each package."""
        return "".join(f"{name}{constraint.specifier}\n" for name, constraint in sorted(self.by_name.items()))


def is_pin(specifier: SpecifierSet) -> bool:
    """Return whether a specifier names one exact version."""
    parts = list(specifier)
    return len(parts) == 1 and parts[0].operator in ("==", "===") and not parts[0].version.endswith(".*")


def top_level(asked: Iterable[Asked], variables: Mapping[str, str]) -> list[Asked]:
    """Return the requirements whose markers hold, without duplicates, in their order."""
    unique: dict[str, Asked] = {}
    for one in asked:
        unique.setdefault(str(one.requirement), one)
    return [one for one in unique.values() if applies(one.requirement, (), variables)]


def parse_requirements(arguments: Iterable[str], files: Iterable[Text]) -> list[Asked]:
    """Return all requirements of the command line and of files, including duplicates and those with any marker.

    Raises:
        InputError: a line is not a valid requirement; the message lists every such line.
    """
    asked, problems = [], []
    for text, where in [*((text, "the command line") for text in arguments), *numbered_lines(files)]:
        try:
            asked.append(Asked(as_requirement(text), where))
        except ValueError as err:
            problems.append(f"{where}: {text!r} {err}")
    if problems:
        raise InputError(listed("requirements that can't be read", problems))
    return asked


def merge_constraints(files: Iterable[Text], variables: Mapping[str, str]) -> Constraints:
    """Parse and merge constraints files by Fromager's rules.

    Raises:
        InputError: a line has extras, an address or no specifier, or two lines leave no version.
    """
    found: dict[str, Constraint] = {}
    problems = []
    for text, where in numbered_lines(files):
        try:
            requirement = as_constraint(text)
            if applies(requirement, (), variables):
                name = str(canonicalize_name(requirement.name))
                found[name] = _merged(found.get(name), Constraint(requirement.specifier, str(requirement), where))
        except ValueError as err:
            problems.append(f"{where}: {text!r} {err}")
    if problems:
        raise InputError(listed("constraints that can't be used", problems))
    return Constraints(found)


def _merged(earlier: Constraint | None, new: Constraint) -> Constraint:
    if earlier is None:
        return new
    both = earlier.specifier & new.specifier
    if earlier.blocks != new.blocks or _is_empty(both):
        raise ValueError(f"conflicts with {earlier.text!r} ({earlier.where})")
    return Constraint(
        both, f"{earlier.text.partition(';')[0].strip()},{new.specifier}", f"{earlier.where}, {new.where}"
    )


def _is_empty(specifier: SpecifierSet) -> bool:
    """Return whether specifiers pin versions that other specifiers exclude; other conflicts depend on the index."""
    pinned = [part.version for part in specifier if part.operator == "==" and not part.version.endswith(".*")]
    return bool(pinned) and not any(specifier.contains(version, prereleases=True) for version in pinned)


def as_constraint(text: str) -> Requirement:
    """Parse a line of a constraints file.

    Raises:
        ValueError: it is not a valid constraint; the message continues a sentence that begins with the line.
    """
    requirement = as_requirement(text)
    if requirement.extras:
        raise ValueError("has extras; remove them. Constraints files cannot contain extra dependencies")
    if requirement.url:
        raise ValueError("is an address; put it into the requirements")
    if not str(requirement.specifier):
        raise ValueError("has no version; add one, such as ==1.0 or <2. Constraints must have a version specifier")
    if _is_empty(requirement.specifier):
        raise ValueError("allows no version")
    return requirement


def as_requirement(text: str) -> Requirement:
    """Parse a line of a requirements file; an address may stand without a name if it has an ``#egg=`` fragment.

    Raises:
        ValueError: it can't be used; the message continues a sentence that begins with the line.
    """
    if text.startswith("-"):
        raise ValueError(
            "is an option of pip. Name more files with -r and -c on the command line; pip's settings name the index"
        )
    if text.startswith(("git+", "http://", "https://", "file:")):
        text = _named(text)
    try:
        requirement = standards.requirement(text)
    except InvalidRequirement as err:
        raise ValueError(f"is not a valid requirement: {str(err).splitlines()[0]}") from None
    problem = problem_of_name(canonicalize_name(requirement.name)) or _problem_of_address(requirement.url)
    if problem:
        raise ValueError(f"can't be used: {problem}")
    return requirement


def _problem_of_address(url: str | None) -> str | None:
    if url is None:
        return None
    schemes = ("http", "https", "ssh", "file") if url.startswith("git+") else ("http", "https")
    if not is_address(url.removeprefix("git+"), *schemes):
        return "its address is not http, https, git+https, git+ssh or git+file"
    parts = urlsplit(url)
    if parts.password or (parts.username and "ssh" not in parts.scheme):
        return "its address has credentials; put them into ~/.netrc, which git, Bazel and fromager-gen read"
    if "subdirectory=" in parts.fragment:
        return "its address has a subdirectory; use the setting build_dir instead"
    return None


def _named(text: str) -> str:
    """Return a bare address as ``NAME @ ADDRESS``; the name comes from its ``#egg=`` fragment."""
    address, _, fragment = text.partition("#")
    parts = [part for part in fragment.split("&") if part]
    names = [part.removeprefix("egg=") for part in parts if part.startswith("egg=")]
    if len(names) != 1 or problem_of_name(canonicalize_name(names[0])):
        raise ValueError("names no package; write NAME @ ADDRESS")
    rest = "&".join(part for part in parts if not part.startswith("egg="))
    return f"{names[0]} @ {address}{'#' if rest else ''}{rest}"


def numbered_lines(files: Iterable[Text]) -> list[tuple[str, str]]:
    """Return each line of files that is not empty or a comment, with its place, such as ``r.txt:3``."""
    found = []
    for file in files:
        for number, line in enumerate(file.text.splitlines(), 1):
            text = _COMMENT.sub("", line).strip()
            if text:
                found.append((text, f"{file.place}:{number}"))
    return found
