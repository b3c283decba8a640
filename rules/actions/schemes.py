"""Where each kind of a wheel's files goes in a build environment."""

import sys


def schemes() -> dict[str, str]:
    """Return where each kind of a wheel's files goes in a build environment, relative to it."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = f"lib/{version}/site-packages"
    return {"purelib": site, "platlib": site, "headers": f"include/{version}", "scripts": "bin", "data": "."}
