"""The shared libraries of external dependencies in the world of a build."""

from collections.abc import Iterable
from pathlib import Path

from actions.wheel.dynamic import NotElfError, dynamic
from actions.world.world import World


def pinned_files(place: World) -> list[Path]:
    """Return the files of pinned packages that may be shared libraries."""
    return sorted(path for path in (place.external / "usr" / "lib").rglob("*.so*") if path.is_file())


def shared_libraries(files: Iterable[Path]) -> dict[str, Path]:
    """Return the shared libraries among files, by the names under which they are loaded."""
    found = {}
    for path in files:
        try:
            read = dynamic(path.read_bytes())
        except NotElfError:
            continue  # a linker script
        if read.is_shared:
            found[read.soname or path.name] = path
    return found
