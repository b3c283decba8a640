"""Git repositories: which commit a ref is, and the archive of a commit."""

import logging
import os
import re
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from fromager_gen.addresses import hide_credentials
from fromager_gen.contract import GIT_SETTINGS, GIT_TIMEOUT
from fromager_gen.errors import FetchError, ToolError

_log = logging.getLogger(__name__)
_running: set[subprocess.Popen[str]] = set()


def resolve_commit(remote: str, ref: str) -> str:
    """Return the commit that a tag, branch or commit is; ``HEAD`` is the default branch's.

    Raises:
        FetchError: the repository can't be reached, or it has no such ref.
    """
    return ref if re.fullmatch(r"[0-9a-f]{40}", ref) else _resolve(remote, ref)


def write_archive(remote: str, commit: str, prefix: str, archive: Path) -> None:
    """Write a commit's tar, as the rules' repository does, by a history of one commit.

    Raises:
        FetchError: the commit can't be had.
    """
    with tempfile.TemporaryDirectory() as folder:
        _git(remote, ["init", "--quiet", "--bare", folder])
        _git(remote, ["fetch", "--quiet", "--depth=1", "--", remote, commit], folder)
        output = f"--output={archive.absolute()}"
        _git(remote, ["archive", "--format=tar", f"--prefix={prefix}/", output, commit], folder)


def _resolve(remote: str, ref: str) -> str:
    """A tag's own commit (`^{}`) goes before the tag object, a tag before a branch of the same name."""
    lines = _git(remote, ["ls-remote", "--", remote]).splitlines()
    found = {name: commit for commit, _, name in (line.partition("\t") for line in lines)}
    for name in (f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}", ref):
        if name in found:
            return found[name]
    tags = [name.removeprefix("refs/tags/") for name in found if name.startswith("refs/tags/") and "^" not in name]
    raise FetchError(
        f"{remote} has no tag, branch or commit {ref!r}; its last tags are {', '.join(tags[-5:]) or 'none'}"
    )


def end_running() -> None:
    """End what git still does for threads that nobody waits for any more."""
    for process in tuple(_running):
        _end(process)


def _git(remote: str, arguments: list[str], folder: str | None = None) -> str:
    command = ["git", *(word for setting in GIT_SETTINGS for word in ("-c", setting)), *arguments]
    _log.debug("%s", hide_credentials(shlex.join(command)))
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        code, said, errors = _run(command, environment, folder)
    except FileNotFoundError:
        raise ToolError(f"{remote}: a git source needs git, which is not on PATH") from None
    except subprocess.TimeoutExpired:
        raise FetchError(f"{remote}: git did not end in {GIT_TIMEOUT} s") from None
    if code:
        raise FetchError(f"{remote}: git {arguments[0]} failed: {hide_credentials(errors.strip()[-500:])}")
    return said


def _run(command: list[str], environment: dict[str, str], folder: str | None) -> tuple[int, str, str]:
    """Run git in a session of its own: what it starts, such as the program that speaks to the server, ends with it."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        errors="replace", env=environment, cwd=folder, start_new_session=True,
    ) as process:  # fmt: skip
        _running.add(process)
        try:
            said, errors = process.communicate(timeout=GIT_TIMEOUT)
        except BaseException:
            _end(process)
            raise
        finally:
            _running.discard(process)
        return process.returncode, said, errors


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
