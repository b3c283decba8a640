"""Look for external dependencies where builds will look: on this machine, or among the pinned ones."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fromager_gen.action_program import run_program
from fromager_gen.contract import TOOLCHAINS_LOCK
from fromager_gen.errors import SourceError, ToolError
from fromager_gen.external import Vocabulary
from fromager_gen.graph import Graph
from fromager_gen.pipeline.workbench import Workbench
from fromager_gen.plan import needs_of
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
    has = {one.name for entry in lock.external if platform in entry.targets for one in entry.dependencies}
    problems = {text: "" for texts in packages.values() for text in texts}
    for text in problems:
        if text.partition("@")[0] not in has:
            problems[text] = f"it is not pinned for {platform}"
    missing = sorted(text for text, problem in problems.items() if problem)
    users = [f"  {text}  for {', '.join(one for one, texts in packages.items() if text in texts)}" for text in missing]
    message = "\n".join(
        [
            f"{len(missing)} of {len(problems)} external dependencies of the collection are not pinned for {platform}:",
            *users,
            "Pin them: fromager-gen external lock --output WORKSPACE. Or provide targets of your own: "
            "docs/how-to/external-dependencies.md",
        ]
    )
    return Searched(problems, message if missing else "")


def check_external(bench: Workbench, graph: Graph) -> None:
    """Refuse a graph whose external dependencies are not there, before anything is built.

    A workspace may have a toolchain of its own with external dependencies, which only Bazel knows. Then Bazel reports
    what is missing, before it builds anything.

    Raises:
        ToolError: dependencies are missing; the message names all of them, and the packages that need them.
    """
    if any(_OWN_TOOLCHAINS in text for text in (*bench.flags, _text_of(bench.bazel.workspace / "user.bazelrc"))):
        return
    overrides = bench.overrides
    needs = {str(node): list(map(str, needs_of(node, overrides).declared)) for node in graph if not node.pre_built}
    packages = {package: texts for package, texts in needs.items() if texts}
    if bench.options.toolchains == "machine":
        searched = search_machine(packages, overrides.vocabulary)
    else:
        lock = read_toolchains(bench.bazel.workspace / TOOLCHAINS_LOCK)
        searched = search_pinned(packages, lock, bench.options.platforms[0])
    if searched.message:
        raise ToolError(f"nothing is built: {searched.message}")


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
