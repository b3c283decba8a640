"""The folders of a build environment that a wheel's files are installed to."""

import sys

# A free-threaded Python has folders of its own: https://peps.python.org/pep-0703/
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}{'t' if 't' in sys.abiflags else ''}"


def schemes(package: str = "") -> dict[str, str]:
    """Return the folder for each kind of a wheel's files, relative to the build environment.

    Each package has its own folder for headers, as pip and uv do in a virtual environment:
    https://github.com/pypa/pip/blob/23.2.1/src/pip/_internal/locations/_sysconfig.py#L177

    Args:
        package: canonical name of the wheel's package.
    """
    site = f"lib/python{VERSION}/site-packages"
    headers = f"include/site/python{VERSION}/{package}"
    return {"purelib": site, "platlib": site, "headers": headers, "scripts": "bin", "data": "."}
