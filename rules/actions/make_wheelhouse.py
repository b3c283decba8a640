"""Action: collect wheels in a folder that pip installs from, with an index of them.

The index has every page as HTML and as JSON, for file servers:
https://packaging.python.org/en/latest/specifications/simple-repository-api/
"""

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.index import pages
from actions.index.listed import describe_with_metadata
from actions.outputs import whole
from actions.wheel import indexed
from actions.wheel.planned import Planned
from actions.wheel.wheel_file import only_wheel


class Request(NamedTuple):
    """The wheels of a collection, each in its own folder, and the folder to write."""

    wheel: tuple[Path, ...]
    planned: tuple[str, ...]
    """For each wheel, a JSON object with the graph's data about it."""
    out: Path


def main(argv: list[str]) -> None:
    """Run the action."""
    parser = arguments.Parser(description=__doc__)
    parser.add_list("--wheel", Path, help="folder that contains one wheel")
    parser.add_list("--planned", help="JSON object: package, version, install_requires, and whether it is published")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    request = Request(**parser.values(argv))
    pairs = zip(request.wheel, request.planned, strict=True)
    wheels = sorted((_checked(folder, planned) for folder, planned in pairs), key=lambda path: path.name)
    twice = {path.name for path, other in pairwise(wheels) if path.name == other.name}
    if twice:
        raise ActionError(f"two packages built a wheel with the same file name: {', '.join(sorted(twice))}")
    with whole(request.out, f"a wheelhouse of {len(wheels)} wheels"):
        for wheel in wheels:
            shutil.copyfile(wheel, request.out / wheel.name)
        write_index(request.out)


def _checked(folder: Path, text: str) -> Path:
    """Return the wheel in a folder."""
    plan = json.loads(text)
    wheel = only_wheel(folder)
    planned = Planned(plan["package"], plan["version"], frozenset(plan["install_requires"]))
    indexed.check(wheel, planned, plan["published"])
    return wheel


def write_index(folder: Path) -> None:
    """Write the index of the wheels in a folder, and the metadata file of each wheel next to it."""
    wheels = [describe_with_metadata(wheel) for wheel in sorted(folder.glob("*.whl"))]
    listed = [file for file, _ in wheels]
    for name, data in {**pages.metadata_files(wheels), **pages.site(listed)}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
