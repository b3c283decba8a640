"""``remote``: the server that a workspace shares its cache with."""

from pathlib import Path
from typing import Any

import click

from fromager_gen.addresses import is_address
from fromager_gen.cli.options import FILE, FOLDER
from fromager_gen.pipeline import remote as pipeline
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.render import RemoteServer

_CACHES = ("grpc", "grpcs", "http", "https", "unix")
_EXECUTORS = ("grpc", "grpcs", "unix")


def _address(schemes: tuple[str, ...], value: str | None) -> str:
    is_socket = value is not None and value.startswith("unix:/") and value.isprintable()
    if value is not None and not is_socket and not is_address(value, *schemes):
        raise click.BadParameter(f"{value!r} is not an address with {', '.join(schemes[:-1])} or {schemes[-1]}")
    return value or ""


def _headers(_ctx: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Split NAME=VALUE, and read the value from a file for NAME=@FILE, so that it is not in the shell's history."""
    found = []
    for text in values:
        name, equals, value = text.partition("=")
        if equals and value.startswith("@"):
            try:
                value = Path(value[1:]).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as err:
                raise click.BadParameter(f"the value of {name} can't be read from {value[1:]}: {err}") from err
        if not equals or not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise click.BadParameter("a header is NAME=VALUE or NAME=@FILE, and NAME has letters, digits and dashes")
        if not value or not value.isprintable():
            raise click.BadParameter(f"the value of {name} must be one line of printable text")
        found.append((name, value))
    return tuple(found)


def _printable(_ctx: click.Context, _option: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    if not all(text.isprintable() for text in ([value] if isinstance(value, str) else value)):
        raise click.BadParameter("it must be one line of printable text")
    return value


@click.group()
def remote() -> None:
    """Set up the remote cache, and the workers, of a workspace."""


@remote.command()
@click.option("--output", "workspace", type=FOLDER, help="Workspace to set up.  [default: WORK_DIR/workspace]")
@click.option(
    "--cache", metavar="URL", required=True, callback=lambda _ctx, _option, value: _address(_CACHES, value),
    help="Address of the remote cache: grpc, grpcs, http, https or unix.",
)  # fmt: skip
@click.option(
    "--executor", metavar="URL", callback=lambda _ctx, _option, value: _address(_EXECUTORS, value),
    help="Address of the service that builds on workers: grpc, grpcs or unix.",
)  # fmt: skip
@click.option("--instance", default="", callback=_printable, help="Name of the instance on the server.")
@click.option("--certificate", type=FILE, help="Certificates (PEM) that the server's is checked with.")
@click.option("--client-certificate", type=FILE, help="Certificate (PEM) of this machine.")
@click.option("--client-key", type=FILE, help="Key (PEM) of the certificate of this machine.")
@click.option(
    "--header", "headers", metavar="NAME=VALUE", multiple=True, callback=_headers,
    help="Header of each request, such as an API key. NAME=@FILE reads the value from a file. Repeatable.",
)  # fmt: skip
@click.option(
    "--credential-helper", "credential_helpers", metavar="[HOST=]PROGRAM", multiple=True, callback=_printable,
    help="Program that prints the headers for a host. Repeatable.",
)  # fmt: skip
@click.option("--check/--no-check", default=True, show_default=True, help="Whether to ask the server first.")
@click.pass_obj
def init(options: GlobalOptions, /, workspace: Path | None, check: bool, **server: Any) -> None:
    """Write the address of a remote cache to remote.bazelrc in a workspace, and check that the server answers.

    \b
        fromager-gen remote init --output workspace --cache grpcs://HOST --header x-api-key=@key.txt
        cd workspace && bazel build --config=cache //:wheelhouse

    The configurations cache, cache-readonly, remote and ci of the workspace use it; build-parallel and bootstrap with
    --bazel-option=--config=cache. The file may contain credentials: only you can read it, and it does not belong in
    version control.
    """  # noqa: D301 - click needs the backslash
    if (server["client_certificate"] is None) != (server["client_key"] is None):
        raise click.UsageError("--client-certificate and --client-key need each other")
    pipeline.init(workspace or options.workspace, RemoteServer(**server), options.settings_file, check)
