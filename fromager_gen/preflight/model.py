"""Findings about a collection, and what they are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fromager_gen.graph import Node
from fromager_gen.overrides import PackageSettings
from fromager_gen.plan import Needs
from fromager_gen.source import Hint

# How sure a finding is: stated by the package, the settings or the knowledge file; or read in a build script. The build
# can use an optional dependency, and gets it if it is declared.
SURE, GUESS, OPTIONAL = "sure", "guess", "optional"


class Finding(NamedTuple):
    """One thing that a collection needs."""

    package: str
    """Name and version; empty for the whole collection."""
    kind: str
    """``external``, ``rust``, ``accelerator``, ``build-tool``, ``backend``, ``cargo-lock``, ``wheel-only``, ``cycle``,
    ``size`` or ``resolution``."""
    need: str
    """What is needed, such as ``dep:generic/libxml2``."""
    certainty: str
    """SURE, GUESS or OPTIONAL."""
    problem: str
    """What is missing; empty if nothing is."""
    evidence: str = ""
    """File or page that says so."""
    advice: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether the build fails if nothing is done, as far as this is sure."""
        return bool(self.problem) and self.certainty == SURE


@dataclass(frozen=True)
class Inspected:
    """One package version and what its source says."""

    node: Node
    settings: PackageSettings
    needs: Needs
    hints: tuple[Hint, ...] = ()
    backend: str = ""
    """Module of `build-backend`; empty if the source names none."""
    environment: frozenset[str] = frozenset()
    """Names of the packages in its build environment."""
    has_rust: bool = False
    has_cargo_lock: bool = True
    size: int = 0
    """Size of the source archive in bytes."""


@dataclass(frozen=True)
class Available:
    """What builds can have."""

    external: Mapping[str, str] = field(default_factory=dict)
    """Problem of each external dependency, by its text; empty for one that is there."""
    rust: str = ""
    """Version of Rust; empty if there is none."""
    has_accelerator: bool = False
    where: str = "this machine"
