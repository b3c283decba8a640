"""The programs that the rules' actions run: ``programs.pyz PROGRAM ARGUMENT...``."""

import importlib
import os
import sys

# In programs.pyz the package stands next to this file. The generator runs the package's own folder.
_FOLDER = os.path.dirname(os.path.abspath(__file__))
if os.path.basename(_FOLDER) == "actions":
    sys.path[0] = os.path.dirname(_FOLDER)

from actions.errors import ActionError  # noqa: E402 - only now can it be found

PROGRAMS = (
    "ask_backend", "build_wheel", "install_wheel", "make_wheelhouse", "patch_sdist", "prebuilt_wheel", "unpack_source",
    "vendor_crates",
)  # fmt: skip


def main() -> int:
    """Run one program; its error is one message, without a traceback."""
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
    os._exit(code)  # Python would take a while to tidy up, and what it tidies is gone with the process
