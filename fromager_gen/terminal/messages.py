"""Warnings, and what a stage has to say while it works, on standard error."""

import logging
import sys


def say(text: str) -> None:
    """Print lines at once, above a bar that may be shown."""
    # Not by click.echo, which goes round what rich puts in the place of sys.stderr while it shows a bar.
    print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Print a warning."""
    say(f"fromager-gen: warning: {text}")


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        (warn if record.levelno >= logging.WARNING else say)(record.getMessage())


def show_logged(verbose: bool = False) -> None:
    """Show what the package's own loggers warn of, and where it is asked for, what else they say."""
    logger = logging.getLogger("fromager_gen")
    if not logger.handlers:
        logger.addHandler(_Handler())
    logger.setLevel(logging.INFO if verbose else logging.WARNING)


def counted(count: int, unit: str) -> str:
    """Return a number of something in words, such as ``1 package`` and ``2 packages``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"
