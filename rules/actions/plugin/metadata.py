"""Add metadata to a built wheel with a plugin's `add_extra_metadata_to_wheels`."""

import os
import tomllib
import zipfile
from pathlib import Path

from actions.errors import ActionError
from actions.wheel.planned import SETTINGS_FILE, Planned, settings_text
from actions.wheel.wheel_file import check_members, metadata_name, reading
from actions.world.backend import Backend

# The key of `fromager-build-settings` under which Fromager writes what the function returns.
_KEY = "metadata-from-plugin"


def add_metadata(wheel: Path, planned: Planned, ready: Backend) -> Planned:
    """Call the function on the unpacked wheel, and pack the wheel again with the files that it wrote.

    Returns:
        The plan, with the function's answer among the settings that the wheel contains.

    Raises:
        ActionError: the wheel is damaged, or the function failed.
    """
    if ready.plugin is None:
        raise ActionError("no plugin has add_extra_metadata_to_wheels")
    root = ready.place.root / "wheel"
    dist_info = _unpack(wheel, root)
    answer = ready.plugin.call("add_extra_metadata_to_wheels", ready.runner, {"dist_info_dir": str(dist_info)})
    _pack(root, wheel)
    if not answer:
        return planned
    files = dict(planned.extra_files)
    settings = tomllib.loads(files.get(SETTINGS_FILE, ""))
    try:
        files[SETTINGS_FILE] = settings_text({**settings, _KEY: answer})
    except (TypeError, ValueError) as err:  # TOML has no null, for example
        raise ActionError(f"add_extra_metadata_to_wheels returned {answer!r}, which is no TOML: {err}") from err
    return planned._replace(extra_files=tuple(files.items()))


def _unpack(wheel: Path, root: Path) -> Path:
    """Unpack a wheel; return its folder `.dist-info`."""
    with reading(), zipfile.ZipFile(wheel) as opened:
        check_members(wheel.name, opened.infolist())
        for info in opened.infolist():
            path = Path(opened.extract(info, root))
            if not info.is_dir() and info.external_attr >> 16 & 0o100:
                path.chmod(0o755)
        return root / metadata_name(opened).rpartition("/")[0]


def _pack(root: Path, wheel: Path) -> None:
    """Pack a folder as a wheel; its RECORD, times and order are made afterwards."""
    with zipfile.ZipFile(wheel, "w", strict_timestamps=False) as packed:
        for parent, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(files):
                path = Path(parent, name)
                packed.write(path, path.relative_to(root).as_posix())
