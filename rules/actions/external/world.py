"""The files of pinned external dependencies in the world of a build."""

from collections.abc import Iterator
from pathlib import Path

from actions.wheel.dynamic import NotElfError, dynamic
from actions.world.world import World


def shared_libraries(place: World) -> dict[str, Path]:
    """Return the shared libraries that were unpacked, by the names under which they are loaded."""
    return dict(_named(place.external / "usr" / "lib"))


def _named(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.so*")):
        if path.is_file():
            try:
                found = dynamic(path.read_bytes())
            except NotElfError:
                continue  # a linker script
            if found.is_shared:
                yield found.soname or path.name, path
