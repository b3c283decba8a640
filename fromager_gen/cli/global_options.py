"""The options before the command. They are those of Fromager and apply to all commands."""

import logging
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from fromager_gen.cli.options import FILE, FOLDER, named_place, variant_name
from fromager_gen.contract import DEFAULT_JOBS
from fromager_gen.overrides import OLDEST_DAYS
from fromager_gen.pipeline.options import GlobalOptions
from fromager_gen.plugins import install_plugins
from fromager_gen.terminal import start_logging

_log = logging.getLogger(__name__)
# Folder of the work directory with the distributions that --plugins names.
_PLUGINS = "plugins"


def _python_version(context: click.Context, parameter: click.Parameter, value: str) -> str:
    parts = value.split(".")
    is_version = len(parts) in (2, 3) and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts)
    if not is_version or parts[0] != "3" or int(parts[1]) < 11:
        raise click.BadParameter(f"{value!r} is not a supported Python version: 3.11 or later, such as 3.12 or 3.12.1")
    return ".".join(str(int(part)) for part in parts)


def _isolated(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if not value:
        raise click.BadParameter("builds with Bazel never have network access; remove the option")
    return value


def _log_format(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    try:
        logging.Formatter(value).format(logging.LogRecord("name", logging.INFO, "", 0, "message", None, None))
    except (ValueError, TypeError, KeyError) as err:
        raise click.BadParameter(f"{value!r} is not a format of Python's logging: {err}") from None
    return value


_GLOBAL = (
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Show more messages, including speculative builds of a bootstrap and their failures.",
    ),
    click.option(
        "--debug",
        is_flag=True,
        help="Show debug messages, including HTTP requests, resolution steps and executed commands.",
    ),
    click.option(
        "--log-file",
        type=FILE,
        help="Append all messages of -v and --debug to this file, with timestamps.",
    ),
    click.option("--error-log-file", type=FILE, help="Append errors to this file, with timestamps."),
    click.option(
        "--log-format",
        callback=_log_format,
        metavar="FORMAT",
        help="Format of messages on the screen, such as '%(asctime)s %(levelname)s %(message)s', as in Python's "
        "logging.  [default: plain messages]",
    ),
    click.option(
        "--python",
        default=f"{sys.version_info.major}.{sys.version_info.minor}",
        show_default="the version of the running interpreter",
        callback=_python_version,
        help="Python version that the graph was created with and the wheels are built for, such as 3.12 or 3.12.1. If "
        "the patch level is omitted, it is that of the machine's interpreter; some markers need it.",
    ),
    click.option(
        "--plugins",
        multiple=True,
        metavar="REQUIREMENT",
        help="Distribution with plugins, or the path of its project, installed below the work directory for this run; "
        "repeatable. Plugins of installed distributions are used without this option.",
    ),
    click.option(
        "--variant",
        default="cpu",
        show_default=True,
        callback=variant_name,
        help="Build variant, as in the settings of Fromager.",
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1),
        default=DEFAULT_JOBS,
        show_default=True,
        help="Number of processes that the build of one package may start. It is part of the cache key, so use the "
        "same number in the whole team.",
    ),
    click.option(
        "-O",
        "--output-dir",
        type=FOLDER,
        default=Path("."),
        show_default=True,
        help="Base of the folders work-dir, wheels-repo and sdists-repo.",
    ),
    click.option(
        "-t",
        "--work-dir",
        type=FOLDER,
        hidden=True,
        help="Folder for the graph, workspace and logs.  [default: OUTPUT_DIR/work-dir]",
    ),
    click.option(
        "-w", "--wheels-repo", type=FOLDER, hidden=True, help="Folder for wheels.  [default: OUTPUT_DIR/wheels-repo]"
    ),
    click.option(
        "-o", "--sdists-repo", type=FOLDER, hidden=True, help="Folder for sdists.  [default: OUTPUT_DIR/sdists-repo]"
    ),
    click.option(
        "--settings-file",
        type=FILE,
        default=Path("overrides/settings.yaml"),
        callback=named_place,
        show_default=True,
        help="File with global settings.",
    ),
    click.option(
        "--settings-dir",
        type=FOLDER,
        default=Path("overrides/settings"),
        callback=named_place,
        show_default=True,
        help="Folder with settings of packages, NAME.yaml.",
    ),
    click.option(
        "-p",
        "--patches-dir",
        type=FOLDER,
        default=Path("overrides/patches"),
        callback=named_place,
        show_default=True,
        help="Folder with patches, in the layout of Fromager.",
    ),
    click.option(
        "-c",
        "--constraints-file",
        "constraints_files",
        multiple=True,
        metavar="PATH_OR_URL",
        help="Constraints file for a bootstrap, with one requirement per line. Files are merged. Repeatable.",
    ),
    click.option(
        "--min-release-age",
        type=click.IntRange(0, OLDEST_DAYS),
        default=0,
        show_default=True,
        help="Minimum age in days of releases that a bootstrap selects.",
    ),
    click.option(
        "--strict-prebuilt",
        is_flag=True,
        help="Reject a pre-built wheel if its RECORD does not list its files exactly, or if it contains a file twice. "
        "By default, such a wheel is used with a warning, as pip uses it.",
    ),
    click.option(
        "--network-isolation/--no-network-isolation",
        default=True,
        callback=_isolated,
        expose_value=False,
        help="Build without network access. Always on; accepted for scripts that call Fromager.",
    ),
)


# Options of Fromager that have no effect. They are accepted so that scripts that call Fromager also work here.
_WITHOUT_EFFECT = (
    click.option("--build-wheel-server-url", hidden=True),
    click.option("-e", "--envs-dir", hidden=True),
    click.option("--cleanup/--no-cleanup", default=True, hidden=True),
)
_IGNORED = frozenset("build_wheel_server_url envs_dir cleanup".split())


def global_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options of Fromager to the group. Commands receive them as `GlobalOptions`."""

    @click.pass_context
    def collect(context: click.Context, /, **values: Any) -> None:
        verbose, debug = values.pop("verbose"), values.pop("debug")
        level = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
        start_logging(level, values.pop("log_format"), values.pop("log_file"), values.pop("error_log_file"))
        _log.debug("arguments: %s", shlex.join(sys.argv[1:]))
        base: Path = values["output_dir"]
        for name in ("work_dir", "wheels_repo", "sdists_repo"):
            values[name] = values[name] or base / name.replace("_", "-")
        plugins = values.pop("plugins")
        if plugins:
            install_plugins(plugins, values["work_dir"] / _PLUGINS)
        context.obj = GlobalOptions(**{name: value for name, value in values.items() if name not in _IGNORED})
        function()

    collect.__doc__ = function.__doc__
    collect.__name__ = function.__name__
    for option in reversed(_GLOBAL + _WITHOUT_EFFECT):
        collect = option(collect)
    return collect
