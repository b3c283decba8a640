"""Names of projects."""

import re


def normalize(name: str) -> str:
    """Return a project's name in its normalized form: https://peps.python.org/pep-0503/#normalized-names."""
    return re.sub(r"[-_.]+", "-", name).lower()
