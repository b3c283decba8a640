"""Run a command as `main` does, in this process."""

from pathlib import Path

from click.testing import CliRunner, Result

from fromager_gen.cli import commands
from fromager_gen.errors import GenError


def run(*arguments: str | Path) -> Result:
    """Run a command line and return its result."""
    return CliRunner().invoke(commands, [str(argument) for argument in arguments], standalone_mode=False)


def output(*arguments: str | Path) -> str:
    """Return the output of a command that succeeds."""
    result = run(*arguments)
    if result.exception:
        raise result.exception
    return result.stdout_bytes.decode()  # with its line ends, which `stdout` normalizes


def error(*arguments: str | Path) -> Exception:
    """Return the error of a command that fails; it must be one of this package or of click."""
    result = run(*arguments)
    assert isinstance(result.exception, GenError) or type(result.exception).__module__ == "click.exceptions", result
    return result.exception


def usage_error(*arguments: str | Path) -> str:
    """Return the output for a wrong option."""
    result = CliRunner().invoke(commands, [str(argument) for argument in arguments])
    assert result.exit_code == 2, result.output
    return result.output
