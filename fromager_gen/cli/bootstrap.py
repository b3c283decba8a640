"""``bootstrap`` and ``bootstrap-parallel``: resolve requirements to a graph and build its wheels."""

from dataclasses import replace

import click

from fromager_gen.cli.options import bootstrap_options, build_options, lock_options, toolchain_options
from fromager_gen.pipeline.bootstrap import bootstrap as run
from fromager_gen.pipeline.options import BootstrapOptions, BuildOptions, GlobalOptions, LockOptions

# An option of Fromager that has no effect.
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
@click.option(
    "--test-mode",
    is_flag=True,
    help="Go on after failures: take the index's wheel of a package that can't be built, or leave the package out. The "
    "failures are in WORK_DIR/test-mode-failures-TIME.json, and the exit code is then 1.",
)
@_bg_threads
@click.pass_obj
def bootstrap(
    options: GlobalOptions,
    /,
    asked: BootstrapOptions,
    locking: LockOptions,
    building: BuildOptions,
    sdist_only: bool,
    test_mode: bool,
) -> None:
    """Resolve the TOPLEVEL requirements with all install and build requirements, and build all wheels from source.

    \b
        fromager-gen -c constraints.txt bootstrap -r requirements.txt
        fromager-gen bootstrap 'stevedore>=5' 'mypkg @ git+https://forge.example/mypkg@v1.0'

    Writes graph.json, build-order.json and constraints.txt into WORK_DIR, and a Bazel workspace into
    WORK_DIR/workspace. An interrupted run continues where it stopped.
    """  # noqa: D301 - click needs the backslash
    if test_mode and sdist_only:
        raise click.UsageError("--test-mode needs the wheels to be built: omit --sdist-only")
    asked = replace(asked, test_mode=test_mode)
    run(options, asked, replace(locking, renews_python=True), building, build_wheels=not sdist_only)


@click.command("bootstrap-parallel")
@bootstrap_options
@toolchain_options
@lock_options
@build_options(workers=True, force=True, cache=True)
@_bg_threads
@click.pass_obj
def bootstrap_parallel(
    options: GlobalOptions, /, asked: BootstrapOptions, locking: LockOptions, building: BuildOptions
) -> None:
    """Do the same as `bootstrap`, which also builds in parallel. Use -m to limit the number of parallel builds."""
    run(options, asked, replace(locking, renews_python=True), building)
