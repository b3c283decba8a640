"""Messages on standard error, and the logs of the package."""

import logging
import sys
from pathlib import Path

from fromager_gen.errors import WriteError

_PACKAGE = "fromager_gen"
_log = logging.getLogger(__name__)
# Marks a record that was already printed, so that `_Screen` does not print it again.
_SHOWN = {"shown": True}
# As in Fromager's logs.
_HEADER = "%(asctime)s %(levelname)s:%(name)s:%(lineno)d"


def say(text: str) -> None:
    """Print lines immediately, above the progress bar if one is shown."""
    _SCREEN.show(text, logging.INFO)


def warn(text: str) -> None:
    """Print a warning."""
    _SCREEN.show(text, logging.WARNING, "fromager-gen: warning: ")


def fail(text: str) -> None:
    """Print the error that ends the run."""
    _SCREEN.show(text, logging.ERROR, "fromager-gen: error: ")


def log_shown(text: str, level: int = logging.INFO) -> None:
    """Log a text that was already printed, so that it is only written to the log files."""
    _log.log(level, "%s", text, extra=_SHOWN)


def counted(count: int, unit: str) -> str:
    """Return a count with its unit, such as ``1 package`` or ``2 packages``."""
    return f"{count} {unit}{'' if count == 1 else 's'}"


class _Screen(logging.Handler):
    """Shows messages and records on standard error, in the format of ``--log-format`` if there is one."""

    def show(self, text: str, level: int, prefix: str = "") -> None:
        """Print a message at once, and write it to the log files."""
        record = _log.makeRecord(_log.name, level, __file__, 0, text, (), None)
        # Not with click.echo, which bypasses the stream that rich sets as sys.stderr while it shows a bar.
        print(self.format(record) if self.formatter else f"{prefix}{text}", file=sys.stderr, flush=True)
        log_shown(text, level)

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "shown", False):
            return
        text = record.getMessage()
        if self.formatter:
            text = self.format(record)
        elif record.levelno >= logging.WARNING:
            text = f"fromager-gen: warning: {text}"
        elif record.levelno < logging.INFO:
            text = f"{record.name.removeprefix(f'{_PACKAGE}.')}: {text}"
        print(text, file=sys.stderr, flush=True)


_SCREEN = _Screen()


class _Lines(logging.Formatter):
    """Begins each line of a message with the time and the level, so that `grep ERROR` finds the whole message."""

    def format(self, record: logging.LogRecord) -> str:
        header = logging.Formatter(_HEADER).format(record)
        return "\n".join(f"{header}: {line}" for line in super().format(record).splitlines())


def start_logging(
    level: int = logging.WARNING,
    log_format: str | None = None,
    log_file: Path | None = None,
    error_log_file: Path | None = None,
) -> None:
    """Show records of the package's loggers at or above a level, and write records to files.

    Args:
        level: `logging.WARNING` by default; `INFO` for ``-v``, `DEBUG` for ``--debug``.
        log_format: format of messages on the screen, as `logging.Formatter` reads it, or None for plain messages.
        log_file: file to which all records are appended, regardless of the level.
        error_log_file: file to which errors are appended.

    Raises:
        WriteError: a file cannot be written.
    """
    logger = logging.getLogger(_PACKAGE)
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        if handler is not _SCREEN:
            handler.close()
    _SCREEN.setLevel(level)
    _SCREEN.setFormatter(logging.Formatter(log_format) if log_format else None)
    logger.addHandler(_SCREEN)
    logger.setLevel(level)
    logger.propagate = False
    for path, lowest in ((log_file, logging.DEBUG), (error_log_file, logging.ERROR)):
        if path is not None:
            logger.addHandler(_file(path, lowest))
            logger.setLevel(logging.DEBUG)


def share_handlers(name: str) -> None:
    """Let another logger write to the screen and the log files, such as that of a plugin."""
    ours, other = logging.getLogger(_PACKAGE), logging.getLogger(name)
    for handler in ours.handlers:
        if handler not in other.handlers:
            other.addHandler(handler)
    other.setLevel(ours.level)


def _file(path: Path, level: int) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as err:
        raise WriteError(f"the log {path} can't be written: {err.strerror}") from err
    handler.setLevel(level)
    handler.setFormatter(_Lines())
    return handler
