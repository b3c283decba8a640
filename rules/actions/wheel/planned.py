"""The graph's data about a wheel to build."""

from collections.abc import Mapping
from typing import NamedTuple

# The additional file of a wheel with the settings of its package.
SETTINGS_FILE = "fromager-build-settings"


class Crate(NamedTuple):
    """One crate."""

    name: str
    version: str
    source: str
    """The source as Cargo.lock names it."""
    sha256: str
    """Checksum of its archive; empty for a crate from git."""
    license: str
    """Expression of its licenses; empty if its manifest states none that is valid."""
    texts: tuple[tuple[str, bytes], ...]
    """Its license files, by name."""


class Sbom(NamedTuple):
    """What the SBOMs of a wheel state, apart from the files that they find in the wheel."""

    package: str
    version: str
    created: str
    """Seconds since the epoch."""
    purl: str
    """Package URL of the wheel."""
    upstream: str
    """Package URL of its source."""
    supplier: str
    namespace: str
    creators: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    tools: tuple[tuple[str, str], ...] = ()
    """Name and version of each package in the build environment."""
    crates: tuple[Crate, ...] = ()


class Planned(NamedTuple):
    """A wheel's name and version, the requirements that its metadata may have, and the files that are added to it."""

    package: str
    version: str
    install_requires: frozenset[str] = frozenset()
    build_tag: str = ""
    platlib_build_tag: str = ""
    """Build tag of a wheel that is not for any platform; empty if it is the same."""
    pin_requires: tuple[str, ...] = ()
    """Requirements that get other versions, see `pinned_metadata`."""
    extra_files: tuple[tuple[str, str], ...] = ()
    requires_external: tuple[str, ...] = ()
    sbom: Sbom | None = None


def settings_text(settings: Mapping[str, object]) -> str:
    """Return settings as TOML, as Fromager writes them."""
    import tomlkit  # imported here, since the import is slow and few packages have settings

    return tomlkit.dumps(settings)
