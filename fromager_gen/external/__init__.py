"""What packages need outside of Python, in the words of PEP 725: https://peps.python.org/pep-0725/."""

from fromager_gen.external.definition import definition, install_lines, satisfies
from fromager_gen.external.names import (
    FORTRAN,
    OF_TOOLCHAINS,
    Dependency,
    Vocabulary,
    build_dependencies,
    conflicts,
    conflicts_in,
    entry_of,
    read_dependency,
    vocabulary,
)
from fromager_gen.external.packages import Known, known_needs

__all__ = [
    "FORTRAN",
    "OF_TOOLCHAINS",
    "Dependency",
    "Known",
    "Vocabulary",
    "build_dependencies",
    "conflicts",
    "conflicts_in",
    "definition",
    "entry_of",
    "install_lines",
    "known_needs",
    "read_dependency",
    "satisfies",
    "vocabulary",
]
