"""Compare the Requires-Python of a file with a Python version."""

import re

from packaging.specifiers import SpecifierSet

INVALID, OTHER_PYTHON = "with an invalid Requires-Python", "not for Python"


def why_not_for(requires_python: str, python: str) -> str:
    """Return why a Requires-Python does not allow a Python version."""
    try:
        SpecifierSet(requires_python)
    except ValueError:
        return f"{INVALID} {requires_python[:40]!r}"
    return f"{OTHER_PYTHON} {python}"


def _release(python: str) -> str:
    """Return the release of an interpreter's version, which pip compares: ``3.14.0`` for ``3.14.0rc1``."""
    found = re.match(r"[0-9]+(?:\.[0-9]+)*", python)
    return found[0] if found else python


def is_for(requires_python: str, python: str) -> bool:
    """Return whether a Requires-Python allows a Python version; an invalid one allows none, as in Fromager."""
    if not requires_python:
        return True
    try:
        return SpecifierSet(requires_python).contains(_release(python), prereleases=True)
    except ValueError:  # from packaging, or for a number with more digits than Python reads
        return False
