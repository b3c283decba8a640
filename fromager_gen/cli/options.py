"""Options that several commands share."""

import logging
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import click
from click.core import ParameterSource

from fromager_gen.addresses import is_address
from fromager_gen.contract import CPUS, CUDA_VERSIONS, LIBC_VERSIONS
from fromager_gen.overrides import OLDEST_DAYS
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, LockOptions, OverrideOptions, ToolchainOptions
from fromager_gen.platforms import default_platform, platforms, platforms_with_accelerators
from fromager_gen.terminal import warn

_log = logging.getLogger(__name__)
F = TypeVar("F", bound=Callable[..., Any])

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)


class _FileOrUrl(click.Path):
    """The path of a file. The file of an http or https address is downloaded to a temporary folder."""

    name = "file or address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or not value.startswith(("http://", "https://")):
            return super().convert(value, param, ctx)
        if not is_address(value, "http", "https"):
            self.fail(f"{value!r} is not a valid address", param, ctx)
        from fromager_gen.net import download, session  # noqa: PLC0415 - files of the machine need no network

        path = Path(tempfile.mkdtemp(), "graph.json")
        with session() as client:
            download(client, value, path, None, lambda _: None)
        return path


FILE_OR_URL = _FileOrUrl(dir_okay=False, path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def index_address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Check the address of an index. An empty address would silently select the index of pip."""
    if value is not None and not is_address(value, "http", "https"):
        raise click.BadParameter(f"{value!r} is not an http or https address")
    return value


def variant_name(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Check the name of a variant, which is also the name of a folder of patches."""
    if value is not None and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", value):
        raise click.BadParameter(f"{value!r} is not a valid variant name: use letters, digits, '_', '.' and '-'")
    return value


def named_place(context: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """Warn if a path on the command line does not exist. Fromager treats a missing file as an empty one."""
    given = context.get_parameter_source(str(parameter.name)) == ParameterSource.COMMANDLINE
    if given and value is not None and not value.exists():
        warn(f"{parameter.opts[-1]} {value} does not exist and is ignored")
    return value


def override_options(function: F) -> F:
    """Add the options of settings and patches to a command. They override those in its `GlobalOptions`."""

    @wraps(function)
    def overridden(*args: Any, overriding: OverrideOptions, **values: Any) -> None:
        context = click.get_current_context()
        context.obj = context.obj.overridden(overriding)
        function(*args, **values)

    options = (
        click.option("--patches-dir", type=FOLDER, callback=named_place, help="Override the global option."),
        click.option("--settings-dir", type=FOLDER, callback=named_place, help="Override the global option."),
        click.option("--settings-file", type=FILE, callback=named_place, help="Override the global option."),
        click.option("--variant", callback=variant_name, help="Override the global option."),
    )
    return grouped(cast(F, overridden), options, "overriding", OverrideOptions)


def _known_platforms(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Check the names of platforms; a list of all, with each version of CUDA, would be too long for an error."""
    for name in value:
        if name not in platforms_with_accelerators():
            raise click.BadParameter(
                f"{name!r} is not one of {', '.join(map(repr, platforms()))}. Those for glibc can have CUDA "
                f"{', '.join(CUDA_VERSIONS)}: '{default_platform()}_cuda_{CUDA_VERSIONS[-1].replace('.', '_')}'"
            )
    return value


def _in_names(versions: Sequence[str]) -> list[str]:
    return [version.replace(".", "_") for version in versions]


def toolchain_options(function: F) -> F:
    """Add the options of toolchains and platforms to a command that writes a workspace, in its `GlobalOptions`."""

    @wraps(function)
    def chosen(*args: Any, using: ToolchainOptions, **values: Any) -> None:
        if using.platforms and using.toolchains == "machine":
            raise click.UsageError(
                "--platform needs --toolchains=hermetic: the machine's compiler builds only for this machine"
            )
        if using.toolchains == "hermetic" and not using.platforms:
            using = replace(using, platforms=(default_platform(),))
        context = click.get_current_context()
        context.obj = context.obj.overridden(using)
        function(*args, **values)

    options = (
        click.option(
            "--platform", "platforms", multiple=True, callback=_known_platforms, metavar="PLATFORM",
            help="Platform that the wheels are for, such as linux_x86_64_glibc_2_17, in this form: "
            f"linux_{{{'|'.join(CPUS)}}}_glibc_{{{'|'.join(_in_names(LIBC_VERSIONS['glibc']))}}}[_cuda_X_Y], or "
            f"linux_CPU_musl_{'|'.join(_in_names(LIBC_VERSIONS['musl']))}. Repeatable; the first is the "
            f"default of `bazel build`, the others are for `bazel build --platforms`.  [default: {default_platform()}]",
        ),
        click.option(
            "--toolchains", type=click.Choice(["hermetic", "machine"]), default="machine", show_default=True,
            help="Build with pinned compilers, which Bazel fetches, or with the tools of this machine.",
        ),
    )  # fmt: skip
    return grouped(cast(F, chosen), options, "using", ToolchainOptions)


def grouped(function: F, options: Sequence[Callable[[F], F]], name: str, kind: Callable[..., Any]) -> F:
    """Add options to a command, which receives them as one value.

    Args:
        function: the command.
        options: the options, in the order in which they apply.
        name: parameter of the command for the value.
        kind: creates the value from keyword arguments with the names of the options.
    """

    @wraps(function)
    def wrapped(*args: Any, **values: Any) -> None:
        own = {key: values.pop(key) for key in names}
        function(*args, **values, **{name: kind(**own)})

    # The attribute in which click keeps the parameters of a function until it becomes a command.
    parameters: list[click.Parameter] = getattr(function, "__click_params__", [])
    before = len(parameters)
    setattr(wrapped, "__click_params__", parameters)  # noqa: B010 - unknown to type checkers
    for option in options:
        option(cast(F, wrapped))
    names = [str(one.name) for one in parameters[before:]]
    return cast(F, wrapped)


def _bazel_options(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for option in value:
        if not re.fullmatch(r"--?[A-Za-z0-9].*", option):
            raise click.BadParameter(f"{option!r} is not a Bazel option; write --bazel-option=--name=value")
    return value


_bazel_option = click.option(
    "--bazel-option", "bazel_options", multiple=True, metavar="OPTION", callback=_bazel_options,
    help="Additional option for `bazel build`, such as --disk_cache=DIR or --remote_cache=grpc://HOST. Repeatable.",
)  # fmt: skip
_workers_option = click.option(
    "-m",
    "--max-workers",
    type=click.IntRange(1),
    help="Number of packages to build in parallel.  [default: number of cores]",
)
_force_option = click.option(
    "-f", "--force", is_flag=True,
    help="Ignore existing wheels, those of the wheel server and those in WHEELS_REPO. Bazel still uses the results of "
    "earlier builds with the same inputs.",
)  # fmt: skip


def _cache_server(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and Path(value).is_file():
        raise click.BadParameter(
            f"{value!r} is a file. Name constraints before the command: fromager-gen -c {value} ..."
        )
    return index_address(context, parameter, value)


_cache_server_option = click.option(
    "-c", "--cache-wheel-server-url", metavar="URL", callback=_cache_server,
    help="Wheel server whose wheels are used in place of builds, if version and build tag fit. The lock pins their "
    "hashes.",
)  # fmt: skip
wheel_server_option = click.option(
    "--wheel-server-url", metavar="URL", callback=index_address,
    help="Wheel server that has the wheels of the build environment.  [default: they are built from source]",
)  # fmt: skip
_keep_going_option = click.option(
    "-k", "--keep-going", is_flag=True, help="Continue with packages that do not depend on a failed package."
)


def build_options(
    *,
    keep_going: bool = True,
    workers: bool = False,
    force: bool = False,
    cache: bool = False,
    wheel_server: bool = False,
) -> Callable[[F], F]:
    """Return a decorator that adds build options to a command, which receives them as ``building``, a `BuildOptions`.

    Args:
        keep_going: whether the command has ``-k``.
        workers: whether the command has ``-m``.
        force: whether the command has ``-f``.
        cache: whether the command has ``-c``, the wheel server whose wheels replace builds.
        wheel_server: whether the command has ``--wheel-server-url``.
    """
    options = [
        _bazel_option,
        *([_keep_going_option] if keep_going else []),
        *([_workers_option] if workers else []),
        *([_force_option] if force else []),
        *([_cache_server_option] if cache else []),
        *([wheel_server_option] if wheel_server else []),
    ]
    return lambda function: grouped(function, options, "building", BuildOptions)


def _time(context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    is_date = re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None
    try:
        if not is_date and not re.match(r"\d{4}-\d\d-\d\d[T ]", value):
            raise ValueError
        time = datetime.fromisoformat(value) + timedelta(days=is_date)  # the end of the day, as in uv
    except (ValueError, OverflowError):
        examples = "2026-11-28, or a time such as 2026-11-28T12:00:00Z"
        raise click.BadParameter(f"{value!r} is not a date such as {examples}") from None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)  # noqa: UP017 - as in resolve/ages.py


def lock_options(function: F) -> F:
    """Add the options of locking to a command, which receives them as ``locking``, a `LockOptions`."""
    options = (
        click.option(
            "--upgrade-crates", multiple=True, metavar="NAME",
            help="Let cargo select the crates of this package again; its source has no Cargo.lock. Repeatable.",
        ),
        click.option(
            "--exclude-newer", metavar="DATE", callback=_time,
            help="Exclude crates that were published after this date or time (UTC) if cargo selects the crates of a "
            "source without Cargo.lock. Crates that are already in the lock are kept.",
        ),
        click.option(
            "--record-hash", "record", multiple=True, metavar="NAME",
            help="Record the current hash of this package's file if no index states a hash. Repeatable.",
        ),
        click.option(
            "--index-url", metavar="URL", callback=index_address,
            help="URL of the package index.  [default: index in pip's configuration]",
        ),
    )  # fmt: skip
    return grouped(function, options, "locking", LockOptions)


def bootstrap_options(function: F) -> F:
    """Add the inputs of a bootstrap to a command, which receives them as ``asked``, a `BootstrapOptions`."""
    options = (
        click.option(
            "--constraints-file", "constraints_files", multiple=True, metavar="PATH_OR_URL",
            help="Constraints file, one requirement per line, in addition to those before the command. Repeatable.",
        ),
        click.option(
            "--max-release-age", type=click.IntRange(1, OLDEST_DAYS), help="Maximum age of releases in days."
        ),
        click.option(
            "--multiple-versions", is_flag=True,
            help="Build every version that fits a requirement, also of build and install requirements. A version that "
            "fails is left out, and listed in WORK_DIR/partial-failures.json. Implies --skip-constraints.",
        ),
        click.option(
            "--skip-constraints", is_flag=True,
            help="Resolve each top-level requirement separately, and do not write constraints.txt. The packages may "
            "then have several versions and need not be installable together.",
        ),
        click.option(
            "-p", "--previous-bootstrap-file", metavar="PATH_OR_URL",
            help="Graph of an earlier run, whose versions are preferred if they still satisfy the requirements.",
        ),
        click.option(
            "-r", "--requirements-file", "requirements_files", multiple=True, metavar="PATH_OR_URL",
            help="Requirements file, with one requirement per line. Repeatable.",
        ),
        click.argument("toplevel", nargs=-1),
    )  # fmt: skip
    return grouped(function, options, "asked", BootstrapOptions)
