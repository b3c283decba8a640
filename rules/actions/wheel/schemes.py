"""Where each kind of a wheel's files goes in a build environment."""

import sys


def schemes(package: str = "") -> dict[str, str]:
    """Return where each kind of a wheel's files goes in a build environment, relative to it.

    Headers have a folder for each package, as pip and uv lay them out in a virtual environment:
    https://github.com/pypa/pip/blob/23.2.1/src/pip/_internal/locations/_sysconfig.py#L177

    Args:
        package: canonical name of the wheel's package.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = f"lib/{version}/site-packages"
    headers = f"include/site/{version}/{package}"
    return {"purelib": site, "platlib": site, "headers": headers, "scripts": "bin", "data": "."}
