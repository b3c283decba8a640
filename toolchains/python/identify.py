"""Identify the Python that runs this file, without its paths.

The program of an interpreter is an input of an action. Its standard library, headers and shared library are files of
the machine. ``python identify.py`` prints the path of the program, and after it a JSON text about the rest. The
repository rule runs it where Bazel runs, and each build calls `identify` where it is executed.
"""

import hashlib
import json
import os
import sys
import sysconfig

# Values of the interpreter's configuration that reach a wheel. Builds get their compiler and its flags from the C
# toolchain: `rules/actions/inside.py` replaces those of the interpreter.
_VARIABLES = "EXT_SUFFIX MULTIARCH Py_DEBUG Py_ENABLE_SHARED Py_GIL_DISABLED SHLIB_SUFFIX SOABI".split()


def identify(_programs: str = "") -> str:
    """Return a text that is equal for interpreters that build equal wheels.

    Args:
        _programs: the folder with the programs of a build, which have no effect on the interpreter.
    """
    found = {
        "implementation": sys.implementation.name,
        "cache_tag": sys.implementation.cache_tag,
        "build": sys.version,
        "platform": sysconfig.get_platform(),
        "pyconfig.h": _digest(sysconfig.get_config_h_filename()),
        "shared library": _digest(_shared_library()),
    } | {name: str(sysconfig.get_config_var(name)) for name in _VARIABLES}
    return json.dumps(found, indent=1, sort_keys=True)


def _shared_library() -> str:
    name = str(sysconfig.get_config_var("INSTSONAME") or "-")
    return os.path.join(str(sysconfig.get_config_var("LIBDIR") or ""), name)


def _digest(path: str) -> str | None:
    """Return a digest of a file's size, head and tail; None if there is no such file.

    The head of an ELF file contains the build ID, which differs for each build.
    """
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(1 << 16)
        file.seek(max(0, size - (1 << 16)))
        return hashlib.sha256(b"%d\n%b%b" % (size, head, file.read())).hexdigest()


def main() -> None:
    """Print the interpreter's real path in the first line and its identity after it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    program = os.path.join(sys.base_prefix, "bin", f"python{version}")
    print(program if os.path.exists(program) else sys.executable)
    print(identify(), end="")


if __name__ == "__main__":
    main()
