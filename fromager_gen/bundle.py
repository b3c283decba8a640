"""Find the rules and toolchains that are installed with this package, and make the actions' programs importable."""

import sys
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

from fromager_gen.errors import ToolError


@cache
def bundle_folder() -> Path:
    """Return the folder of `rules` and `toolchains`: inside an installed package, above the package in a checkout.

    Raises:
        ToolError: neither folder has them, so the installation is damaged.
    """
    package = Path(__file__).parent
    for folder in (package / "bundle", package.parent):
        if (folder / "rules" / "defs.bzl").is_file():
            return folder
    raise ToolError(f"the rules are missing next to {package}: reinstall fromager-gen")


def add_actions() -> None:
    """Let Python import the package `actions` from `rules`, which is not on Python's module search path."""
    if "actions" not in sys.modules:
        spec = ModuleSpec("actions", None, is_package=True)
        spec.submodule_search_locations = [str(bundle_folder() / "rules" / "actions")]
        sys.modules["actions"] = module_from_spec(spec)


def bundled_files() -> dict[str, Path]:
    """Return the files of rules and toolchains for a workspace, by their path in it."""
    folder = bundle_folder()
    return {
        path.relative_to(folder).as_posix(): path
        for name in ("rules", "toolchains")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
