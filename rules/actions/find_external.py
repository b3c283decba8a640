"""Find the external dependencies of a collection on this machine; a repository rule and `preflight` run it."""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from actions import arguments
from actions.errors import ActionError
from actions.external.definition import Definition, definition, install_lines, split_version
from actions.external.fingerprint import MODULES, fingerprint
from actions.external.search import Found, Machine, search

_IDENTIFY = '''"""Identify one external dependency of the machine."""

from actions.external import fingerprint


def identify(programs):
    """Return its fingerprint."""
    return fingerprint.identify(programs, {name!r}, {entry!r})
'''


class Request(NamedTuple):
    """The dependencies of a collection."""

    definitions: Path
    external: Path
    path: str
    modules: str
    only_modules: str
    out: Path


def main(argv: list[str]) -> None:
    """Run the program."""
    parser = arguments.Parser(description=__doc__)
    add = parser.add_argument
    add("--definitions", type=Path, required=True, help="dependencies.json")
    add("--external", type=Path, required=True, help="external.json of a workspace")
    add("--path", required=True, help="folders of programs, as in PATH")
    add("--modules", default="", help="more folders of pkg-config modules, as in PKG_CONFIG_PATH")
    add("--only-modules", default="", help="the only folders of pkg-config modules, as in PKG_CONFIG_LIBDIR")
    add("--out", type=Path, required=True, help="folder for pkg-config files and fingerprints")
    request = Request(**parser.values(argv))
    external = json.loads(request.external.read_bytes())
    entries = json.loads(request.definitions.read_bytes()) | external.get("dependencies", {})
    machine = Machine(request.path, request.modules, request.only_modules)
    json.dump(_result(entries, external.get("packages", {}), machine, request.out), sys.stdout)


def _result(
    entries: Mapping[str, Any], packages: Mapping[str, Sequence[str]], machine: Machine, out: Path
) -> dict[str, Any]:
    """Write the files of the dependencies that are found, and return what the repository rule declares."""
    found: dict[str, Any] = {}
    missing: list[Missing] = []
    wanted_texts = wanted_by(packages)
    for text, users in wanted_texts.items():
        name, specifier = split_version(text)
        if name not in entries:
            raise ActionError(f"{text}, which {users[0]} needs, is not a known dependency")
        wanted = definition(name, entries[name])
        result = search(wanted, specifier, machine)
        if isinstance(result, str):
            missing.append(Missing(text, wanted, result, tuple(users)))
        elif name not in found:
            found[name] = _write(wanted, entries[name], result, out)
    return {
        "found": found,
        "missing": {one.text: one.problem for one in missing},
        "problem": problem_of(missing, len(wanted_texts)) if missing else "",
    }


class Missing(NamedTuple):
    """A dependency that this machine lacks."""

    text: str
    definition: Definition
    problem: str
    users: tuple[str, ...]
    """The packages that need it."""


def wanted_by(packages: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the packages that need each dependency."""
    users: dict[str, list[str]] = {}
    for package, texts in sorted(packages.items()):
        for text in texts:
            users.setdefault(text, []).append(package)
    return dict(sorted(users.items()))


def problem_of(missing: Sequence[Missing], count: int) -> str:
    """Return the one error about all dependencies that are missing."""
    width = max(len(one.text) for one in missing)
    lines = [f"{len(missing)} of the {count} external dependencies of this collection are not on this machine:"]
    for one in missing:
        shown = ", ".join(one.users[:4]) + (f" and {len(one.users) - 4} more" if len(one.users) > 4 else "")
        lines.append(f"  {one.text:<{width}}  for {shown}: {one.problem}")
    installing = install_lines([one.definition for one in missing])
    lines += ["Install them:", *(f"  {line}" for line in installing)] if installing else []
    lines.append(
        "Or pin them for hermetic builds: fromager-gen external lock. Or provide targets of your own, or remove a "
        "wrong declaration: docs/how-to/external-dependencies.md"
    )
    return "\n".join(lines)


def _write(wanted: Definition, entry: Mapping[str, Any], found: Found, out: Path) -> dict[str, Any]:
    """Write the files of one dependency; return its targets' attributes."""
    target = target_name(wanted.name)
    modules = out / MODULES
    modules.mkdir(parents=True, exist_ok=True)
    for name, path in found.modules.items():
        text = Path(path).read_text(encoding="utf-8", errors="surrogateescape")
        # The copy is in another folder, and some modules name their files relative to their own.
        folder = str(Path(path).resolve().parent)
        (modules / f"{name}.pc").write_text(
            text.replace("${pcfiledir}", folder), encoding="utf-8", errors="surrogateescape"
        )
    own = out / target
    own.mkdir(parents=True, exist_ok=True)
    (own / "identify.py").write_text(_IDENTIFY.format(name=wanted.name, entry=dict(entry)))
    (own / "fingerprint.json").write_text(fingerprint(found))
    return {
        "libraries": dict(sorted(found.loaded.items())),
        "modules": sorted(found.modules),
        "programs": dict(sorted(found.programs.items())),
        "target": target,
        "version": found.version,
    }


def target_name(name: str) -> str:
    """Return the name of a dependency's target: ``generic_libxml2`` for ``dep:generic/libxml2``."""
    return re.sub(r"[^a-z0-9_.-]", "_", name.removeprefix("dep:").lower())
