"""The package that plugins of Fromager import, with the names that hooks use.

It is a package of fromager-gen and has no code of Fromager. A name that is missing here is an error that says so.
"""

from fromager._missing import missing


def __getattr__(name: str) -> object:
    """Explain that a module of Fromager is missing."""
    raise missing(f"fromager.{name}")
