"""Kinds of requirements and of sources, and markers."""

import enum
import typing

from packaging.requirements import Requirement

from fromager._missing import names_of


class RequirementType(enum.StrEnum):
    """Why a package is required."""

    INSTALL = "install"
    TOP_LEVEL = "toplevel"
    BUILD_SYSTEM = "build-system"
    BUILD_BACKEND = "build-backend"
    BUILD_SDIST = "build-sdist"

    @property
    def is_build_requirement(self) -> bool:
        """Whether a build needs the package."""
        return self.value.startswith("build-")

    @property
    def is_install_requirement(self) -> bool:
        """Whether an installation needs the package."""
        return not self.is_build_requirement


class SourceType(enum.StrEnum):
    """Where a source is from."""

    PREBUILT = "prebuilt"
    SDIST = "sdist"
    OVERRIDE = "override"
    GIT = "git"


def evaluate_marker(
    parent_req: Requirement,
    req: Requirement,
    extras: typing.Iterable[str] | None = None,
) -> bool:
    """Return whether a requirement's marker holds here, with any of the extras or with none."""
    if req.marker is None:
        return True
    return any(req.marker.evaluate({"extra": extra}) for extra in (*(extras or ()), ""))


__getattr__ = names_of(__name__)
