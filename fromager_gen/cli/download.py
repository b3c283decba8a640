"""``download-sequence``: the sources, and perhaps the wheels, of a build order."""

import os
from pathlib import Path

import click

from fromager_gen.cli.options import FILE, index_address
from fromager_gen.pipeline.download import download
from fromager_gen.pipeline.options import GlobalOptions


@click.command("download-sequence")
@click.argument("build_order_file", metavar="BUILD_ORDER", type=FILE)
@click.argument("sdist_server_url", callback=index_address)
@click.option("-w", "--include-wheels", is_flag=True, help="Also pre-built wheels, and those that the index has.")
@click.option("--ignore-missing-sdists", is_flag=True, help="A source that can't be had is a warning, no error.")
@click.option(
    "--num-threads", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="one for each core",
    help="Files fetched at a time.",
)  # fmt: skip
@click.pass_obj
def download_sequence(
    options: GlobalOptions,
    /,
    build_order_file: Path,
    sdist_server_url: str,
    include_wheels: bool,
    ignore_missing_sdists: bool,
    num_threads: int,
) -> None:
    """Fetch the source of every package of BUILD_ORDER that comes from an index.

    Where BUILD_ORDER has no address, and for wheels, the index at SDIST_SERVER_URL is asked. What is there already
    is not fetched again.
    """
    download(options, build_order_file, sdist_server_url, num_threads, include_wheels, ignore_missing_sdists)
