"""``wheel-server``: the wheels as a package index on this machine."""

import click

from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.serve import link_wheels, make_server
from fromager_gen.terminal import say, warn


@click.command()
@click.option(
    "-p", "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one."
)
@click.option(
    "-i", "--ip", "--address", "address", default="localhost", show_default=True, help="Address to listen on."
)
@click.pass_obj
def wheel_server(options: GlobalOptions, /, port: int, address: str) -> None:
    """Serve the wheels of WHEELS_REPO as a package index, at /simple/, until it is interrupted.

    Wheels that were put into its folders by hand are linked into the index first.
    """
    if not options.wheels_repo.is_dir():
        warn(f"{options.wheels_repo} is not there yet: nothing to serve until it is; --wheels-repo names another")
    link_wheels(options.wheels_repo)
    with make_server(options.wheels_repo / "simple", address, port) as server:
        click.echo(f"Listening on {server.url}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
