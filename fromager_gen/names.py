"""Names of packages and versions as labels, folders and repositories. Nothing else makes these strings.

Bazel accepts ``$(x)``, backticks and blanks in a target's name, so it is no filter: what leaves here is made of
``a-z 0-9 _ . -`` only, and two different versions never meet in one name.
"""

import re
from functools import cache

from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion

from fromager_gen.contract import ARCHIVE_SUFFIXES, GIT_SUFFIX, PACKAGES
from fromager_gen.standards import version as parsed_version

# Suffixes of a source's archive: those of an index or a forge, and that of a git commit.
SOURCE_SUFFIXES = (*ARCHIVE_SUFFIXES, GIT_SUFFIX)
# Folders of `wheels-repo` with built and with pre-built wheels, in the order in which Fromager lists them.
WHEEL_FOLDERS = BUILT_WHEELS, PREBUILT_WHEELS = "downloads", "prebuilt"
# The Cargo.lock of a source, of the overrides, and of a package in a workspace.
CARGO_LOCK = "Cargo.lock"
_LONGEST = 120
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+!-]*")


def is_file_name(text: str) -> bool:
    """Tell whether a text may name a file of ours: no folders, no blanks, nothing that a shell or terminal acts on."""
    return _FILE_NAME.fullmatch(text) is not None


def problem_of_name(name: str) -> str | None:
    """Return why a text is no canonical package name, or None."""
    try:
        canonical = canonicalize_name(name, validate=True)
    except (InvalidName, TypeError):
        return f"{name!r} is no package name"
    if canonical != name:
        return f"{name!r} is not canonical, it should be {canonical!r}"
    if len(name) > _LONGEST:
        return f"the name {name[:40]!r}... has {len(name)} characters, at most {_LONGEST} fit into paths"
    return None


def problem_of_version(version: str) -> str | None:
    """Return why a text is no normal PEP 440 version, or None."""
    try:
        normal = str(parsed_version(version))
    except (InvalidVersion, TypeError):
        return f"{version!r} is no PEP 440 version"
    if normal != version:
        return f"version {version!r} is not normal, it should be {normal!r}"
    if len(version) > _LONGEST:
        return f"the version {version[:40]!r}... has {len(version)} characters, at most {_LONGEST} fit into paths"
    return None


def override_name(name: str) -> str:
    """Return a canonical name as Fromager writes it in files of overrides and sources."""
    return name.replace("-", "_")


def overrides_folder(name: str, version: str) -> str:
    """Return the folder, by Fromager's default, of the patches of one package version."""
    return f"overrides/patches/{override_name(name)}-{version}"


def version_label(version: str) -> str:
    """Return a normal version in the alphabet of labels.

    A normal version holds neither ``-`` nor ``_``, so an epoch's ``!`` becomes the one and a local part's ``+`` the
    other, and no two versions become the same.
    """
    return version.replace("!", "-").replace("+", "_")


def folder(name: str, version: str) -> str:
    """Return the folder, and so the Bazel package, of one package version."""
    return f"{PACKAGES}/{name}/{version_label(version)}"


@cache
def label(name: str, version: str, target: str) -> str:
    """Return a target of one package version."""
    return f"//{folder(name, version)}:{target}"


def repository(prefix: str, name: str, version: str) -> str:
    """Return the repository of a package's file: canonical names hold no ``_``, so prefix, name and version stay apart.

    Args:
        prefix: `SDIST_REPOSITORY` or `WHEEL_REPOSITORY` of the contract.
        name: canonical name.
        version: normal version.
    """
    return f"{prefix}{name}_{version_label(version)}"
