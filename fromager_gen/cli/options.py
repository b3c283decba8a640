"""Fromager's options that hold for every command, and those that several commands share."""

import logging
import re
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from fromager_gen.addresses import is_address
from fromager_gen.contract import DEFAULT_JOBS
from fromager_gen.overrides import OLDEST_DAYS
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, GlobalOptions, LockOptions, OverrideOptions
from fromager_gen.terminal import show_logged, warn

_log = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _python_version(context: click.Context, parameter: click.Parameter, value: str) -> str:
    parts = value.split(".")
    is_version = len(parts) in (2, 3) and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts)
    if not is_version or parts[0] != "3" or int(parts[1]) < 11:
        raise click.BadParameter(f"{value!r} is not a Python version from 3.11 on, such as 3.12 or 3.12.1")
    return ".".join(str(int(part)) for part in parts)


def index_address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no address of an index: an empty one would be pip's own index in silence."""
    if value is not None and not is_address(value, "http", "https"):
        raise click.BadParameter(f"{value!r} is no http or https address")
    return value


def _variant(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value):
        raise click.BadParameter(f"{value!r} is no name of a variant; it names a folder of patches, too")
    return value


def _named_place(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """Fromager takes a missing file for an empty one; where somebody names it, that is likely a slip."""
    given = context.get_parameter_source(str(parameter.name)) == ParameterSource.COMMANDLINE
    if given and value is not None and not value.exists():
        warn(f"{parameter.opts[-1]} {value} is not there and says nothing")
    return value


def _isolated(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    if not value:
        raise click.BadParameter("builds under Bazel never have a network; leave the option out")
    return value


_GLOBAL = (
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="Show more: also what a bootstrap tries on a guess, and what of it fails.",
    ),
    click.option(
        "--debug",
        is_flag=True,
        help="Show what is asked of servers and programs, what is resolved and which commands are run.",
    ),
    click.option(
        "--log-file",
        type=FILE,
        help="Append to this file all that -v and --debug would show, with times.",
    ),
    click.option(
        "--python",
        default=f"{sys.version_info.major}.{sys.version_info.minor}",
        show_default="the one running this",
        callback=_python_version,
        help="Python version that the graph was made with and the wheels are for. Without a patch level the machine's "
        "interpreter is asked for its own, which markers such as python_full_version need.",
    ),
    click.option(
        "--variant",
        default="cpu",
        show_default=True,
        callback=_variant,
        help="Build variant, as in Fromager's settings.",
    ),
    click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1),
        default=DEFAULT_JOBS,
        show_default=True,
        help="Processes that one package's build may start; part of the cache key, so keep it the same for a team.",
    ),
    click.option(
        "-O", "--output-dir", type=FOLDER, default=Path("."), show_default=True, help="Base of the three folders below."
    ),
    click.option("-t", "--work-dir", type=FOLDER, help="Graph, workspace and logs.  [default: OUTPUT_DIR/work-dir]"),
    click.option(
        "-w", "--wheels-repo", type=FOLDER, help="Where wheels are copied to.  [default: OUTPUT_DIR/wheels-repo]"
    ),
    click.option(
        "-o", "--sdists-repo", type=FOLDER, help="Where sdists are copied to.  [default: OUTPUT_DIR/sdists-repo]"
    ),
    click.option(
        "--settings-file",
        type=FILE,
        default=Path("overrides/settings.yaml"),
        callback=_named_place,
        show_default=True,
        help="Global settings.",
    ),
    click.option(
        "--settings-dir",
        type=FOLDER,
        default=Path("overrides/settings"),
        callback=_named_place,
        show_default=True,
        help="Settings of packages, NAME.yaml.",
    ),
    click.option(
        "-p",
        "--patches-dir",
        type=FOLDER,
        default=Path("overrides/patches"),
        callback=_named_place,
        show_default=True,
        help="Patches, in Fromager's folders.",
    ),
    click.option(
        "-c",
        "--constraints-file",
        "constraints_files",
        multiple=True,
        metavar="PATH_OR_URL",
        help="Constraints of a bootstrap, a requirement a line; several are merged. Repeatable.",
    ),
    click.option(
        "--min-release-age",
        type=click.IntRange(0, OLDEST_DAYS),
        default=0,
        show_default=True,
        help="Days that a release must be old to be taken by a bootstrap.",
    ),
    click.option(
        "--strict-prebuilt",
        is_flag=True,
        help="Refuse a pre-built wheel whose RECORD does not list its files exactly, or that holds a file twice. By "
        "default such a wheel is taken as pip takes it, with a warning.",
    ),
    click.option(
        "--network-isolation/--no-network-isolation",
        default=True,
        callback=_isolated,
        expose_value=False,
        help="Build without a network. Always on; there for Fromager's scripts.",
    ),
)


# Fromager's own, taken so that its scripts run: a finished graph is past what they are about, or Bazel sees to it.
_WITHOUT_EFFECT = (
    click.option("--log-format", hidden=True),
    click.option("--error-log-file", hidden=True),
    click.option("--build-wheel-server-url", hidden=True),
    click.option("-e", "--envs-dir", hidden=True),
    click.option("--cleanup/--no-cleanup", default=True, hidden=True),
)
_IGNORED = frozenset("log_format error_log_file build_wheel_server_url envs_dir cleanup".split())


def global_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add Fromager's options to the group; commands get them as `GlobalOptions`."""

    @click.pass_context
    def collect(context: click.Context, /, **values: Any) -> None:
        verbose, debug = values.pop("verbose"), values.pop("debug")
        level = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
        show_logged(level, values.pop("log_file"))
        if values["error_log_file"]:
            warn("--error-log-file is not written; --log-file has errors too")
        _log.debug("arguments: %s", shlex.join(sys.argv[1:]))
        base: Path = values["output_dir"]
        for name in ("work_dir", "wheels_repo", "sdists_repo"):
            values[name] = values[name] or base / name.replace("_", "-")
        context.obj = GlobalOptions(**{name: value for name, value in values.items() if name not in _IGNORED})
        function()

    collect.__doc__ = function.__doc__
    collect.__name__ = function.__name__
    for option in reversed(_GLOBAL + _WITHOUT_EFFECT):
        collect = option(collect)
    return collect


def override_options(function: F) -> F:
    """Add the overrides' options to a command, which gets them as ``overriding``, an `OverrideOptions`."""
    options = (
        click.option("--patches-dir", type=FOLDER, callback=_named_place, help="As before the command."),
        click.option("--settings-dir", type=FOLDER, callback=_named_place, help="As before the command."),
        click.option("--settings-file", type=FILE, callback=_named_place, help="As before the command."),
        click.option("--variant", callback=_variant, help="As before the command."),
    )
    return grouped(function, options, "overriding", OverrideOptions)


def grouped(function: F, options: Sequence[Callable[[F], F]], name: str, kind: Callable[..., Any]) -> F:
    """Add options to a command, which gets them as one value.

    Args:
        function: the command.
        options: the options, in the order in which they apply.
        name: parameter of the command that the value is passed as.
        kind: makes the value of the options' own names.
    """

    @wraps(function)
    def wrapped(*args: Any, **values: Any) -> None:
        own = {key: values.pop(key) for key in names}
        function(*args, **values, **{name: kind(**own)})

    # Where click keeps the parameters of a function until it is a command.
    parameters: list[click.Parameter] = getattr(function, "__click_params__", [])
    before = len(parameters)
    setattr(wrapped, "__click_params__", parameters)  # noqa: B010 - no type checker knows of it
    for option in options:
        option(cast(F, wrapped))
    names = [str(one.name) for one in parameters[before:]]
    return cast(F, wrapped)


def _bazel_options(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for option in value:
        if not re.fullmatch(r"--?[A-Za-z0-9].*", option):
            raise click.BadParameter(f"{option!r} is no option of Bazel's; write --bazel-option=--name=value")
    return value


_bazel_option = click.option(
    "--bazel-option", "bazel_options", multiple=True, metavar="OPTION", callback=_bazel_options,
    help="Further option of `bazel build`, such as --disk_cache=DIR or --remote_cache=grpc://HOST. Repeatable.",
)  # fmt: skip
_workers_option = click.option(
    "-m", "--max-workers", type=click.IntRange(1), help="Packages built at a time.  [default: one for each core]"
)
force_option = click.option(
    "-f", "--force", is_flag=True, expose_value=False,
    help="There for Fromager's scripts: what is unchanged is never built again.",
)  # fmt: skip
_keep_going_option = click.option(
    "-k", "--keep-going", is_flag=True, help="Go on with what a failed package does not reach."
)


def build_options(*, keep_going: bool = True, workers: bool = False) -> Callable[[F], F]:
    """Return a decorator that adds Bazel's options to a command, which gets them as ``building``, a `BuildOptions`.

    Args:
        keep_going: whether the command has ``-k``.
        workers: whether it has ``-m``.
    """
    options = [
        _bazel_option,
        *([_keep_going_option] if keep_going else []),
        *([_workers_option] if workers else []),
    ]
    return lambda function: grouped(function, options, "building", BuildOptions)


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    is_date = re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    try:
        if not is_date and not re.match(r"\d{4}-\d\d-\d\d[T ]", value):
            raise ValueError
        time = datetime.fromisoformat(value) + timedelta(days=is_date)  # the whole day, as uv has it
    except (ValueError, OverflowError):
        examples = "2026-11-28, or a time such as 2026-11-28T12:00:00Z"
        raise click.BadParameter(f"{value!r} is not a date such as {examples}") from None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)  # noqa: UP017 - as in resolve/ages.py


def lock_options(function: F) -> F:
    """Add the options of locking to a command, which gets them as ``locking``, a `LockOptions`."""
    options = (
        click.option(
            "--upgrade-crates", multiple=True, metavar="NAME",
            help="Let cargo choose the crates of this package again, whose source has no Cargo.lock. Repeatable.",
        ),
        click.option(
            "--exclude-newer", metavar="DATE", callback=_time,
            help="Take no crate that was published after this date or time (UTC) where a source has no Cargo.lock and "
            "cargo chooses its crates. What the lock has already stays.",
        ),
        click.option(
            "--record-hash", "record", multiple=True, metavar="NAME",
            help="Take this package's file as it is now, though no index states its hash. Repeatable.",
        ),
        click.option(
            "--index-url", metavar="URL", callback=index_address,
            help="Package index to ask.  [default: pip's configuration]",
        ),
    )  # fmt: skip
    return grouped(function, options, "locking", LockOptions)


def bootstrap_options(function: F) -> F:
    """Add what a bootstrap resolves to a command, which gets it as ``asked``, a `BootstrapOptions`."""
    options = (
        click.option(
            "-c", "--constraints-file", "constraints_files", multiple=True, metavar="PATH_OR_URL",
            help="Constraints, a requirement a line, on top of those named before the command. Repeatable.",
        ),
        click.option(
            "--max-release-age", type=click.IntRange(1, OLDEST_DAYS), help="Days that a release may be old."
        ),
        click.option(
            "--skip-constraints", is_flag=True,
            help="Solve each top-level requirement for itself and write no constraints.txt: they need not be "
            "installable together, and may be of several versions.",
        ),
        click.option(
            "-p", "--previous-bootstrap-file", metavar="PATH_OR_URL",
            help="Graph of an earlier run, whose versions are taken again where they still fit.",
        ),
        click.option(
            "-r", "--requirements-file", "requirements_files", multiple=True, metavar="PATH_OR_URL",
            help="Requirements, one a line. Repeatable.",
        ),
        click.argument("toplevel", nargs=-1),
    )  # fmt: skip
    return grouped(function, options, "asked", BootstrapOptions)
