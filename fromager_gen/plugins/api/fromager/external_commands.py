"""Run programs in a build."""

import logging
import os
import pathlib
import shlex
import subprocess
import typing

from fromager._missing import names_of

_log = logging.getLogger("fromager.external_commands")


class NetworkIsolationError(subprocess.CalledProcessError):
    """A program failed because a build has no network."""


def run(
    cmd: typing.Sequence[str],
    *,
    cwd: str | None = None,
    extra_environ: dict[str, typing.Any] | None = None,
    network_isolation: bool = False,
    log_filename: str | None = None,
    stdin: typing.Any = None,
) -> str:
    """Run a program, log its output and return it.

    Raises:
        subprocess.CalledProcessError: the program failed.
    """
    environment = {**os.environ, **{name: str(value) for name, value in (extra_environ or {}).items()}}
    command = [str(word) for word in cmd]
    _log.debug("running: %s in %s", shlex.join(command), cwd or ".")
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=stdin if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    output = done.stdout.decode(errors="replace")
    if log_filename:
        pathlib.Path(log_filename).write_text(output, encoding="utf-8")
    if done.returncode:
        _log.error("command failed with exit code %d: %s\n%s", done.returncode, shlex.join(command), output)
        kind = NetworkIsolationError if "Network is unreachable" in output else subprocess.CalledProcessError
        raise kind(done.returncode, command, output)
    if output:
        _log.debug("%s", output.rstrip("\n"))
    return output


__getattr__ = names_of(__name__)
