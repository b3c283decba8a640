"""Build wheels in a build."""

import pathlib
import typing

from packaging.requirements import Requirement
from packaging.tags import Tag
from packaging.utils import BuildTag, parse_wheel_filename
from packaging.version import Version

from fromager import _build, dependencies, packagesettings
from fromager._missing import names_of
from fromager.build_environment import BuildEnvironment


def pep517_build_wheel(
    ctx: typing.Any,
    build_env: BuildEnvironment,
    extra_environ: dict[str, str],
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    version: Version,
    build_dir: pathlib.Path | None = None,
    config_settings: dict[str, typing.Any] | None = None,
) -> pathlib.Path:
    """Build a wheel with the source's backend into ``ctx.wheels_build``; return its path."""
    caller = dependencies.get_build_backend_hook_caller(
        ctx=ctx,
        req=req,
        build_dir=build_dir or ctx.package_build_info(req).build_dir(sdist_root_dir),
        override_environ=extra_environ,
        build_env=build_env,
    )
    given = config_settings or packagesettings.config_settings(_build.data("pep517_build_wheel"))
    made: pathlib.Path = ctx.wheels_build / caller.build_wheel(str(ctx.wheels_build), given or None)
    return made


def default_build_wheel(
    ctx: typing.Any,
    build_env: BuildEnvironment,
    extra_environ: dict[str, str],
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    version: Version,
    build_dir: pathlib.Path,
) -> None:
    """Build a wheel with the source's backend."""
    pep517_build_wheel(
        ctx=ctx, build_env=build_env, extra_environ=extra_environ, req=req, sdist_root_dir=sdist_root_dir,
        version=version, build_dir=build_dir,
    )  # fmt: skip


def default_add_extra_metadata_to_wheels(**_: typing.Any) -> dict[str, typing.Any]:
    """Add nothing."""
    return {}


def extract_info_from_wheel_file(
    req: Requirement,
    wheel_file: pathlib.Path,
) -> tuple[str, Version, BuildTag, frozenset[Tag]]:
    """Return name, version, build tag and tags of a wheel's file name; the name as it is written there."""
    _, version, build, tags = parse_wheel_filename(wheel_file.name)
    return wheel_file.name.partition("-")[0], version, build, tags


__getattr__ = names_of(__name__)
