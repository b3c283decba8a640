"""The programs that the rules' actions run: ``programs.pyz PROGRAM ARGUMENT...``."""

import importlib
import os
import sys

# In programs.pyz the package is next to this file. The generator runs the package's own folder.
_FOLDER = os.path.dirname(os.path.abspath(__file__))
if os.path.basename(_FOLDER) == "actions":
    sys.path[0] = os.path.dirname(_FOLDER)

from actions.errors import ActionError  # noqa: E402 - it can be imported only now

PROGRAMS = (
    "ask_backend", "build_sdist", "build_wheel", "call_plugin", "check_version", "check_wheel", "find_external",
    "install_wheel", "make_cuda", "make_external", "make_sysroot", "make_wheelhouse", "patch_sdist", "prebuilt_wheel",
    "prepare_source", "repair_wheel", "unpack_source", "vendor_crates",
)  # fmt: skip


def main() -> int:
    """Run one program; report its error as one message, without a traceback."""
    os.umask(0o022)
    if len(sys.argv) < 2 or sys.argv[1] not in PROGRAMS:
        print(f"usage: programs.pyz {{{','.join(PROGRAMS)}}} ...", file=sys.stderr)
        return 2
    try:
        importlib.import_module(f"actions.{sys.argv[1]}").main(sys.argv[2:])
    except (ActionError, OSError) as err:
        print(f"ERROR: {err}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Python's cleanup takes time, and the kernel frees everything with the process anyway
