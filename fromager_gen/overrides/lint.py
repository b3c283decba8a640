"""Find settings, patches and plugins that would be misread or ignored because of their names."""

from collections.abc import Callable, Iterator
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.errors import SettingsError
from fromager_gen.names import CARGO_LOCK, override_name
from fromager_gen.overrides.allowed import read_allowed
from fromager_gen.overrides.exec_properties import read_exec_properties
from fromager_gen.overrides.own import own_files, own_package, read_own_global
from fromager_gen.overrides.read import OverridePaths, problem_of_patch
from fromager_gen.overrides.sbom import with_additions
from fromager_gen.overrides.settings import read_global, read_package
from fromager_gen.plugins import Plugins, plugin_entries, problems_of_hooks
from fromager_gen.standards import version


def lint(sources: OverridePaths) -> list[str]:
    """Return every problem of settings, patches and installed plugins, each with its file or plugin."""
    found = list(_global(sources))
    found += [problem for entry in _entries(sources.patches_dir) for problem in _patch_folder(entry)]
    found += [problem for entry in _entries(sources.settings_dir) for problem in _settings(entry, sources.variant)]
    # A fault of Fromager's file is also one of ours, which is read together with it.
    found += [problem for problem in _own(sources) if problem not in found]
    return [*found, *_plugins()]


def _plugins() -> Iterator[str]:
    """Yield the problems of installed plugins."""
    for entry in plugin_entries():
        if entry.name != _wanted(entry.name):
            yield f"plugin {entry.name!r} ({entry.value}) should be named {_wanted(entry.name)!r}"
            continue
        try:
            plugin = Plugins([entry]).of(str(canonicalize_name(entry.name)))
        except SettingsError as err:
            yield str(err)
        else:
            if plugin is not None and not plugin.functions:
                yield f"plugin {entry.name!r} ({entry.value}) has no function that Fromager calls"
    yield from problems_of_hooks()


def _global(sources: OverridePaths) -> list[str]:
    readers: tuple[Callable[[], object], ...] = (
        lambda: read_global(sources.settings_file, sources.variant),
        lambda: read_allowed(sources.settings_file),
        lambda: read_exec_properties(sources.settings_file),
        lambda: with_additions(
            read_global(sources.settings_file, sources.variant).sbom,
            read_own_global(sources.settings_file, sources.variant).sbom,
        ),
    )
    problems: list[str] = []
    for read in readers:
        try:
            read()
        except SettingsError as err:
            problems.append(str(err))
    return list(dict.fromkeys(problems))  # one file can be read for several others


def _own(sources: OverridePaths) -> Iterator[str]:
    """Yield the problems of our files, and of Fromager's files that they are added to."""
    try:
        files = own_files(sources.settings_file)
        names = read_own_global(sources.settings_file, sources.variant).vocabulary
    except SettingsError as err:
        yield str(err)
        return
    for name, path in files.items():
        base = sources.settings_dir / f"{override_name(name)}.yaml"
        try:
            own_package(path, base if base.is_file() else None, sources.variant, names)
        except SettingsError as err:
            yield str(err)


def _entries(folder: Path) -> list[Path]:
    """Return the entries of a folder; names that start with a dot, such as .gitkeep, are for other tools."""
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _wanted(name: str) -> str:
    return override_name(str(canonicalize_name(name)))


def _patch_folder(entry: Path) -> Iterator[str]:
    if not entry.is_dir():
        yield f"{entry} is not a folder, so it is ignored; patches belong in <name_with_underscores>[-<version>]/"
        return
    name, dash, version = entry.name.rpartition("-") if "-" in entry.name else (entry.name, "", "")
    if name != _wanted(name):
        yield f"patch folder {entry} should be named {_wanted(name)}{dash}{version}"
    if dash and not _is_version(version):
        yield f"patch folder {entry}: {version!r} is not a version; the name is <name_with_underscores>[-<version>]"
    yield from filter(None, map(problem_of_patch, sorted(entry.rglob("*.patch"))))
    for path in sorted(path for path in entry.rglob("*") if not path.is_dir() and not path.name.startswith(".")):
        if path.name != CARGO_LOCK and path.suffix != ".patch":
            yield f"{path} is ignored; a patch ends in .patch, and a lock of crates is named {CARGO_LOCK}"


def _is_version(text: str) -> bool:
    try:
        version(text)
    except InvalidVersion:
        return False
    return True


def _settings(entry: Path, variant: str) -> Iterator[str]:
    if entry.suffix != ".yaml":
        yield f"settings file {entry} should end in .yaml; it is ignored"
    if entry.stem != _wanted(entry.stem):
        yield f"settings file {entry} should be named {_wanted(entry.stem)}.yaml"
    if entry.suffix == ".yaml":
        try:
            read_package(entry, variant)
        except SettingsError as err:
            yield str(err)
