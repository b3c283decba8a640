"""The package that plugins of Fromager import, with the names that overrides and hooks use.

It is a package of fromager-gen and has no code of Fromager. A name that is missing here is an error that says so. Most
functions run only in the action of a build, and say so elsewhere.
"""

import importlib

from fromager._missing import explain_missing_modules, missing

_MODULES = (
    "build_environment", "constraints", "context", "dependencies", "downloads", "external_commands", "gitutils",
    "overrides", "packagesettings", "pyproject", "requirements_file", "resolver", "sources", "tarballs", "vendor_rust",
    "wheels",
)  # fmt: skip

explain_missing_modules()


def __getattr__(name: str) -> object:
    """Import a module of the package, or explain that it is missing."""
    if name in _MODULES:
        return importlib.import_module(f"fromager.{name}")
    raise missing(f"fromager.{name}")
