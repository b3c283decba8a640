"""``bootstrap`` and ``bootstrap-parallel``: from requirements to a graph, and to wheels in Fromager's folders."""

from dataclasses import replace

import click

from fromager_gen.cli.options import bootstrap_options, build_options, force_option, lock_options
from fromager_gen.pipeline.bootstrap import bootstrap as run
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, GlobalOptions, LockOptions


def _several_versions(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        raise click.UsageError("--multiple-versions is not supported; name several versions with --skip-constraints")


def _test_mode(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        raise click.UsageError("--test-mode is not supported: a build that fails is an error; -k goes on with the rest")


# Fromager's own: refused, or without effect here.
_multiple_versions = click.option(
    "--multiple-versions", is_flag=True, hidden=True, expose_value=False, callback=_several_versions
)
_bg_threads = click.option("--bg-threads", type=click.IntRange(1), hidden=True, expose_value=False)
_cache_server = click.option("--cache-wheel-server-url", hidden=True, expose_value=False)


@click.command()
@bootstrap_options
@lock_options
@build_options()
@click.option(
    "--sdist-only/--full-build",
    default=False,
    help="Stop at the graph and its sources; wheels are built only to ask backends with.",
)
@click.option("--test-mode", is_flag=True, hidden=True, expose_value=False, callback=_test_mode)
@_multiple_versions
@_bg_threads
@_cache_server
@click.pass_obj
def bootstrap(
    options: GlobalOptions,
    /,
    asked: BootstrapOptions,
    locking: LockOptions,
    building: BuildOptions,
    sdist_only: bool,
) -> None:
    """Find everything that TOPLEVEL and what it is built with need, and build all of it from source.

    \b
        fromager-gen bootstrap -r requirements.txt -c constraints.txt
        fromager-gen bootstrap 'stevedore>=5' 'mypkg @ git+https://forge.example/mypkg@v1.0'

    Writes graph.json, build-order.json and constraints.txt into WORK_DIR, and a Bazel workspace into
    WORK_DIR/workspace. A run that was ended goes on where it stopped.
    """  # noqa: D301 - click looks for the character itself
    run(options, asked, replace(locking, renews_python=True), building, build_wheels=not sdist_only)


@click.command("bootstrap-parallel")
@bootstrap_options
@lock_options
@build_options(workers=True)
@force_option
@_multiple_versions
@_bg_threads
@_cache_server
@click.pass_obj
def bootstrap_parallel(
    options: GlobalOptions, /, asked: BootstrapOptions, locking: LockOptions, building: BuildOptions
) -> None:
    """Do what `bootstrap` does, which is parallel as well; -m says how many packages are built at a time."""
    run(options, asked, replace(locking, renews_python=True), building)
