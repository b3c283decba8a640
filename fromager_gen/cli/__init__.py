"""The command line: parse, call the stages, turn an error into a message and an exit code."""

import gc
import importlib
import logging
import os
import signal
import sys
import tempfile
import threading
from difflib import get_close_matches
from typing import NoReturn

import click

from fromager_gen.addresses import hide_credentials
from fromager_gen.cli.options import global_options
from fromager_gen.errors import GenError
from fromager_gen.terminal import fail, show_logged

__all__ = ["commands", "main"]

_log = logging.getLogger(__name__)
# The variable by which a traceback is asked for.
_TRACEBACK = "FROMAGER_GEN_TRACEBACK"
# The module of each command below this package with its name there, and what it does in the words of the list.
_COMMANDS = {
    "bootstrap": ("bootstrap:bootstrap", "From requirements to graph.json and wheels."),
    "bootstrap-parallel": ("bootstrap:bootstrap_parallel", "The same; -m says how many are built at a time."),
    "build": ("build:build", "Build one wheel from the source of an index."),
    "build-order": ("build_order:build_order", "Look at a build-order.json."),
    "build-parallel": ("build:build_parallel", "Build every wheel of a graph.json."),
    "build-sequence": ("build:build_sequence", "Build what a build-order.json lists."),
    "download-sequence": ("download:download_sequence", "Fetch the sources of a build-order.json."),
    "generate": ("generate:generate", "From graph.json to a Bazel workspace."),
    "graph": ("graph:graph", "Look at a graph.json, or cut a part out of it."),
    "lint": ("overrides:lint", "Find misnamed settings, patches and plugins."),
    "list-overrides": ("overrides:list_overrides", "List packages with settings, patches or plugins."),
    "lock": ("generate:lock", "Pin the hashes of all that a graph.json needs."),
    "plan": ("generate:plan", "Show every decision that a workspace is made by."),
    "stats": ("stats:stats", "Count packages, and how many are customised."),
    "step": ("step:step", "Take one step of one package of the graph."),
    "wheel-server": ("wheel_server:wheel_server", "Serve the wheels as a package index."),
}


class _Commands(click.Group):
    """A group that imports a command once it is asked for: what builds and downloads takes a second to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_, what) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        close = get_close_matches(args[0], _COMMANDS)
        if args[0] not in _COMMANDS and close:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {' or '.join(close)}?")
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FROMAGER"})
@click.version_option(package_name="fromager-gen")
@global_options
def commands() -> None:
    """Build collections of Python wheels from source with Bazel.

    \b
    From requirements to a graph.json, and to wheels:
        fromager-gen bootstrap -r requirements.txt -c constraints.txt
    From a Fromager graph.json to wheels:
        fromager-gen generate graph.json --output workspace
        cd workspace && bazel build //:wheelhouse
    or in one go, into Fromager's folders:
        fromager-gen build-parallel graph.json

    Options before the command are Fromager's own and hold for every command; each can be set as FROMAGER_<OPTION>.
    """  # noqa: D301 - click looks for the character itself


def _interrupt(number: int, _frame: object) -> NoReturn:
    """What ends a program ends the Bazel that works for it, too, as Ctrl-C does."""
    raise KeyboardInterrupt(number)


def _explained(error: click.ClickException) -> click.ClickException:
    """Say where an option belongs that a command does not have, but the group does."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    name, command = error.option_name, error.ctx.info_name
    # One letter may mean another thing there.
    if not name.startswith("--") or not any(name in option.opts for option in commands.params):
        return error
    hint = f"It goes before the command: fromager-gen {name} ... {command}"
    return click.UsageError(f"{error.format_message()} {hint}", error.ctx)


def main() -> None:
    """Run the command line; an error that the user can mend is its text and exit code, never a traceback."""
    # A run makes data and ends: looking for cycles in it would take a fifth of the time of a large collection.
    gc.disable()
    show_logged()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _interrupt)
    with tempfile.TemporaryDirectory(prefix="fromager-gen-", ignore_cleanup_errors=True) as temporary:
        # All that is temporary lies in one folder, which goes whatever a thread still has in it.
        tempfile.tempdir = temporary
        try:
            code = _run()
        finally:
            tempfile.tempdir = None
    if threading.active_count() > 1:
        # A thread waits for a server that says nothing, and Python would wait for the thread.
        sys.stderr.flush()
        os._exit(code)
    if code:
        sys.exit(code)


def _run() -> int:
    """Run the command and return the exit code."""
    try:
        commands(standalone_mode=False)
        sys.stdout.flush()
    except GenError as err:
        fail(str(err))
        return err.exit_code
    except OSError as err:
        # Each stage names what it was about; this is for a disk that fills in between, and for standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what could not be written is not tried again at the end
        if not isinstance(err, BrokenPipeError):
            place = err.filename or "standard output or a temporary file"
            fail(f"{place}: {err.strerror or err}")
        return 1
    except click.exceptions.Exit as err:
        return err.exit_code
    except (click.Abort, KeyboardInterrupt) as err:
        click.echo("fromager-gen: interrupted; nothing was left half-written", err=True)
        cause = err.__cause__ or err
        return 128 + int(cause.args[0] if cause.args else signal.SIGINT)
    except click.ClickException as err:
        _explained(err).show()
        return err.exit_code
    except Exception as err:
        return _unexpected(err)
    return 0


def _unexpected(error: Exception) -> int:
    """Say what nobody thought of in a line: an input that is read in a way that it breaks, or a mistake of ours."""
    if os.environ.get(_TRACEBACK):
        raise error
    what = f"{type(error).__name__}: {hide_credentials(' '.join(str(error).split()))[:500] or 'no words'}"
    _log.debug("unexpected", exc_info=error)
    fail(f"{what}. This is unexpected; {_TRACEBACK}=1 shows where it happened")
    return 1
