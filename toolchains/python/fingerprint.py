"""Print a JSON text that identifies the Python that runs this file.

The interpreter of a machine is not an input of Bazel's actions, so this text is an input instead. Different
interpreters print different texts, so machines with different interpreters do not share cache entries.
"""

import hashlib
import json
import os
import platform
import sys
import sysconfig

# Values of the interpreter's configuration that backends use. There are no install paths: the path of the interpreter
# is in the command line of the action, and so in the cache key.
VARIABLES = (
    "AR ARFLAGS CC CCSHARED CFLAGS CPPFLAGS CXX EXT_SUFFIX LDCXXSHARED LDFLAGS LDSHARED MULTIARCH OPT "
    "Py_DEBUG Py_ENABLE_SHARED Py_GIL_DISABLED SHLIB_SUFFIX SOABI"
).split()


def sha256(path: str) -> str:
    """Return the SHA-256 of a file in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def binaries() -> list[str]:
    """Return the interpreter's program and, if there is one, its shared library."""
    library = os.path.join(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "-")
    return [os.path.realpath(sys.executable)] + ([library] if os.path.isfile(library) else [])


def main() -> None:
    """Print the interpreter's real path in the first line and its fingerprint after it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    program = os.path.join(sys.base_prefix, "bin", f"python{version}")
    fingerprint = {
        "binaries": sorted({sha256(path) for path in binaries()}),
        "implementation": sys.implementation.name,
        "cache_tag": sys.implementation.cache_tag,
        "version": platform.python_version(),
        "build": sys.version,
        "platform": sysconfig.get_platform(),
        "libc": platform.libc_ver(),
        "sysconfig": {name: str(sysconfig.get_config_var(name)) for name in VARIABLES},
    }
    print(program if os.path.exists(program) else sys.executable)
    print(json.dumps(fingerprint, indent=1, sort_keys=True))


main()
