"""Names of packages and versions as labels, folders and repositories. No other module makes these strings.

Bazel accepts ``$(x)``, backticks and spaces in a target's name (https://bazel.build/concepts/labels), so it does not
filter hostile names. The names made here consist only of ``a-z 0-9 _ . -``, and two versions never share a name.
"""

import re
from functools import cache

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.contract import ARCHIVE_SUFFIXES, GIT_SUFFIX, PACKAGES
from fromager_gen.standards import version as parsed_version

# Suffixes of source archives: those of files from an index or a forge, and that of a git commit.
SOURCE_SUFFIXES = (*ARCHIVE_SUFFIXES, GIT_SUFFIX)
# Folders of `wheels-repo` with built and with pre-built wheels, in the order in which Fromager lists them.
WHEEL_FOLDERS = BUILT_WHEELS, PREBUILT_WHEELS = "downloads", "prebuilt"
# Folder of `wheels-repo` in which `step build-wheel` leaves a wheel.
FRESH_WHEELS = "build"
# The file name in a source, among the overrides, and in a package of a workspace.
CARGO_LOCK = "Cargo.lock"
# The file with a package's plugin in its folder of a workspace.
PLUGIN_ARCHIVE = "plugin.zip"
_LONGEST = 120
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+!-]*")


def is_file_name(text: str) -> bool:
    """Return whether a text is a safe file name: no folders, spaces or characters special to a shell or terminal."""
    return _FILE_NAME.fullmatch(text) is not None


def problem_of_name(name: str) -> str | None:
    """Return why a text is not a canonical package name, or None if it is one."""
    try:
        canonical = canonicalize_name(name, validate=True)
    except (InvalidName, TypeError):
        return f"{name!r} is not a valid package name"
    if canonical != name:
        return f"{name!r} is not a canonical name; it should be {canonical!r}"
    if len(name) > _LONGEST:
        return f"the name {name[:40]!r}... has {len(name)} characters; at most {_LONGEST} fit into paths"
    return None


def problem_of_version(version: str) -> str | None:
    """Return why a text is not a normalized version, or None if it is one (https://peps.python.org/pep-0440/)."""
    try:
        normal = str(parsed_version(version))
    except (InvalidVersion, TypeError):
        return f"{version!r} is not a valid PEP 440 version"
    if normal != version:
        return f"version {version!r} is not normalized; it should be {normal!r}"
    if len(version) > _LONGEST:
        return f"the version {version[:40]!r}... has {len(version)} characters; at most {_LONGEST} fit into paths"
    return None


def archive_name(name: str, version: str, url: str) -> str:
    """Return the file name for a source whose address may not have one, such as that of a tag on a forge."""
    suffix = next((suffix for suffix in ARCHIVE_SUFFIXES if url.endswith(suffix)), ARCHIVE_SUFFIXES[0])
    return f"{override_name(name)}-{version}{GIT_SUFFIX if url.startswith('git+') else suffix}"


def override_name(name: str) -> str:
    """Return a canonical name as Fromager spells it in the names of override files and source archives."""
    return name.replace("-", "_")


def overrides_folder(name: str, version: str) -> str:
    """Return Fromager's default folder for the patches of one package version."""
    return f"overrides/patches/{override_name(name)}-{version}"


def version_label(version: str) -> str:
    """Return a normalized version with only the characters that labels may have.

    A normalized version contains neither ``-`` nor ``_``. The ``!`` of an epoch becomes ``-`` and the ``+`` of a local
    version becomes ``_``, so two different versions never get the same label.
    """
    return version.replace("!", "-").replace("+", "_")


def folder(name: str, version: str) -> str:
    """Return the folder of one package version, which is also its Bazel package."""
    return f"{PACKAGES}/{name}/{version_label(version)}"


@cache
def label(name: str, version: str, target: str) -> str:
    """Return the label of a target of one package version."""
    return f"//{folder(name, version)}:{target}"


def start_of_labels(name: str, version: str = "") -> str:
    """Return how the labels of a package begin, or of one of its versions."""
    return f"//{folder(name, version)}:" if version else f"//{PACKAGES}/{name}/"


def repository(prefix: str, name: str, version: str) -> str:
    """Return the name of the repository of a package's file.

    Canonical names contain no ``_``, so prefix, name and version can't run together.

    Args:
        prefix: `SDIST_REPOSITORY` or `WHEEL_REPOSITORY` of the contract.
        name: canonical name.
        version: normalized version.
    """
    return f"{prefix}{name}_{version_label(version)}"
