"""The command line: parse arguments, run the pipeline, and convert errors to messages and exit codes."""

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
from fromager_gen.cli.global_options import global_options
from fromager_gen.errors import GenError
from fromager_gen.terminal import fail, log_shown, start_logging

__all__ = ["commands", "main"]

_log = logging.getLogger(__name__)
# The variable that requests a traceback.
_TRACEBACK = "FROMAGER_GEN_TRACEBACK"
# Each command: its module in this package, its name there, and its description in the list of commands.
_COMMANDS = {
    "bootstrap": ("bootstrap:bootstrap", "Resolve requirements to a graph.json and build its wheels."),
    "bootstrap-parallel": ("bootstrap:bootstrap_parallel", "Like bootstrap; -m limits parallel builds."),
    "build": ("build:build", "Build one wheel from a source on an index."),
    "build-order": ("build_order:build_order", "Convert build-order.json files to CSV."),
    "build-parallel": ("build:build_parallel", "Build all wheels of a graph.json."),
    "build-sequence": ("build:build_sequence", "Build the packages in a build-order.json."),
    "canonicalize": ("canonicalize:canonicalize", "Print the names of packages as overrides are named."),
    "download-sequence": ("download:download_sequence", "Download the sources in a build-order.json."),
    "explain": ("explain:explain", "Explain why a package was built again."),
    "external": ("external:external", "Declare and pin libraries and programs outside of Python."),
    "find-updates": ("package:find_updates", "Find newer versions than constraints allow."),
    "generate": ("generate:generate", "Generate a Bazel workspace from a graph.json."),
    "graph": ("graph:graph", "Inspect a graph.json or extract a part of it."),
    "lint": ("overrides:lint", "Check settings, patches and plugins."),
    "lint-requirements": ("lint_requirements:lint_requirements", "Check requirements and constraints files."),
    "list-overrides": ("overrides:list_overrides", "List packages with settings, patches or plugins."),
    "list-versions": ("package:old_list_versions", "Deprecated; use package list-versions."),
    "lock": ("generate:lock", "Pin the hashes of all files for a graph.json."),
    "migrate-config": ("migrate_config:migrate_config", "Convert the configuration of Fromager 0.27."),
    "minimize": ("minimize:minimize", "Remove requirements that other packages already bring."),
    "package": ("package:package", "Look up the versions of packages on an index."),
    "plan": ("generate:plan", "Print the plan of a workspace as JSON."),
    "preflight": ("preflight:preflight", "Report what a collection needs before it is built."),
    "publish": ("publish:publish", "Copy or upload wheels to where a team installs from."),
    "remote": ("remote:remote", "Set up the remote cache and the workers of a workspace."),
    "stats": ("stats:stats", "Count packages and customised packages."),
    "step": ("step:step", "Run a single step for one package."),
    "toolchains": ("toolchains:toolchains", "Pin the toolchains of a workspace, or list them."),
    "verify": ("verify:verify", "Build twice and compare the wheels, or compare with an index."),
    "wheel-server": ("wheel_server:wheel_server", "Serve the wheels as a package index."),
}


class _Commands(click.Group):
    """A group that imports a command only when it is used. Some commands take a second to import."""

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
    Resolve requirements to a graph.json and build its wheels:
        fromager-gen -c constraints.txt bootstrap -r requirements.txt
    Generate a Bazel workspace from a graph.json of Fromager and build its wheels:
        fromager-gen generate graph.json --output workspace
        cd workspace && bazel build //:wheelhouse
    Do the same with one command, and copy the wheels to Fromager's folders:
        fromager-gen build-parallel graph.json

    Options before the command are those of Fromager and apply to all commands. Each can also be set with an
    environment variable FROMAGER_<OPTION>, such as FROMAGER_WORK_DIR.
    """  # noqa: D301 - click needs the backslash


def _interrupt(number: int, _frame: object) -> NoReturn:
    """Handle a signal like Ctrl-C, so that Bazel is ended too."""
    raise KeyboardInterrupt(number)


def _explained(error: click.ClickException) -> click.ClickException:
    """Add a hint to the error if the unknown option of a command is an option of the group."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    name, command = error.option_name, error.ctx.info_name
    # Short options can have another meaning in the group.
    if not name.startswith("--") or not any(name in option.opts for option in commands.params):
        return error
    hint = f"Put it before the command: fromager-gen {name} ... {command}"
    # Without the similar options of the command, which would be a second, wrong hint.
    return click.UsageError(f"{click.NoSuchOption(name).format_message()} {hint}", error.ctx)


def main() -> None:
    """Run the command line. Errors that the user can fix are a message and an exit code, never a traceback."""
    # Runs are short. Garbage collection would take a fifth of the time of a large collection.
    gc.disable()
    start_logging()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, _interrupt)
    with tempfile.TemporaryDirectory(prefix="fromager-gen-", ignore_cleanup_errors=True) as temporary:
        # One folder for all temporary files. It is removed even if a thread still uses it.
        tempfile.tempdir = temporary
        try:
            code = _run()
        finally:
            tempfile.tempdir = None
    if threading.active_count() > 1:
        # A thread may wait for a silent server. Do not wait for the thread.
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
        for line in err.logged:
            log_shown(line, logging.ERROR)
        return err.exit_code
    except OSError as err:
        # Other modules convert their own OSErrors. This handles standard output and temporary files.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # Python must not write the rest again at exit
        if not isinstance(err, BrokenPipeError):
            place = err.filename or "standard output or a temporary file"
            fail(f"{place}: {err.strerror or err}")
        return 1
    except click.exceptions.Exit as err:
        return err.exit_code
    except (click.Abort, KeyboardInterrupt) as err:
        click.echo("fromager-gen: interrupted; no partial files were left", err=True)
        log_shown("interrupted", logging.ERROR)
        cause = err.__cause__ or err
        return 128 + int(cause.args[0] if cause.args else signal.SIGINT)
    except click.ClickException as err:
        _explained(err).show()
        log_shown(err.format_message(), logging.ERROR)
        return err.exit_code
    except Exception as err:
        return _unexpected(err)
    return 0


def _unexpected(error: Exception) -> int:
    """Report an unexpected error in one line, and return the exit code."""
    if os.environ.get(_TRACEBACK):
        raise error
    what = f"{type(error).__name__}: {hide_credentials(' '.join(str(error).split()))[:500] or 'no message'}"
    _log.debug("unexpected error", exc_info=error)
    fail(f"unexpected error: {what}. Set {_TRACEBACK}=1 to show a traceback, and report this error")
    return 1
