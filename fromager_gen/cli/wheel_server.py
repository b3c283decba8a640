"""``wheel-server``: serve the wheels as a package index on this machine."""

import click

from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.serve import link_wheels, make_server
from fromager_gen.terminal import say, warn


@click.command()
@click.option(
    "-p",
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 selects a free port.",
)
@click.option(
    "-i", "--ip", "--address", "address", default="localhost", show_default=True, help="Address to listen on."
)
@click.pass_obj
def wheel_server(options: GlobalOptions, /, port: int, address: str) -> None:
    """Serve the wheels in WHEELS_REPO as a package index at /simple/, until interrupted.

    \b
        fromager-gen wheel-server --port 8080
        pip install --index-url http://localhost:8080/simple/ stevedore

    Wheels that were copied to its folders by hand are linked into the index first.
    """  # noqa: D301 - click needs the backslash
    if not options.wheels_repo.is_dir():
        warn(f"{options.wheels_repo} does not exist, so the index is empty; set another folder with --wheels-repo")
    link_wheels(options.wheels_repo)
    with make_server(options.wheels_repo / "simple", address, port) as server:
        click.echo(f"Listening on {server.url}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("stopped")
