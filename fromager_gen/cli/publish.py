"""``publish``: copy wheels to a folder with an index, or upload them to a repository."""

import re
from pathlib import Path

import click

from fromager_gen.addresses import is_address
from fromager_gen.cli.options import FOLDER, index_address
from fromager_gen.pipeline.publish import PublishOptions, publish_to_folder, publish_to_repository

# The beginning of an address. A folder with such a name can be given as ./NAME.
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):/")


def _destination(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Check --to, and write the scheme of an address in lower case."""
    if not value.strip():
        raise click.BadParameter("the value is empty; name a folder, such as '.', or an address")
    found = _SCHEME.match(value)
    if found is None:
        return value
    scheme = found[1].lower()
    if scheme not in ("http", "https"):
        raise click.BadParameter(
            f"wheels can't be published to an address with {found[1]}:, but only to one with https: or http:"
        )
    return scheme + value[len(scheme) :]


@click.command()
@click.argument("wheels", type=FOLDER)
@click.option(
    "--to", required=True, metavar="FOLDER_OR_URL", callback=_destination,
    help="Folder, or upload address of a repository.",
)  # fmt: skip
@click.option(
    "--index-url", metavar="URL", callback=index_address,
    help="Package index of the repository at --to; wheels that it has with the same hash are not uploaded.",
)  # fmt: skip
@click.option("--replace", is_flag=True, help="Replace wheels in the folder that have the same name and other bytes.")
@click.option(
    "--dry-run", is_flag=True,
    help="Show what would be published, and change nothing. A repository is asked only with --index-url.",
)  # fmt: skip
def publish(wheels: Path, to: str, index_url: str | None, replace: bool, dry_run: bool) -> None:
    """Publish the new wheels in the folder WHEELS.

    \b
        fromager-gen publish bazel-bin/wheelhouse --to /srv/wheels
        fromager-gen publish wheels-repo/downloads --to https://repository.example/upload/

    A folder gets a package index of all its wheels in simple/, which any file server can serve. Uploads need
    fromager-gen[publish], and use the credentials of twine: TWINE_USERNAME and TWINE_PASSWORD, ~/.pypirc, or keyring.
    """  # noqa: D301 - click needs the backslash
    options = PublishOptions(replace, dry_run, index_url)
    if not to.startswith(("http:", "https:")):
        if index_url is not None:
            raise click.UsageError("--index-url is only for uploads: a folder is read itself")
        publish_to_folder(wheels, Path(to), options)
        return
    if not is_address(to, "http", "https"):
        raise click.BadParameter(f"{to!r} is not a valid address", param_hint="--to")
    if replace:
        raise click.UsageError("--replace is only for folders: repositories do not replace files")
    publish_to_repository(wheels, to, options)
