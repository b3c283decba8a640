"""Messages on standard error, and the log of the package."""

import logging
import sys
from pathlib import Path

from fromager_gen.errors import WriteError

_PACKAGE = "fromager_gen"
_log = logging.getLogger(__name__)
# Marks a record that was already printed, so that `_Screen` does not print it again.
_SHOWN = {"shown": True}
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def say(text: str) -> None:
    """Print lines immediately, above the progress bar if one is shown."""
    # Not with click.echo, which bypasses the stream that rich sets as sys.stderr while it shows a bar.
    print(text, file=sys.stderr, flush=True)
    log_shown(text)


def warn(text: str) -> None:
    """Print a warning."""
    print(f"fromager-gen: warning: {text}", file=sys.stderr, flush=True)
    log_shown(text, logging.WARNING)


def fail(text: str) -> None:
    """Print the error that ends the run."""
    print(f"fromager-gen: error: {text}", file=sys.stderr, flush=True)
    log_shown(text, logging.ERROR)


def log_shown(text: str, level: int = logging.INFO) -> None:
    """Log a text that was already printed, so that it is only written to ``--log-file``."""
    _log.log(level, "%s", text, extra=_SHOWN)


def counted(count: int, unit: str) -> str:
    """Return a count with its unit, such as ``1 package`` or ``2 packages``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"


class _Screen(logging.Handler):
    """Shows records on standard error, except those that `say`, `warn` and `fail` have printed."""

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "shown", False):
            return
        text = record.getMessage()
        if record.levelno >= logging.WARNING:
            text = f"fromager-gen: warning: {text}"
        elif record.levelno < logging.INFO:
            text = f"{record.name.removeprefix(f'{_PACKAGE}.')}: {text}"
        print(text, file=sys.stderr, flush=True)


def show_logged(level: int = logging.WARNING, log_file: Path | None = None) -> None:
    """Show records of the package's loggers at or above a level, and write all records to a file.

    Args:
        level: `logging.WARNING` by default; `INFO` for ``-v``, `DEBUG` for ``--debug``.
        log_file: file to which all records are appended, regardless of the level.

    Raises:
        WriteError: the file cannot be written.
    """
    logger = logging.getLogger(_PACKAGE)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()
    screen = _Screen(level)
    logger.addHandler(screen)
    logger.setLevel(level)
    logger.propagate = False
    if log_file is None:
        return
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        file = logging.FileHandler(log_file, encoding="utf-8")
    except OSError as err:
        raise WriteError(f"the log {log_file} can't be written: {err.strerror}") from err
    file.setFormatter(logging.Formatter(_FORMAT))
    logger.addHandler(file)
    logger.setLevel(logging.DEBUG)
