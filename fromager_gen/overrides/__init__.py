"""What people say about packages beside the graph: Fromager's settings and patches."""

from fromager_gen.overrides.model import CargoLock, Overrides, PackageSettings, Patch
from fromager_gen.overrides.read import Sources, read_overrides

__all__ = ["CargoLock", "Overrides", "PackageSettings", "Patch", "Sources", "read_overrides"]
