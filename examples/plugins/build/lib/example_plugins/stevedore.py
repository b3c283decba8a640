"""All functions that override steps of one package's build, here of stevedore. Each adds a little to the default.

A plugin has just the functions that it needs: https://fromager.readthedocs.io/en/latest/reference/hooks.html.
"""

import logging
import pathlib
import typing

from fromager import build_environment, context, dependencies, resolver, sources, wheels
from packaging.requirements import Requirement
from packaging.version import Version

_log = logging.getLogger(__name__)


def get_resolver_provider(
    ctx: context.WorkContext,
    req: Requirement,
    sdist_server_url: str,
    include_sdists: bool,
    include_wheels: bool,
    req_type: resolver.RequirementType | None = None,
    ignore_platform: bool = False,
) -> resolver.PyPIProvider:
    """Choose versions from the index. Other providers list the tags of a forge, or call a function."""
    _log.info("resolving %s on %s", req.name, sdist_server_url)
    return resolver.PyPIProvider(
        include_sdists=include_sdists,
        include_wheels=include_wheels,
        sdist_server_url=sdist_server_url,
        constraints=ctx.constraints,
        req_type=req_type,
        ignore_platform=ignore_platform,
    )


def download_source(
    ctx: context.WorkContext,
    req: Requirement,
    version: Version,
    download_url: str,
    sdists_downloads_dir: pathlib.Path,
) -> pathlib.Path:
    """Download the source."""
    _log.info("downloading %s %s", req.name, version)
    return sources.default_download_source(ctx, req, version, download_url, sdists_downloads_dir)


def expected_source_archive_name(req: Requirement, dist_version: str) -> str:
    """Return the name of the downloaded file."""
    return f"{req.name}-{dist_version}.tar.gz"


def expected_source_directory_name(req: Requirement, dist_version: str) -> str:
    """Return the name of the unpacked folder."""
    return f"{req.name}-{dist_version}"


def prepare_source(
    ctx: context.WorkContext, req: Requirement, source_filename: pathlib.Path, version: Version
) -> pathlib.Path:
    """Unpack and patch the source, and add a file to it."""
    root, is_new = sources.unpack_source(ctx=ctx, req=req, version=version, source_filename=source_filename)
    if is_new:
        sources.prepare_new_source(ctx=ctx, req=req, source_root_dir=root, version=version)
        (root / "stevedore" / "prepared_by_plugin.py").write_text(f'VERSION = "{version}"\n')
    return root


def get_build_system_dependencies(
    ctx: context.WorkContext, req: Requirement, sdist_root_dir: pathlib.Path, build_dir: pathlib.Path
) -> typing.Iterable[str]:
    """Require what pyproject.toml states, and wheel."""
    return [*dependencies.default_get_build_system_dependencies(ctx, req, sdist_root_dir, build_dir), "wheel"]


def get_build_backend_dependencies(
    ctx: context.WorkContext,
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path,
    extra_environ: dict[str, str],
    build_env: build_environment.BuildEnvironment,
) -> typing.Iterable[str]:
    """Require what the backend states, and packaging."""
    given = dependencies.default_get_build_backend_dependencies(
        ctx=ctx,
        req=req,
        sdist_root_dir=sdist_root_dir,
        build_dir=build_dir,
        extra_environ=extra_environ,
        build_env=build_env,
    )
    return [*given, "packaging"]


def get_build_sdist_dependencies(
    ctx: context.WorkContext,
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path,
    extra_environ: dict[str, str],
    build_env: build_environment.BuildEnvironment,
) -> typing.Iterable[str]:
    """Require flit-core for the sdist alone."""
    return ["flit-core"]


def get_install_dependencies_of_sdist(
    ctx: context.WorkContext,
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_env: build_environment.BuildEnvironment,
    extra_environ: dict[str, str],
    build_dir: pathlib.Path,
    config_settings: dict[str, str],
) -> set[Requirement]:
    """Return what an installation needs. Only bootstraps with --sdist-only ask."""
    return dependencies.default_get_install_dependencies_of_sdist(
        ctx=ctx,
        req=req,
        version=version,
        sdist_root_dir=sdist_root_dir,
        build_env=build_env,
        extra_environ=extra_environ,
        build_dir=build_dir,
        config_settings=config_settings,
    )


def update_extra_environ(
    ctx: context.WorkContext,
    req: Requirement,
    version: Version | None,
    sdist_root_dir: pathlib.Path,
    extra_environ: dict[str, str],
    build_env: build_environment.BuildEnvironment,
) -> None:
    """Set a variable of the build."""
    extra_environ["EXAMPLE_PLUGIN"] = req.name


def build_sdist(
    ctx: context.WorkContext,
    extra_environ: dict[str, str],
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path,
    build_env: build_environment.BuildEnvironment,
) -> pathlib.Path:
    """Pack the source, with the name of the variable's value in it."""
    (build_dir / "EXAMPLE_PLUGIN").write_text(extra_environ["EXAMPLE_PLUGIN"] + "\n")
    return sources.default_build_sdist(
        ctx=ctx,
        extra_environ=extra_environ,
        req=req,
        version=version,
        sdist_root_dir=sdist_root_dir,
        build_dir=build_dir,
        build_env=build_env,
    )


def build_wheel(
    ctx: context.WorkContext,
    build_env: build_environment.BuildEnvironment,
    extra_environ: dict[str, str],
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path,
) -> None:
    """Build the wheel with the source's backend, after a program has run in its environment."""
    build_env.run([str(build_env.python), "-c", "import setuptools"], cwd=str(build_dir), extra_environ=extra_environ)
    wheels.default_build_wheel(
        ctx=ctx,
        build_env=build_env,
        extra_environ=extra_environ,
        req=req,
        version=version,
        sdist_root_dir=sdist_root_dir,
        build_dir=build_dir,
    )


def add_extra_metadata_to_wheels(
    ctx: context.WorkContext,
    req: Requirement,
    version: Version,
    extra_environ: dict[str, str],
    sdist_root_dir: pathlib.Path,
    dist_info_dir: pathlib.Path,
) -> dict[str, typing.Any]:
    """Add a file to the wheel's metadata, and a value to its settings."""
    (dist_info_dir / "EXAMPLE_PLUGIN").write_text(extra_environ["EXAMPLE_PLUGIN"] + "\n")
    return {"plugin": "example", "python-files": len(list(sdist_root_dir.glob("stevedore/*.py")))}
