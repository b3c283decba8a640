"""Read build-order.json: the packages that Fromager built, in the order of their builds, without edges."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.utils import InvalidName, canonicalize_name

from fromager_gen.errors import InputError, listed
from fromager_gen.names import problem_of_name, problem_of_version

_TEXTS = ("req", "source_url", "source_url_type", "type")


@dataclass(frozen=True, slots=True)
class Step:
    """One entry: a version of a package, its first requirement, and the address of its source."""

    name: str
    version: str
    prebuilt: bool = False
    req: str = ""
    source_url: str = ""
    source_url_type: str = ""
    type: str = ""
    """Kind of the first requirement; only older files state it."""

    @property
    def has_sdist(self) -> bool:
        """Whether its source is an sdist of an index."""
        return self.source_url_type == "sdist" and not self.prebuilt


def read_build_order(path: Path) -> list[Step]:
    """Read a build order.

    Raises:
        InputError: the file can't be read or is not a build order; the message lists every problem.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise InputError(f"{path} can't be read: {err.strerror}") from err
    except (ValueError, RecursionError) as err:
        raise InputError(f"{path} is damaged or not JSON: {err}. Was the run that wrote it interrupted?") from err
    if not isinstance(entries, list):
        raise InputError(f"{path} is not a build order: it is a {type(entries).__name__}, not a list of packages")
    problems: list[str] = []
    steps = [_step(f"entry {number}", entry, problems) for number, entry in enumerate(entries, 1)]
    if problems:
        raise InputError(listed(f"{path} is not a valid build order", problems))
    return [step for step in steps if step is not None]


def _step(where: str, raw: Any, problems: list[str]) -> Step | None:
    if not isinstance(raw, dict) or not all(isinstance(raw.get(key), str) for key in ("dist", "version")):
        problems.append(f"{where} is not an object with the strings dist and version")
        return None
    try:
        name, version = str(canonicalize_name(raw["dist"], validate=True)), raw["version"]
    except InvalidName:
        problems.append(f"{where}: {raw['dist']!r} is not a valid package name")
        return None
    found = [problem for problem in (problem_of_name(name), problem_of_version(version)) if problem]
    prebuilt = raw.get("prebuilt", False)
    if not isinstance(prebuilt, bool):
        found.append(f"prebuilt is {prebuilt!r}, not true or false")
    texts = {key: raw.get(key, "") for key in _TEXTS}
    found += [f"{key} is {text!r}, not a string" for key, text in texts.items() if not _is_text(text)]
    problems += [f"{where}: {problem}" for problem in found]
    return None if found else Step(name, version, prebuilt, **texts)


def _is_text(value: Any) -> bool:
    """Return whether a value is a string that can be encoded; half a surrogate pair can't."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False
