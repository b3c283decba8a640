"""Where the rules and toolchains are that travel with this package."""

from pathlib import Path

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
