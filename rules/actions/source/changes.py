"""The changes to a source: submodules, patches, edits by settings, and Fromager's ``project_override``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from actions.arguments import Pairs, Parser, pairs


class Changes(NamedTuple):
    """The changes to one source, in the order in which they are made."""

    submodule: Pairs
    """Folders in the source, separated by colons, and the archive that is unpacked into them."""
    patch: tuple[Path, ...]
    """Patches, in order."""
    edits: str
    """Actions of the setting `patch` as JSON; empty if there are none."""
    update_build_requires: tuple[str, ...]
    remove_build_requires: tuple[str, ...]


def add_changes(parser: Parser) -> None:
    """Add the arguments of `Changes`."""
    parser.add_list("--submodule", help="FOLDERS=ARCHIVE")
    parser.add_list("--patch", Path, help="patch file, in order")
    parser.add_argument("--edits", default="", help="actions of the setting patch, as JSON")
    parser.add_list("--update-build-requires")
    parser.add_list("--remove-build-requires")


def changes(values: dict[str, Any]) -> Changes:
    """Remove the arguments of `add_changes` from a program's values and return them."""
    found = {name: values.pop(name) for name in Changes._fields}
    found["submodule"] = pairs(found["submodule"])
    return Changes(**found)


def add_submodules(submodules: Sequence[Sequence[str]], tree: Path) -> None:
    """Unpack the archives of submodules into an unpacked source.

    Raises:
        ActionError: an archive is damaged, or its folder is outside the source.
    """
    from actions.source import submodule  # few sources have submodules

    # A submodule comes before those in it.
    for folder, archive in sorted((one, archive) for folders, archive in submodules for one in folders.split(":")):
        submodule.add(Path(archive), tree, folder)


def apply_patches(patches: Sequence[Path], tree: Path) -> None:
    """Apply patches to an unpacked source.

    Raises:
        ActionError: a patch does not apply.
    """
    from actions.patch.apply import apply

    for patch in patches:
        apply(patch, tree)


def apply_edits(text: str, tree: Path, project: Path, package: str, version: str) -> None:
    """Apply the actions of the setting `patch` to an unpacked source.

    Args:
        text: the actions as JSON; empty if there are none.
        tree: the source.
        project: the folder of the project in it.
        package: canonical name.
        version: planned version.

    Raises:
        ActionError: an action changes nothing.
    """
    if text:
        from actions.patch import edits

        edits.apply_edits(text, edits.Sources(tree, project, package, version))
