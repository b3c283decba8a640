"""Apply the actions of the setting `patch` to a source tree."""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from actions.errors import ActionError
from actions.source.inside import is_inside
from actions.source.project import build_system, override_requires
from actions.wheel.pins import pinned

# Nothing after the last line end is no line.
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Sources(NamedTuple):
    """The source tree that actions change, and the package that it belongs to."""

    tree: Path
    project: Path
    """Folder with pyproject.toml or setup.py."""
    package: str
    version: str


def apply_edits(text: str, sources: Sources) -> None:
    """Apply actions in their order.

    Args:
        text: the actions as a JSON list of objects.
        sources: the source tree.

    Raises:
        ActionError: an action changes nothing, or a file is missing or outside of the source.
    """
    for edit in json.loads(text):
        action, title = edit["action"], edit["title"]
        try:
            problem = _ACTIONS[action](edit, sources)
        except (ActionError, OSError) as err:
            raise ActionError(f"{action} ({title}): {err}") from err
        if problem and not edit.get("ignore_missing"):
            raise ActionError(f"{action} ({title}): {problem}")


def _replace(edit: Mapping[str, Any], sources: Sources) -> str:
    def changed(line: str) -> list[str]:
        return [re.sub(edit["search"], edit["replace"], line)]

    return _each_line(edit, sources, changed)


def _delete(edit: Mapping[str, Any], sources: Sources) -> str:
    def changed(line: str) -> list[str]:
        return [] if re.search(edit["search"], line) else [line]

    return _each_line(edit, sources, changed)


def _each_line(edit: Mapping[str, Any], sources: Sources, changed: Callable[[str], Sequence[str]]) -> str:
    """Change the lines of files, and return what is wrong with the first file that does not change."""
    problem = ""
    for name in edit["files"]:
        path = _file(sources.tree, name)
        if path is None:
            problem = problem or f"the source has no file {name}"
            continue
        # Bytes that are not UTF-8 stay as they are, and so does the kind of line ends.
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        found, found_any = "", False
        for line in _LINE.findall(text):
            bare = line.removesuffix("\n").removesuffix("\r")
            found_any = found_any or re.search(edit["search"], bare) is not None
            found += "".join(f"{one}{line[len(bare) :]}" for one in changed(bare))
        if found != text:
            path.write_bytes(found.encode("utf-8", "surrogateescape"))
        elif found_any:
            problem = problem or f"{name} has the text that replaces {edit['search']!r} already"
        else:
            problem = problem or f"no line of {name} matches {edit['search']!r}"
    return problem


def _file(tree: Path, name: str) -> Path | None:
    path = tree / name
    if not is_inside(path, tree):
        raise ActionError(f"{name} is outside of the source")
    return path if path.is_file() else None


def _build_system(edit: Mapping[str, Any], sources: Sources) -> str:
    before = build_system(sources.project).requires
    override_requires(sources.project, edit.get("update_build_requires", []), edit.get("remove_build_requires", []))
    changes = sorted(before) != sorted(build_system(sources.project).requires)
    return "" if changes else "the build requirements of pyproject.toml are already these"


def _fix_info(edit: Mapping[str, Any], sources: Sources) -> str:
    """Correct name, version and metadata version of each PKG-INFO."""
    wanted = {"Name": sources.package, "Version": sources.version}
    if "metadata_version" in edit:
        wanted["Metadata-Version"] = edit["metadata_version"]
    places = [path for path in _info_files(sources) if path.is_file()]
    if not places:
        return "the source has no PKG-INFO"
    changes = [_rewrite(path, lambda head: _with_fields(head, wanted)) for path in places]
    return "" if any(changes) else "PKG-INFO is already correct"


def _with_fields(head: list[str], wanted: Mapping[str, str]) -> list[str]:
    """Return the lines of a header in which some fields have other values; a name or version that is equal stays."""
    found, left = [], dict(wanted)
    for line in head:
        name = line.partition(":")[0].title()
        if name not in wanted:
            found.append(line)
        elif name in left:
            value = left.pop(name)
            is_same = _plain(line.partition(":")[2]) == _plain(value)
            found.append(line if is_same else f"{name}: {value}")
    return [*(f"{name}: {value}" for name, value in sorted(left.items())), *found]


def _plain(value: str) -> str:
    return re.sub(r"[-_.]+", "-", value.strip().lower())


def _pin(edit: Mapping[str, Any], sources: Sources) -> str:
    """Pin the requirements that PKG-INFO states; whether the wheel has them is checked when it is built."""
    for path in _info_files(sources):
        if path.is_file():
            _rewrite(path, lambda head: pinned(head, edit["requirements"])[0])
    return ""


def _info_files(sources: Sources) -> list[Path]:
    found = {Path(os.path.realpath(folder), "PKG-INFO") for folder in (sources.tree, sources.project)}
    return sorted(path for path in found if is_inside(path, sources.tree))


def _rewrite(path: Path, change: Callable[[list[str]], list[str]]) -> bool:
    """Change the header of a file with metadata, and return whether it was changed."""
    text = path.read_bytes().decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    head, blank, body = text.partition("\n\n")
    new = "\n".join(change(head.rstrip("\n").split("\n"))) + (blank or "\n") + body
    if new == text:
        return False
    path.write_bytes(new.encode("utf-8", "surrogateescape"))
    return True


_ACTIONS: Mapping[str, Callable[[Mapping[str, Any], Sources], str]] = {
    "replace-line": _replace,
    "delete-line": _delete,
    "pyproject-build-system": _build_system,
    "fix-pkg-info": _fix_info,
    "pin-requires-dist-to-constraint": _pin,
}
"""Each applies one action, and returns why it changes nothing, or an empty text."""
