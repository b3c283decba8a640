"""Constraints of a run."""

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager._missing import names_of


class Constraints:
    """Version specifiers by package."""

    def __init__(self, given: dict[str, SpecifierSet] | None = None) -> None:
        """Take the specifiers, by canonical name."""
        self._given = given or {}

    def get_constraint(self, name: str) -> SpecifierSet | None:
        """Return the specifiers of a package, or None."""
        return self._given.get(canonicalize_name(name))

    def is_satisfied_by(self, pkg_name: str, version: Version) -> bool:
        """Return whether a version fits the package's constraint."""
        constraint = self.get_constraint(pkg_name)
        return constraint is None or constraint.contains(version, prereleases=True)

    def allow_prerelease(self, pkg_name: str) -> bool:
        """Return whether the package's constraint names a pre-release."""
        constraint = self.get_constraint(pkg_name)
        return constraint is not None and bool(constraint.prereleases)


__getattr__ = names_of(__name__)
