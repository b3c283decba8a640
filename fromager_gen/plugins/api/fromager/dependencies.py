"""Build requirements of a source: those of its pyproject.toml, and those of its backend."""

import pathlib
import tomllib
import typing

import pyproject_hooks
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.version import Version

from fromager import _build, packagesettings
from fromager._missing import names_of
from fromager.build_environment import BuildEnvironment

_LEGACY = {
    "build-backend": "setuptools.build_meta:__legacy__",
    "backend-path": None,
    "requires": ["setuptools>=40.8.0"],
}


def get_pyproject_contents(sdist_root_dir: pathlib.Path) -> dict[str, typing.Any]:
    """Return the content of a source's pyproject.toml, empty if there is none."""
    path = sdist_root_dir / "pyproject.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def get_build_backend(pyproject_toml: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return the backend of a pyproject.toml, or the legacy backend of setuptools."""
    table = pyproject_toml.get("build-system") or {}
    return {name: table.get(name, default) for name, default in _LEGACY.items()}


def get_build_backend_hook_caller(
    *,
    ctx: typing.Any,
    req: Requirement,
    build_dir: pathlib.Path,
    override_environ: dict[str, typing.Any],
    build_env: BuildEnvironment,
    log_filename: str | None = None,
) -> pyproject_hooks.BuildBackendHookCaller:
    """Return an object whose methods call the source's backend in the build environment."""
    backend = get_build_backend(get_pyproject_contents(build_dir))

    def run(
        cmd: typing.Sequence[str],
        cwd: str | None = None,
        extra_environ: typing.Mapping[str, str] | None = None,
    ) -> None:
        variables = {**(extra_environ or {}), **override_environ}
        build_env.run(cmd, cwd=cwd, extra_environ=variables, log_filename=log_filename)

    return pyproject_hooks.BuildBackendHookCaller(
        str(build_dir),
        backend["build-backend"],
        backend_path=backend["backend-path"],
        runner=run,
        python_executable=str(build_env.python),
    )


def default_get_build_system_dependencies(
    ctx: typing.Any,
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path,
) -> typing.Iterable[str]:
    """Return build-system.requires of a source."""
    return list(get_build_backend(get_pyproject_contents(build_dir))["requires"])


def default_get_build_backend_dependencies(
    ctx: typing.Any,
    req: Requirement,
    sdist_root_dir: pathlib.Path,
    build_dir: pathlib.Path,
    extra_environ: dict[str, str],
    build_env: BuildEnvironment,
) -> typing.Iterable[str]:
    """Return what the backend requires to build a wheel."""
    caller = get_build_backend_hook_caller(
        ctx=ctx, req=req, build_dir=build_dir, override_environ=extra_environ, build_env=build_env
    )
    return list(caller.get_requires_for_build_wheel(_settings()))


default_get_build_sdist_dependencies = default_get_build_backend_dependencies


def default_get_install_dependencies_of_sdist(
    *,
    ctx: typing.Any,
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_env: BuildEnvironment,
    extra_environ: dict[str, str],
    build_dir: pathlib.Path,
    config_settings: dict[str, str],
) -> set[Requirement]:
    """Return Requires-Dist of the metadata that the backend prepares."""
    metadata = pep517_metadata_of_sdist(
        ctx=ctx, req=req, version=version, sdist_root_dir=sdist_root_dir, build_env=build_env,
        extra_environ=extra_environ, build_dir=build_dir, config_settings=config_settings,
    )  # fmt: skip
    return set(metadata.requires_dist or ())


def pep517_metadata_of_sdist(
    *,
    ctx: typing.Any,
    req: Requirement,
    version: Version,
    sdist_root_dir: pathlib.Path,
    build_env: BuildEnvironment,
    extra_environ: dict[str, str],
    build_dir: pathlib.Path,
    config_settings: dict[str, str],
    validate: bool = True,
) -> Metadata:
    """Return the metadata that the backend prepares."""
    caller = get_build_backend_hook_caller(
        ctx=ctx, req=req, build_dir=build_dir, override_environ=extra_environ, build_env=build_env
    )
    into = sdist_root_dir.parent / "metadata"
    into.mkdir(exist_ok=True)
    folder = caller.prepare_metadata_for_build_wheel(str(into), config_settings or None)
    return parse_metadata(into / folder / "METADATA", validate=validate)


def parse_metadata(metadata_source: pathlib.Path | bytes, *, validate: bool = True) -> Metadata:
    """Parse the text of a METADATA file."""
    data = metadata_source if isinstance(metadata_source, bytes) else metadata_source.read_bytes()
    return Metadata.from_email(data, validate=validate)


def _settings() -> dict[str, str | list[str]] | None:
    return packagesettings.config_settings(_build.data("a backend's hook")) or None


__getattr__ = names_of(__name__)
