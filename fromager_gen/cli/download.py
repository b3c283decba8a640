"""``download-sequence``: download the sources in a build order, and optionally wheels."""

import os
from pathlib import Path

import click

from fromager_gen.cli.options import FILE_OR_URL, index_address
from fromager_gen.pipeline.download import download
from fromager_gen.pipeline.options import GlobalOptions


@click.command("download-sequence")
@click.argument("build_order_file", metavar="BUILD_ORDER", type=FILE_OR_URL)
@click.argument("sdist_server_url", callback=index_address)
@click.option(
    "-w", "--include-wheels", is_flag=True, help="Also download pre-built wheels, and other wheels that the index has."
)
@click.option("--ignore-missing-sdists", is_flag=True, help="Treat a missing source as a warning and not as an error.")
@click.option(
    "--num-threads", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="number of cores",
    help="Number of parallel downloads.",
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
    """Download the sources of all packages in BUILD_ORDER that come from an index.

    The index at SDIST_SERVER_URL is used for wheels, and for sources without an address in BUILD_ORDER. Existing files
    are not downloaded again.
    """
    download(options, build_order_file, sdist_server_url, num_threads, include_wheels, ignore_missing_sdists)
