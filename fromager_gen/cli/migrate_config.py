"""``migrate-config``: convert the configuration of Fromager 0.27 and earlier."""

from pathlib import Path

import click

from fromager_gen.cli.options import FILE, FOLDER
from fromager_gen.pipeline.migrate_config import migrate_config as migrate


@click.command()
@click.option("--envs-dir", type=FOLDER, required=True, help="Folder with the old files NAME.env and VARIANT/NAME.env.")
@click.option("--settings-file", type=FILE, required=True, help="File with the old global settings.")
@click.option("--output-dir", type=FOLDER, required=True, help="Folder for the new files, NAME.yaml.")
def migrate_config(envs_dir: Path, settings_file: Path, output_dir: Path) -> None:
    """Convert the configuration of Fromager 0.27 and earlier to one settings file for each package.

    The keys `packages` and `pre_built` of the global settings and the files of variables are converted. The old files
    are not changed, and new files replace files of the same name.

    \b
        fromager-gen migrate-config --envs-dir overrides/envs \\
            --settings-file overrides/settings.yaml --output-dir overrides/settings
    """  # noqa: D301 - click needs the backslash
    migrate(envs_dir, settings_file, output_dir)
