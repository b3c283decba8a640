"""``external``: libraries and programs outside of Python."""

from pathlib import Path

import click

from fromager_gen.cli.options import EXISTING_FILE, FOLDER, F, grouped, index_address
from fromager_gen.contract import CPUS
from fromager_gen.pipeline import external as pipeline
from fromager_gen.pipeline.options import GlobalOptions


@click.group()
def external() -> None:
    """Declare and pin libraries and programs outside of Python that builds need.

    Names are those of PEP 725, such as dep:generic/libxml2 or dep:virtual/compiler/fortran. A version specifier may
    follow: dep:generic/libxml2@>=2.9.
    """


@external.command()
@click.argument("name")
@click.argument("dependencies", metavar="DEPENDENCY...", nargs=-1, required=True)
@click.pass_obj
def add(options: GlobalOptions, name: str, dependencies: tuple[str, ...]) -> None:
    """Declare that the package NAME needs each DEPENDENCY to be built.

    \b
        fromager-gen external add lxml dep:generic/libxml2 dep:generic/libxslt

    Writes the list `external` of overrides/fromager-gen/NAME.yaml. Other settings of the file stay. What is known of
    the package already is part of the list.
    """  # noqa: D301 - click needs the backslash
    pipeline.add(options.override_paths, name, dependencies)


def _mirror_options(function: F) -> F:
    """Add the options of a Debian mirror to a command, which receives them as one value."""
    options = (
        click.option("--keyring", type=EXISTING_FILE, help="Keys that sign the release.  [default: those of Debian]"),
        click.option(
            "--cpu", "cpus", type=click.Choice(CPUS), multiple=True,
            help="CPU to pin packages for. Repeatable.  [default: all]",
        ),
        click.option("--suite", metavar="NAME", help="Debian release, such as bookworm.  [default: that of apt]"),
        click.option("--mirror", metavar="URL", callback=index_address, help="Debian mirror.  [default: that of apt]"),
    )  # fmt: skip
    return grouped(function, options, "source", pipeline.Mirror)


@external.command()
@_mirror_options
@click.option("--output", "workspace", type=FOLDER, required=True, help="Workspace whose toolchains.lock.json is used.")
@click.argument("dependencies", metavar="[DEPENDENCY]...", nargs=-1)
@click.pass_obj
def lock(options: GlobalOptions, workspace: Path, dependencies: tuple[str, ...], source: pipeline.Mirror) -> None:
    """Pin each DEPENDENCY as Debian packages by their hashes, with all that these depend on, for hermetic builds.

    \b
        fromager-gen external lock --output workspace
        fromager-gen external lock --output workspace --suite bookworm dep:generic/libxml2

    Without a DEPENDENCY, those of the packages in the workspace are pinned. The packages, pkg-config and patchelf
    replace the ones that were pinned for the same CPU. The C library of the release is pinned too, as a sysroot.
    """  # noqa: D301 - click needs the backslash
    pipeline.lock(options.override_paths, workspace, dependencies, source)


@external.command("list")
@click.option("--output", "workspace", type=FOLDER, help="Workspace whose packages are listed.")
@click.pass_obj
def list_dependencies(options: GlobalOptions, workspace: Path | None) -> None:
    """List the external dependencies of a workspace, or without one all names that are known."""
    for line in pipeline.listed(options.override_paths, workspace):
        click.echo(line)
