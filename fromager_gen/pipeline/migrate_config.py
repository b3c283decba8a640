"""Write the configuration of Fromager 0.27 and earlier as one settings file for each package."""

from pathlib import Path

from fromager_gen.files import check_writable, write_text
from fromager_gen.overrides import migrated
from fromager_gen.terminal import counted, say, warn


def migrate_config(envs_dir: Path, settings_file: Path, output_dir: Path) -> None:
    """Write the new settings files. Existing files of the same name are replaced.

    Args:
        envs_dir: folder with the old files of variables.
        settings_file: the old global settings, which are not changed.
        output_dir: folder for the new files.

    Raises:
        SettingsError: the old configuration can't be read, or the new one would not be valid; no file is written.
        WriteError: a file can't be written.
    """
    if not envs_dir.is_dir():
        warn(f"--envs-dir {envs_dir} is not a folder and is ignored")
    texts = migrated(envs_dir, settings_file)
    check_writable(output_dir)
    output_dir.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(output_dir / name, text)
    say(
        f"{output_dir}: settings of {counted(len(texts), 'package')}. Remove the keys `packages` and `pre_built` from "
        f"{settings_file}, and the folder {envs_dir}"
    )
