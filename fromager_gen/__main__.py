"""The program: ``fromager-gen``, or ``python -m fromager_gen``."""

import signal
import sys


def main() -> None:
    """Run the command line. Ctrl-C never shows a traceback, also while modules are imported."""
    try:
        from fromager_gen.cli import main as run  # noqa: PLC0415 - takes 0.2 seconds

        run()
    except KeyboardInterrupt as err:
        print("fromager-gen: interrupted", file=sys.stderr)
        sys.exit(128 + int(err.args[0] if err.args else signal.SIGINT))


if __name__ == "__main__":
    main()
