"""Action: collect wheels in a folder that pip installs from, with an index of them.

The index follows the simple repository API: https://peps.python.org/pep-0503/
"""

import hashlib
import html
import json
import os
import shutil
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.names import normalize
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
        write_index(request.out, request.out / "simple")


def _checked(folder: Path, text: str) -> Path:
    """Return the wheel in a folder."""
    plan = json.loads(text)
    wheel = only_wheel(folder)
    planned = Planned(plan["package"], plan["version"], frozenset(plan["install_requires"]))
    indexed.check(wheel, planned, plan["published"])
    return wheel


def write_index(wheels: Path, simple: Path) -> None:
    """Write the pages of the index.

    Links are relative to their page, so that the folder can be moved, and carry the file's SHA-256.
    """
    projects: dict[str, list[tuple[str, str]]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with wheel.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        projects.setdefault(normalize(wheel.name.split("-")[0]), []).append((wheel.name, digest))
    _write_page(simple / "index.html", "Simple index", [(f"{name}/", name) for name in sorted(projects)])
    for name, files in projects.items():
        up = os.path.relpath(wheels, simple / name)
        _write_page(
            simple / name / "index.html",
            f"Links for {name}",
            [(f"{up}/{file.replace('+', '%2B')}#sha256={digest}", file) for file, digest in files],
        )


def _write_page(path: Path, title: str, links: list[tuple[str, str]]) -> None:
    path.parent.mkdir(parents=True)
    anchors = "".join(f'<a href="{html.escape(href)}">{html.escape(text)}</a><br>\n' for href, text in links)
    path.write_text(
        '<!DOCTYPE html>\n<html><head><meta name="pypi:repository-version" content="1.0">'
        f"<title>{html.escape(title)}</title></head><body>\n{anchors}</body></html>\n"
    )
