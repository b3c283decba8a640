"""``external``: pin the external dependencies of a workspace, and declare those of a package."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from packaging.utils import canonicalize_name

from fromager_gen.contract import CPUS, TOOLCHAINS_LOCK
from fromager_gen.errors import InputError, SettingsError
from fromager_gen.external import Vocabulary, known_needs, read_dependency
from fromager_gen.files import check_replaceable, write_text
from fromager_gen.names import override_name, problem_of_name
from fromager_gen.net import session
from fromager_gen.overrides import OWN_FOLDER, OverridePaths, read_overrides
from fromager_gen.plan import read_plan
from fromager_gen.platforms import runs_here
from fromager_gen.terminal import Phases, say
from fromager_gen.toolchains import machines_mirror, read_suite, read_toolchains, toolchains_text, with_external


class Mirror(NamedTuple):
    """Where Debian packages come from."""

    mirror: str | None
    """Address of a Debian mirror; None for that of this machine's apt."""
    suite: str | None
    """Name of a Debian release; None for that of this machine's apt."""
    cpus: tuple[str, ...]
    """CPUs to pin packages for; empty for all."""
    keyring: Path | None
    """Keys that sign the release; None for Debian's."""


def lock(paths: OverridePaths, workspace: Path, names: Sequence[str], source: Mirror) -> None:
    """Pin external dependencies as Debian packages. The lock is written only if all is well.

    Args:
        paths: the settings, which may have definitions of dependencies.
        workspace: folder of the lock. Without names, the dependencies are those of its plan.
        names: dependencies, such as ``dep:generic/libxml2``.
        source: where the packages come from.

    Raises:
        FetchError: a file can't be downloaded.
        InputError: there is nothing to pin, or an option is not valid.
        LockError: a signature or hash is not valid, or a package is missing.
        WriteError: the lock can't be written. This is checked before anything is downloaded.
    """
    path = workspace / TOOLCHAINS_LOCK
    check_replaceable(path)
    known = read_overrides(paths).vocabulary
    wanted = _wanted(workspace, names, known)
    mirror, suite = source.mirror, source.suite
    if mirror is None or suite is None:
        found = machines_mirror()
        mirror, suite = mirror or found[0], suite or found[1]
    made = read_toolchains(path)
    with session() as client, Phases() as progress:
        for cpu in source.cpus or CPUS:
            of_cpu = read_suite(mirror, suite, cpu, client, source.keyring)
            made, added = with_external(made, wanted, of_cpu, known, client, progress)
            say(f"{path}: {added}")
    write_text(path, toolchains_text(made))
    platforms = sorted({target for one in made.external for target in one.targets})
    options = f"--toolchains=hermetic --platform {next(filter(runs_here, platforms), platforms[0])}"
    say(f"they are for {', '.join(platforms)}: generate the workspace with {options}")


def _wanted(workspace: Path, names: Sequence[str], known: Vocabulary) -> set[str]:
    if names:
        found = (read_dependency(text, known) for text in names)
        return {one.name for one in found if one is not None}
    plan = read_plan(workspace / "plan.json")
    wanted = {text.partition("@")[0] for package in plan.packages for text in package.external}
    if not wanted:
        raise InputError(
            f"the packages of {workspace} declare no external dependency; name some: fromager-gen external lock "
            "dep:generic/libxml2"
        )
    return wanted


def add(paths: OverridePaths, name: str, texts: Sequence[str]) -> None:
    """Declare external dependencies of a package in our settings file of the package, which keeps its other lines.

    Args:
        paths: the settings.
        name: name of the package.
        texts: dependencies, such as ``dep:generic/libxml2@>=2.9``.

    Raises:
        InputError: the name or a dependency is not valid.
        SettingsError: the settings are not valid.
        WriteError: the file can't be written.
    """
    package = str(canonicalize_name(name))
    problem = problem_of_name(package)
    if problem:
        raise InputError(problem)
    overrides = read_overrides(paths)
    wanted = [str(one) for text in texts if (one := read_dependency(text, overrides.vocabulary)) is not None]
    settings = overrides.settings(package)
    known = known_needs(package, "")
    has = list(map(str, settings.external)) if settings.external is not None else list(known.requires if known else ())
    path = paths.settings_file.with_name(OWN_FOLDER) / f"{override_name(package)}.yaml"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    listed_once = {one.partition("@")[0]: one for one in (*has, *wanted)}
    write_text(path, with_list(text, list(listed_once.values())))
    try:
        read_overrides(paths)
    except SettingsError:
        if text:
            write_text(path, text)
        else:
            path.unlink()
        raise
    say(f"{path}: external: {', '.join(listed_once.values())}")


def with_list(text: str, entries: Sequence[str]) -> str:
    """Return the text of a settings file whose top-level key `external` has other entries; other lines stay."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        if inside and (line.startswith(("-", " ")) or not line.strip()):
            continue
        inside = line.startswith("external:")
        if not inside:
            kept.append(line)
    return "\n".join([*kept, "external:", *(f"  - {entry}" for entry in entries)]) + "\n"


def listed(paths: OverridePaths, workspace: Path | None) -> Iterator[str]:
    """Yield a line for each package of a workspace with external dependencies, or for each known dependency."""
    if workspace is None:
        known = read_overrides(paths).vocabulary
        for name, entry in sorted(known.entries.items()):
            yield f"{name}: {', '.join(entry.get('packages', {}).get('apt-get', ())) or 'no Debian package'}"
        return
    for package in read_plan(workspace / "plan.json").packages:
        if package.external:
            yield f"{package.key}: {', '.join(package.external)}"
