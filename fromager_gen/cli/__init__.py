"""The command line: parse, call the stages, turn an error into a message and an exit code."""

import gc
import sys

import click

from fromager_gen.cli.build import build, build_parallel, build_sequence
from fromager_gen.cli.generate import generate, lock
from fromager_gen.cli.options import global_options
from fromager_gen.cli.step import step
from fromager_gen.errors import GenError

__all__ = ["commands", "main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FROMAGER"})
@click.version_option(package_name="fromager-gen")
@global_options
def commands() -> None:
    r"""Build collections of Python wheels from source with Bazel.

    \b
    From a Fromager graph.json to wheels:
        fromager-gen generate graph.json --output workspace
        cd workspace && bazel build //:wheelhouse
    or in one go, into Fromager's folders:
        fromager-gen build-parallel graph.json

    Options before the command are Fromager's own and hold for every command; each can be set as FROMAGER_<OPTION>.
    """


for _command in (generate, lock, build_parallel, build_sequence, build, step):
    commands.add_command(_command)


def main() -> None:
    """Run the command line; an error that the user can mend is its text and exit code, never a traceback."""
    # A run makes data and ends: looking for cycles in it would take a fifth of the time of a large collection.
    gc.disable()
    try:
        commands(standalone_mode=False)
    except GenError as err:
        click.echo(f"fromager-gen: error: {err}", err=True)
        sys.exit(err.exit_code)
    except OSError as err:
        # Each stage names what it was about; this is for a disk that fills in between.
        click.echo(f"fromager-gen: error: {err.filename or 'a temporary file'}: {err.strerror or err}", err=True)
        sys.exit(1)
    except click.exceptions.Exit as err:
        sys.exit(err.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("fromager-gen: interrupted; nothing was left half-written", err=True)
        sys.exit(130)
    except click.ClickException as err:
        err.show()
        sys.exit(err.exit_code)
