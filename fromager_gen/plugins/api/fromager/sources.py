"""Unpack, change and pack sources in a build, and download sources on the host."""

import logging
import pathlib
import typing

from packaging.requirements import Requirement
from packaging.version import Version

from fromager import _build, dependencies, downloads, overrides, packagesettings, pyproject, tarballs
from fromager._missing import names_of
from fromager.build_environment import BuildEnvironment

_log = logging.getLogger("fromager.sources")
_STUB = "Metadata-Version: 1.0\nName: {name}\nVersion: {version}\nSummary: stub PKG-INFO\n"


def unpack_source(
    ctx: typing.Any, req: Requirement, version: Version, source_filename: pathlib.Path
) -> tuple[pathlib.Path, bool]:
    """Unpack the source into ``WORK_DIR/NAME-VERSION/NAME-VERSION``; return the folder, and True."""
    from actions.archive.unpack import unpack
    from actions.source.changes import add_submodules

    name = f"{overrides.pkgname_to_override_module(req.name)}-{version}"
    parent = ctx.work_dir / name
    parent.mkdir(parents=True)
    unpacked = unpack(source_filename, parent)
    wanted = parent / name
    if unpacked != wanted:
        unpacked.rename(wanted)
    add_submodules(_build.data("unpack_source").get("submodule", ()), wanted)
    return wanted, True


def patch_source(ctx: typing.Any, source_root_dir: pathlib.Path, req: Requirement, version: Version) -> None:
    """Apply the patches of the package version."""
    from actions.patch.apply import apply

    for patch in ctx.package_build_info(req).get_patches(version):
        _log.info("applying patch file %s to %s", patch.name, source_root_dir)
        apply(patch, source_root_dir)


def prepare_new_source(ctx: typing.Any, req: Requirement, source_root_dir: pathlib.Path, version: Version) -> None:
    """Apply patches, the setting ``patch`` and ``project_override``. Crates are vendored by a later action."""
    from actions.source.changes import apply_edits

    patch_source(ctx, source_root_dir, req, version)
    project = ctx.package_build_info(req).build_dir(source_root_dir)
    apply_edits(_build.data("prepare_new_source").get("edits", ""), source_root_dir, project, req.name, str(version))
    pyproject.apply_project_override(ctx=ctx, req=req, sdist_root_dir=source_root_dir)


def default_prepare_source(
    ctx: typing.Any, req: Requirement, source_filename: pathlib.Path, version: Version
) -> tuple[pathlib.Path, bool]:
    """Unpack a source and change it as Fromager does without a plugin."""
    root, is_new = unpack_source(ctx=ctx, req=req, version=version, source_filename=source_filename)
    prepare_new_source(ctx=ctx, req=req, source_root_dir=root, version=version)
    return root, is_new


def ensure_pkg_info(
    *,
    ctx: typing.Any,
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path | None = None,
) -> bool:
    """Add a PKG-INFO to the source, and to the folder of its project, where there is none.

    Returns:
        Whether both were there.
    """
    missing_in = [
        folder for folder in {sdist_root_dir, build_dir or sdist_root_dir} if not (folder / "PKG-INFO").is_file()
    ]
    for folder in missing_in:
        _log.warning("PKG-INFO file is missing from %s, creating stub file", folder)
        (folder / "PKG-INFO").write_text(_STUB.format(name=req.name, version=version))
    return not missing_in


def default_build_sdist(
    ctx: typing.Any,
    extra_environ: dict[str, str],
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_env: BuildEnvironment,
    build_dir: pathlib.Path,
) -> pathlib.Path:
    """Pack the source tree as an sdist, without its backend."""
    ensure_pkg_info(ctx=ctx, req=req, version=version, sdist_root_dir=sdist_root_dir, build_dir=build_dir)
    stem = f"{overrides.pkgname_to_override_module(req.name)}-{version}"
    made: pathlib.Path = ctx.sdists_builds / f"{stem}.tar.gz"
    tarballs.pack(build_dir, made, stem)
    return made


def pep517_build_sdist(
    ctx: typing.Any,
    extra_environ: dict[str, str],
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    version: Version,
    build_env: BuildEnvironment,
) -> pathlib.Path:
    """Build an sdist with the source's backend."""
    caller = dependencies.get_build_backend_hook_caller(
        ctx=ctx,
        req=req,
        build_dir=ctx.package_build_info(req).build_dir(sdist_root_dir),
        override_environ=extra_environ,
        build_env=build_env,
    )
    settings = packagesettings.config_settings(_build.data("pep517_build_sdist")) or None
    made: pathlib.Path = ctx.sdists_builds / caller.build_sdist(str(ctx.sdists_builds), settings)
    return made


def default_download_source(
    ctx: typing.Any, req: Requirement, version: Version, download_url: str, sdists_downloads_dir: pathlib.Path
) -> pathlib.Path:
    """Download a source on the host; return its path."""
    settings = ctx.package_build_info(req)
    url = settings.download_source_url(version=version, default=download_url)
    suffix = ".zip" if str(url).partition("?")[0].endswith(".zip") else ".tar.gz"
    name = settings.download_source_destination_filename(version=version)
    return downloads.download_url(
        destination_dir=sdists_downloads_dir,
        url=str(url),
        destination_filename=name or f"{settings.override_module_name}-{version}{suffix}",
    )


def download_url(
    *,
    req: Requirement,
    destination_dir: pathlib.Path,
    url: str,
    destination_filename: str | None = None,
) -> pathlib.Path:
    """Download a file on the host; see `downloads.download_url`."""
    return downloads.download_url(destination_dir=destination_dir, url=url, destination_filename=destination_filename)


__getattr__ = names_of(__name__)
