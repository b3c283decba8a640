"""The program: ``fromager-gen``, or ``python -m fromager_gen``."""

import signal
import sys


def main() -> None:
    """Run the command line; Ctrl-C is no traceback from the first module that is loaded on."""
    try:
        from fromager_gen.cli import main as run  # noqa: PLC0415 - which takes a fifth of a second

        run()
    except KeyboardInterrupt as err:
        print("fromager-gen: interrupted", file=sys.stderr)
        sys.exit(128 + int(err.args[0] if err.args else signal.SIGINT))


if __name__ == "__main__":
    main()
