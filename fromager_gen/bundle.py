"""The rules and toolchains that travel with this package."""

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from fromager_gen.errors import WorkspaceError


def bundle_folder() -> Path:
    """Return the folder that holds `rules` and `toolchains`: inside an installed package, above it in a checkout.

    Raises:
        WorkspaceError: neither has them, so the installation is broken.
    """
    package = Path(__file__).parent
    for folder in (package / "bundle", package.parent):
        if (folder / "rules" / "defs.bzl").is_file():
            return folder
    raise WorkspaceError(f"the rules are missing beside {package}: reinstall fromager-gen")


@cache
def actions_module(name: str) -> ModuleType:
    """Return one of the modules of `rules/actions` that the generator uses as well; it imports no other of them.

    The actions' programs import each other by plain name, and no package holds them.

    Raises:
        WorkspaceError: the installation is broken.
    """
    path = bundle_folder() / "rules" / "actions" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"fromager_gen.bundle.{name}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise WorkspaceError(f"{path} is missing: reinstall fromager-gen")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
