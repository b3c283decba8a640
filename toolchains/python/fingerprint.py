"""Print, as JSON, what identifies the Python that runs this file.

A machine's interpreter is no input of Bazel's actions, so this text stands in for it: machines whose interpreters
differ print different texts, and so share no cache entry.
"""

import hashlib
import json
import os
import platform
import sys
import sysconfig

# What the backends read of an interpreter's configuration. Install paths are left out on purpose: two machines with
# the same interpreter in another folder differ in the action's command line already.
VARIABLES = (
    "AR ARFLAGS CC CCSHARED CFLAGS CPPFLAGS CXX EXT_SUFFIX LDCXXSHARED LDFLAGS LDSHARED MULTIARCH OPT "
    "Py_DEBUG Py_ENABLE_SHARED Py_GIL_DISABLED SHLIB_SUFFIX SOABI"
).split()


def sha256(path: str) -> str:
    """Return the hex digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def binaries() -> list[str]:
    """Return the interpreter's program and, where it is linked to one, its shared library."""
    library = os.path.join(sysconfig.get_config_var("LIBDIR") or "", sysconfig.get_config_var("INSTSONAME") or "-")
    return [os.path.realpath(sys.executable)] + ([library] if os.path.isfile(library) else [])


def main() -> None:
    """Print the interpreter's real path on the first line and its fingerprint after it."""
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
