"""Read all of Fromager's overrides: settings, patches and plugins."""

import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.errors import SettingsError, listed
from fromager_gen.external import Vocabulary
from fromager_gen.files import sha256_of, sha256_of_files
from fromager_gen.names import CARGO_LOCK, override_name
from fromager_gen.overrides.exec_properties import REMOTE, read_exec_properties
from fromager_gen.overrides.model import CargoLock, Overrides, PackageSettings, Patch
from fromager_gen.overrides.own import OWN_FILE, OWN_FOLDER, own_files, own_package, read_own_global
from fromager_gen.overrides.sbom import with_additions
from fromager_gen.overrides.settings import read_global, read_package
from fromager_gen.plugins import Plugins
from fromager_gen.standards import version as parsed_version

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OverridePaths:
    """The places that overrides are read from, with Fromager's defaults."""

    settings_file: Path = Path("overrides/settings.yaml")
    settings_dir: Path = Path("overrides/settings")
    patches_dir: Path = Path("overrides/patches")
    variant: str = "cpu"


def read_overrides(paths: OverridePaths, sdist_only: bool = False) -> Overrides:
    """Read settings and patches, and find the installed plugins; missing files and folders count as empty.

    Args:
        paths: the files and folders.
        sdist_only: whether requirements are those of sdists, see `Plugins`.

    Raises:
        SettingsError: an override is not valid; the message names file and line.
    """
    of_all = read_global(paths.settings_file, paths.variant)
    ours = read_own_global(paths.settings_file, paths.variant)
    packages, hook = read_settings(paths, ours.vocabulary), of_all.build_tag_hook
    stated = {name: one.stated for name, one in packages.items()}
    return Overrides(
        variant=paths.variant,
        packages=packages,
        patches=tuple(read_patches(paths.patches_dir, paths.variant)),
        cargo_locks=tuple(read_cargo_locks(paths.patches_dir, paths.variant)),
        changelog=of_all.changelog,
        sbom=with_additions(of_all.sbom, ours.sbom),
        exec_properties=read_exec_properties(paths.settings_file),
        settings_sha256=_settings_sha256(paths),
        plugins=Plugins.installed(sdist_only),
        build_tag_template=ours.build_tag,
        external=ours.external,
        external_libraries=ours.external_libraries,
        vocabulary=ours.vocabulary,
        own_external=ours.own_external,
        build_tag_hook=replace(hook, variant=paths.variant, settings=stated) if hook is not None else None,
    )


def _settings_sha256(paths: OverridePaths) -> str:
    files = {f"settings/{path.name}": path for path in paths.settings_dir.glob("*.yaml")}
    if paths.settings_file.is_file():
        files["settings.yaml"] = paths.settings_file
    for name in (REMOTE, OWN_FILE):
        if paths.settings_file.with_name(name).is_file():
            files[name] = paths.settings_file.with_name(name)
    files |= {f"{OWN_FOLDER}/{path.name}": path for path in own_files(paths.settings_file).values()}
    _log.debug("settings: %s", ", ".join(map(str, files.values())) or "none")
    return sha256_of_files({name: sha256_of(path) for name, path in files.items()})


def read_settings(paths: OverridePaths, names: Vocabulary | None = None) -> dict[str, PackageSettings]:
    """Read the settings of all packages.

    Args:
        paths: the files and folders.
        names: names of external dependencies; None to read those of the user.

    Raises:
        SettingsError: a setting is not valid, or two files are for one package; the message names file and line.
    """
    names = read_own_global(paths.settings_file, paths.variant).vocabulary if names is None else names
    found: dict[str, PackageSettings] = {}
    own, places = own_files(paths.settings_file), dict[str, Path]()
    for path in sorted(paths.settings_dir.glob("*.yaml")):
        name = str(canonicalize_name(path.stem))
        settings = read_package(path, paths.variant)
        if name in found:
            raise SettingsError(f"{path} and {found[name].where} are both for {name}; keep {override_name(name)}.yaml")
        found[name], places[name] = settings, path
    for name, path in own.items():
        found[name] = own_package(path, places.get(name), paths.variant, names)
    return found


def read_patches(folder: Path, variant: str, check: bool = True) -> list[Patch]:
    """Read the patches in `<name>/`, `<name>-<version>/` and the `<variant>/` folder of each.

    Args:
        folder: the folder of patches.
        variant: the variant.
        check: whether the content of the files is checked. Reports also count files that are not patches.

    Raises:
        SettingsError: Fromager would ignore a folder because of its name, or a file is not a patch.
    """
    folders, problems = _package_folders(folder)
    found = []
    for entry in folders:
        paths = sorted(entry.path.glob("*.patch")) + sorted((entry.path / variant).glob("*.patch"))
        for path in paths:
            problem = problem_of_patch(path) if check else None
            if problem is not None:
                problems.append(problem)
                continue
            place = path.relative_to(folder).as_posix()
            found.append(Patch(path, entry.package, entry.version, place, sha256_of(path)))
    if problems:
        raise SettingsError(listed("patches", problems))
    return found


def read_cargo_locks(folder: Path, variant: str) -> list[CargoLock]:
    """Read the `Cargo.lock` in each folder of patches and in its `<variant>/` folder.

    Raises:
        SettingsError: Fromager would ignore a folder because of its name.
    """
    folders, problems = _package_folders(folder)
    if problems:
        raise SettingsError(listed("patches", problems))
    found = []
    for entry in folders:
        for path, only in ((entry.path / CARGO_LOCK, None), (entry.path / variant / CARGO_LOCK, variant)):
            if path.is_file():
                found.append(CargoLock(path, entry.package, entry.version, only))
    return found


class _PackageFolder(NamedTuple):
    """A folder with the patches and the Cargo.lock of one package; for any version if ``version`` is None."""

    path: Path
    package: str
    version: str | None


def _package_folders(folder: Path) -> tuple[list[_PackageFolder], list[str]]:
    """Return the folders of packages, and the problems with the names of other folders."""
    if not folder.is_dir():
        return [], []
    found: list[_PackageFolder] = []
    problems: list[str] = []
    # Names that start with a dot are for other tools.
    for entry in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        name, dash, suffix = entry.name.partition("-")
        version = None
        if dash:
            try:
                version = parsed_version(suffix).public
            except InvalidVersion:
                problems.append(
                    f"{entry}: {suffix!r} is not a version; the name is <name_with_underscores>[-<version>]"
                )
                continue
        package = str(canonicalize_name(name))
        if name != override_name(package):
            problems.append(f"{entry} is ignored; it should be named {override_name(package)}{dash}{suffix}")
            continue
        found.append(_PackageFolder(entry, package, version))
    return found, problems


def problem_of_patch(path: Path) -> str | None:
    """Return why a file is not a patch, or None if it is one; only the build tests whether it applies."""
    try:
        is_diff = re.search(rb"^(\+\+\+|diff --git) ", path.read_bytes(), re.MULTILINE)
    except OSError as err:
        return f"{path} can't be read: {err.strerror}"
    return None if is_diff else f"{path} does not contain a unified diff, so it changes nothing"
