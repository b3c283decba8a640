"""The settings of packages, as the files under ``overrides/settings`` state them."""

import pathlib
import re
import typing

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from fromager import _build
from fromager._missing import missing, names_of
from fromager.overrides import pkgname_to_override_module


class PackageBuildInfo:
    """The settings of one package and one variant."""

    def __init__(self, package: str, variant: str, stated: dict[str, typing.Any]) -> None:
        """Take the settings as their file states them."""
        self.package = canonicalize_name(package)
        self.variant = variant
        self._stated = stated
        self._of_variant: dict[str, typing.Any] = (stated.get("variants") or {}).get(variant) or {}

    def _section(self, name: str) -> dict[str, typing.Any]:
        return self._stated.get(name) or {}

    @property
    def has_config(self) -> bool:
        """Whether the package has settings."""
        return bool(self._stated)

    @property
    def override_module_name(self) -> str:
        """The name of the package as its override has it."""
        return pkgname_to_override_module(self.package)

    @property
    def pre_built(self) -> bool:
        """Whether a published wheel is used."""
        return bool(self._of_variant.get("pre_built", False))

    @property
    def wheel_server_url(self) -> str | None:
        """Index of pre-built wheels."""
        return self._of_variant.get("wheel_server_url")

    @property
    def annotations(self) -> dict[str, str]:
        """Annotations of the package, and those of the variant over them."""
        return {**self._section("annotations"), **(self._of_variant.get("annotations") or {})}

    @property
    def config_settings(self) -> dict[str, str | list[str]]:
        """Settings for the backend."""
        return dict(self._section("config_settings"))

    @property
    def build_ext_parallel(self) -> bool:
        """The deprecated option of Fromager of this name, which has no effect."""
        return bool(self._section("build_options").get("build_ext_parallel", False))

    @property
    def exclusive_build(self) -> bool:
        """Whether no other package is built at the same time."""
        return bool(self._section("build_options").get("exclusive_build", False))

    @property
    def resolver_include_sdists(self) -> bool:
        """Whether sdists are candidates."""
        return bool(self._section("resolver_dist").get("include_sdists", True))

    @property
    def resolver_include_wheels(self) -> bool:
        """Whether wheels are candidates."""
        return bool(self._section("resolver_dist").get("include_wheels", False))

    @property
    def resolver_ignore_platform(self) -> bool:
        """Whether wheels for any platform are candidates."""
        return bool(self._section("resolver_dist").get("ignore_platform", False))

    def resolver_sdist_server_url(self, default: str) -> str:
        """Return the index of sources."""
        return self._section("resolver_dist").get("sdist_server_url") or default

    def download_source_url(
        self, version: Version | None = None, default: str | None = None, resolve_template: bool = True
    ) -> str | None:
        """Return the address of the source."""
        return self._filled("url", version, default, resolve_template)

    def download_source_destination_filename(
        self, version: Version | None = None, default: str | None = None, resolve_template: bool = True
    ) -> str | None:
        """Return the name under which the source is saved."""
        return self._filled("destination_filename", version, default, resolve_template)

    def _filled(self, key: str, version: Version | None, default: str | None, fill: bool) -> str | None:
        text = self._section("download_source").get(key)
        if text is None or not fill or version is None:
            return text if text is not None else default
        return str(text).replace("${version}", str(version)).replace("${canonicalized_name}", self.package)

    def build_dir(self, sdist_root_dir: pathlib.Path) -> pathlib.Path:
        """Return the folder with the project in a source."""
        return sdist_root_dir / str(self._stated.get("build_dir") or ".")

    def get_changelog(self, version: Version) -> list[str]:
        """Return the package's changelog entries for a version, without those of the variant."""
        entries, public = self._section("changelog"), Version(version.public)
        return next((list(lines) for name, lines in entries.items() if Version(str(name)) == public), [])

    def parallel_jobs(self) -> int:
        """Return the number of processes that the build may start."""
        return int(_build.data("parallel_jobs")["jobs"])

    def get_extra_environ(self, **_: typing.Any) -> dict[str, str]:
        """Return the variables of the build, with those of the package's settings."""
        return dict(_build.data("get_extra_environ")["extra_environ"])

    def get_patches(self, version: Version) -> list[pathlib.Path]:
        """Return the patches of the source, in order."""
        return [pathlib.Path(path) for path in _build.data("get_patches").get("patch", [])]

    def serialize(self, **_: typing.Any) -> dict[str, typing.Any]:
        """Return the settings as their file states them."""
        return dict(self._stated)

    def __getattr__(self, name: str) -> object:
        """Explain that an attribute of Fromager is missing."""
        raise missing(f"fromager.packagesettings.PackageBuildInfo.{name}")


class Settings:
    """The settings of all packages that are known where the plugin runs: in a build, those of its package."""

    def __init__(self, variant: str, stated: dict[str, dict[str, typing.Any]]) -> None:
        """Take the settings by canonical name of the package."""
        self.variant = variant
        self._stated = stated

    def package_build_info(self, package: str | Requirement) -> PackageBuildInfo:
        """Return the settings of a package."""
        name = canonicalize_name(package.name if isinstance(package, Requirement) else package)
        if _build.is_running() and name not in self._stated:
            raise RuntimeError(f"the settings of {name} are no input of this build, which has those of its own package")
        return PackageBuildInfo(name, self.variant, self._stated.get(name, {}))

    def __getattr__(self, name: str) -> object:
        """Explain that an attribute of Fromager is missing."""
        raise missing(f"fromager.packagesettings.Settings.{name}")


def config_settings(call: dict[str, typing.Any]) -> dict[str, str | list[str]]:
    """Return the settings for the backend, from the data of a build; one value is a text, several are a list."""
    return {name: values if len(values) > 1 else values[0] for name, values in call["config_settings"].items()}


def get_extra_environ(**_: typing.Any) -> dict[str, str]:
    """Return the variables of the build, with those of the package's settings."""
    return dict(_build.data("get_extra_environ")["extra_environ"])


def pep440_tag_matcher(ctx: typing.Any) -> re.Pattern[str]:
    """Return the pattern of tags such as ``v1.0`` and ``1.2.3``."""
    return re.compile(r"^(v?\d.*)$")


def default_update_extra_environ(**_: typing.Any) -> None:
    """Change nothing."""


__getattr__ = names_of(__name__)
