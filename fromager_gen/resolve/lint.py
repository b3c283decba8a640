"""Check requirements and constraints files: the form of each line, and duplicate constraints."""

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fromager_gen.resolve.requirements import Asked, Text, as_constraint, as_requirement, numbered_lines

_CONSTRAINTS = "constraints.txt"


@dataclass(frozen=True)
class Linted:
    """The valid lines of requirements files, in their order, and the problems of all files, one for each line."""

    requirements: tuple[Asked, ...]
    problems: tuple[str, ...]


def lint_texts(files: Iterable[Text]) -> Linted:
    """Check the lines of files.

    A file whose name ends with ``constraints.txt`` contains constraints: no extras, a specifier in each line, and each
    package once for each marker. Other files contain requirements, which may name a package several times.
    """
    asked, problems = [], []
    for file in files:
        is_constraints = file.place.endswith(_CONSTRAINTS)
        seen: dict[tuple[str, str], Asked] = {}
        for text, where in numbered_lines([file]):
            try:
                requirement = as_constraint(text) if is_constraints else as_requirement(text)
                if is_constraints:
                    _check_unique(requirement, where, seen)
                else:
                    asked.append(Asked(requirement, where))
            except ValueError as err:
                problems.append(f"{where}: {text!r} {err}")
    return Linted(tuple(asked), tuple(problems))


def _check_unique(requirement: Requirement, where: str, seen: dict[tuple[str, str], Asked]) -> None:
    key = canonicalize_name(requirement.name), str(requirement.marker or "")
    first = seen.setdefault(key, Asked(requirement, where))
    if first.where != where:
        raise ValueError(
            f"is a Duplicate entry: {first.where} has {str(first.requirement)!r} for the same marker; merge the two"
        )
