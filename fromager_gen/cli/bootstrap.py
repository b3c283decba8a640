"""``bootstrap`` and ``bootstrap-parallel``: resolve requirements to a graph and build its wheels."""

from dataclasses import replace

import click

from fromager_gen.cli.options import bootstrap_options, build_options, lock_options, toolchain_options
from fromager_gen.pipeline.bootstrap import bootstrap as run
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, GlobalOptions, LockOptions


def _several_versions(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        raise click.UsageError(
            "--multiple-versions is not supported; list several versions as requirements and use --skip-constraints"
        )


def _test_mode(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        raise click.UsageError(
            "--test-mode is not supported: a failed build is always an error; use -k to build the other packages"
        )


# Options of Fromager that are rejected or ignored.
_multiple_versions = click.option(
    "--multiple-versions", is_flag=True, hidden=True, expose_value=False, callback=_several_versions
)
_bg_threads = click.option("--bg-threads", type=click.IntRange(1), hidden=True, expose_value=False)


@click.command()
@bootstrap_options
@toolchain_options
@lock_options
@build_options(cache=True)
@click.option(
    "--sdist-only/--full-build",
    default=False,
    help="Write the graph and download its sources, but build only the wheels that build backends need to run.",
)
@click.option("--test-mode", is_flag=True, hidden=True, expose_value=False, callback=_test_mode)
@_multiple_versions
@_bg_threads
@click.pass_obj
def bootstrap(
    options: GlobalOptions,
    /,
    asked: BootstrapOptions,
    locking: LockOptions,
    building: BuildOptions,
    sdist_only: bool,
) -> None:
    """Resolve the TOPLEVEL requirements with all install and build requirements, and build all wheels from source.

    \b
        fromager-gen -c constraints.txt bootstrap -r requirements.txt
        fromager-gen bootstrap 'stevedore>=5' 'mypkg @ git+https://forge.example/mypkg@v1.0'

    Writes graph.json, build-order.json and constraints.txt into WORK_DIR, and a Bazel workspace into
    WORK_DIR/workspace. An interrupted run continues where it stopped.
    """  # noqa: D301 - click needs the backslash
    run(options, asked, replace(locking, renews_python=True), building, build_wheels=not sdist_only)


@click.command("bootstrap-parallel")
@bootstrap_options
@toolchain_options
@lock_options
@build_options(workers=True, force=True, cache=True)
@_multiple_versions
@_bg_threads
@click.pass_obj
def bootstrap_parallel(
    options: GlobalOptions, /, asked: BootstrapOptions, locking: LockOptions, building: BuildOptions
) -> None:
    """Do the same as `bootstrap`, which also builds in parallel. Use -m to limit the number of parallel builds."""
    run(options, asked, replace(locking, renews_python=True), building)
