"""The rules and toolchains that travel with this package, and the package of the actions' programs in them."""

import sys
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path

from fromager_gen.errors import WorkspaceError


@cache
def bundle_folder() -> Path:
    """Return the folder that holds `rules` and `toolchains`: inside an installed package, above it in a checkout.

    Raises:
        WorkspaceError: neither has them, so the installation is broken.
    """
    package = Path(__file__).parent
    for folder in (package / "bundle", package.parent):
        if (folder / "rules" / "defs.bzl").is_file():
            return folder
    raise WorkspaceError(f"the rules are missing next to {package}: reinstall fromager-gen")


def add_actions() -> None:
    """Let Python import the package `actions` from `rules`: it is in no folder that Python looks in by itself."""
    if "actions" not in sys.modules:
        spec = ModuleSpec("actions", None, is_package=True)
        spec.submodule_search_locations = [str(bundle_folder() / "rules" / "actions")]
        sys.modules["actions"] = module_from_spec(spec)


def bundled_files() -> dict[str, Path]:
    """Return the rules and toolchains that a workspace gets, by their path in it."""
    folder = bundle_folder()
    return {
        path.relative_to(folder).as_posix(): path
        for name in ("rules", "toolchains")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
