"""Look for external dependencies where builds will look: on this machine, or among the pinned ones."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fromager_gen.action_program import run_program
from fromager_gen.contract import PATCHELF, TOOLCHAINS_LOCK
from fromager_gen.errors import SourceError, ToolError
from fromager_gen.external import Vocabulary, satisfies
from fromager_gen.graph import Graph
from fromager_gen.lock import LockedFile
from fromager_gen.overrides import Overrides
from fromager_gen.pipeline.workbench import Workbench
from fromager_gen.plan import fields_of_needs
from fromager_gen.toolchains import ToolchainsLock, read_toolchains

_OWN_TOOLCHAINS = "extra_toolchains"


class Searched(NamedTuple):
    """The result of a search."""

    problems: Mapping[str, str]
    """What is missing, by the text of the dependency; empty for one that is there."""
    message: str
    """One message about all that are missing; empty if nothing is."""


def search_machine(packages: Mapping[str, Sequence[str]], names: Vocabulary) -> Searched:
    """Look for dependencies on this machine, with the program that Bazel's repository rule runs.

    Args:
        packages: the dependencies of each package.
        names: what each dependency is.

    Raises:
        ToolError: the search failed.
    """
    if not packages:
        return Searched({}, "")
    with tempfile.TemporaryDirectory() as folder:
        definitions, external = Path(folder, "dependencies.json"), Path(folder, "external.json")
        definitions.write_text(json.dumps(dict(names.entries)), encoding="utf-8")
        external.write_text(json.dumps({"packages": packages}), encoding="utf-8")
        arguments = ["--definitions", str(definitions), "--external", str(external), "--out", folder]
        arguments += ["--path", os.environ.get("PATH", os.defpath)]
        for option, variable in (("--modules", "PKG_CONFIG_PATH"), ("--only-modules", "PKG_CONFIG_LIBDIR")):
            if os.environ.get(variable):
                arguments += [option, os.environ[variable]]
        try:
            printed = run_program("find_external", arguments)
        except SourceError as err:
            raise ToolError(f"the search for external dependencies failed: {err}") from err
    document: dict[str, Any] = json.loads(printed)
    problems = {text: "" for texts in packages.values() for text in texts}
    return Searched(problems | document["missing"], document["problem"])


def search_pinned(packages: Mapping[str, Sequence[str]], lock: ToolchainsLock, platform: str) -> Searched:
    """Look for dependencies among the pinned ones of a platform."""
    has = {one.name: one.version for entry in lock.external if platform in entry.targets for one in entry.dependencies}
    problems = {text: "" for texts in packages.values() for text in texts}
    for text in problems:
        name, _, specifier = text.partition("@")
        if name not in has:
            problems[text] = f"it is not pinned for {platform}"
        elif specifier and not satisfies(has[name], specifier):
            problems[text] = f"version {has[name]} is pinned for {platform}"
    missing = sorted(text for text, problem in problems.items() if problem)
    users = [f"  {text}  for {', '.join(one for one, texts in packages.items() if text in texts)}" for text in missing]
    message = "\n".join(
        [
            f"{len(missing)} of {len(problems)} external dependencies are not pinned for {platform}:",
            *users,
            "Pin them: fromager-gen external lock --output WORKSPACE. Or provide targets of your own: "
            "docs/how-to/external-dependencies.md",
        ]
    )
    return Searched(problems, message if missing else "")


def check_external(bench: Workbench, graph: Graph, locked: Mapping[str, LockedFile]) -> None:
    """Refuse a graph whose external dependencies are not there, before anything is built.

    A workspace may have a toolchain of its own with external dependencies, which only Bazel knows. Then Bazel reports
    what is missing, before it builds anything.

    Args:
        bench: the workspace.
        graph: all packages, as far as they are known.
        locked: files that were fetched, by the graph's key, with what the sources state.

    Raises:
        ToolError: dependencies are missing; the message names all of them, and the packages that need them.
    """
    if any(_OWN_TOOLCHAINS in text for text in (*bench.flags, _text_of(bench.bazel.workspace / "user.bazelrc"))):
        return
    packages = _needs(graph, bench.overrides, locked, bool(bench.options.platforms))
    if bench.options.toolchains == "machine":
        found = [search_machine(packages, bench.overrides.vocabulary)]
    else:
        lock = read_toolchains(bench.bazel.workspace / TOOLCHAINS_LOCK)
        found = [search_pinned(packages, lock, platform) for platform in bench.options.platforms]
    messages = [searched.message for searched in found if searched.message]
    if messages:
        raise ToolError("\n".join(["nothing is built:", *messages]))


def _needs(
    graph: Graph, overrides: Overrides, locked: Mapping[str, LockedFile], is_for_platform: bool
) -> dict[str, list[str]]:
    """Return the external dependencies of the packages that are built, with patchelf for those that copy libraries."""
    found = {}
    for node in graph:
        of_source = locked[node.key].external if node.key in locked else ()
        fields = fields_of_needs(node, overrides, is_for_platform, of_source) if not node.pre_built else {}
        if fields:
            found[str(node)] = [*fields["external"], *([PATCHELF] if fields["grafts"] else [])]
    return found


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
